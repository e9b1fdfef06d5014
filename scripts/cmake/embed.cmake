# Writes a C source that holds files as byte arrays (a string literal has a
# length limit). Run by embedded.cmake:
#
#   cmake -D OUT=x.c -D KIND=cdef    -D FILES=text              -P embed.cmake
#   cmake -D OUT=x.c -D KIND=modules -D FILES=a;b -D FOLDER=lua -P embed.cmake
#   cmake -D OUT=x.c -D KIND=templates -D FILES=... -D FOLDER=... -P embed.cmake

set(code "/* Generated: do not edit. */\n")
if(KIND STREQUAL templates)
  string(APPEND code "#include \"server/templates.h\"\n")
else()
  string(APPEND code "#include \"script/embedded.h\"\n")
endif()

# The bytes of a file as C initialisers, with a NUL after the last.
function(bytes_of file out)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," hex "${hex}")
  set(${out} "${hex}0x00" PARENT_SCOPE)
endfunction()

if(KIND STREQUAL cdef)
  bytes_of(${FILES} bytes)
  string(APPEND code
    "\nconst char sl_cdef_text[] = {${bytes}};\n"
    "const size_t sl_cdef_len = sizeof sl_cdef_text - 1;\n"
  )
else()
  set(rows "")
  set(n 0)
  foreach(file IN LISTS FILES)
    bytes_of(${file} bytes)
    if(KIND STREQUAL templates)
      file(RELATIVE_PATH name /${FOLDER} /${file})
    else()
      string(REGEX REPLACE "^${FOLDER}/(.*)\\.lua$" "\\1" name ${file})
      string(REGEX REPLACE "/init$" "" name ${name})
      string(REPLACE "/" "." name ${name})
      set(name "${name}\", \"@${file}")
    endif()
    string(APPEND code "\nstatic const char text_${n}[] = {${bytes}};\n")
    string(APPEND rows
      "    {\"${name}\", text_${n}, sizeof text_${n} - 1},\n"
    )
    math(EXPR n "${n} + 1")
  endforeach()
  if(KIND STREQUAL templates)
    string(APPEND code
      "\nconst struct sl_template sl_templates[] = {\n${rows}"
      "    {NULL, NULL, 0},\n};\n"
    )
  else()
    string(APPEND code
      "\nconst struct sl_embedded sl_embedded_modules[] = {\n${rows}"
      "    {NULL, NULL, NULL, 0},\n};\n"
    )
  endif()
endif()

file(WRITE ${OUT} "${code}")
