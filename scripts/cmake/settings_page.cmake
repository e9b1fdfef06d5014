# Writes the page of the settings from what `sluice help settings` prints, so
# that it never says anything else. Run by install.cmake:
#
#   cmake -D TABLE=printed.txt -D IN=sluice.conf.5.in -D OUT=... -P settings_page.cmake
#
# The table has a line "name  default  meaning" for each setting, and, indented,
# what is allowed.

# Text as mdoc has it: no escape, no request at the start of a line. The mark
# stands for a semicolon, which CMake takes for the end of a list's item.
string(ASCII 31 mark)
function(plain text out)
  string(REPLACE "\\" "\\e" text "${text}")
  string(REGEX REPLACE "^([.'])" "\\\\&\\1" text "${text}")
  string(REPLACE "${mark}" ";" text "${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

file(READ ${TABLE} lines)
string(REPLACE ";" "${mark}" lines "${lines}")
string(REGEX REPLACE "\n$" "" lines "${lines}")
string(REPLACE "\n" ";" lines "${lines}")
list(POP_FRONT lines) # the headings
set(SETTINGS "")
foreach(line IN LISTS lines)
  if(line MATCHES "^ +(.*)$")
    plain("${CMAKE_MATCH_1}" allowed)
    string(APPEND SETTINGS ".br\nAllowed: ${allowed}.\n")
  elseif(line MATCHES "^([a-z0-9_]+)  +([^ ]+)?  +(.*)$")
    set(name "${CMAKE_MATCH_1}")
    set(default "${CMAKE_MATCH_2}")
    plain("${CMAKE_MATCH_3}" meaning)
    string(APPEND SETTINGS ".It Ic ${name}")
    if(NOT "${default}" STREQUAL "")
      string(APPEND SETTINGS " No = Ar ${default}")
    endif()
    string(APPEND SETTINGS "\n${meaning}\n")
  else()
    message(FATAL_ERROR "A line that is no setting: ${line}")
  endif()
endforeach()
configure_file(${IN} ${OUT} @ONLY NEWLINE_STYLE LF)
