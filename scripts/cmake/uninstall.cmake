# Removes what the last `cmake --install` of this build has installed, and the
# folders that are empty then. Run by the target `uninstall`, in the build.

if(NOT EXISTS install_manifest.txt OR NOT EXISTS install_prefix.txt)
  message(FATAL_ERROR
    "Nothing was installed from here: there is no install_manifest.txt"
  )
endif()
file(STRINGS install_manifest.txt files)
file(READ install_prefix.txt prefix)
set(root $ENV{DESTDIR})

# The folders of a system stay, also when nothing is left in them.
set(keep FALSE)
if(prefix MATCHES "^(/|/usr|/usr/local)/?$")
  set(keep TRUE)
endif()

# Remove the folder and those above it, up to the prefix, while they are empty.
function(remove_empty folder)
  while(NOT folder STREQUAL prefix)
    cmake_path(GET folder FILENAME name)
    if(NOT IS_DIRECTORY ${root}${folder} OR (keep AND NOT name MATCHES "^sluice"))
      return()
    endif()
    file(GLOB inside LIST_DIRECTORIES TRUE ${root}${folder}/* ${root}${folder}/.*)
    list(FILTER inside EXCLUDE REGEX "/\\.\\.?$")
    if(inside)
      return()
    endif()
    file(REMOVE_RECURSE ${root}${folder})
    cmake_path(GET folder PARENT_PATH folder)
  endwhile()
endfunction()

foreach(file IN LISTS files)
  if(EXISTS ${root}${file} OR IS_SYMLINK ${root}${file})
    message(STATUS "Removing ${root}${file}")
    file(REMOVE ${root}${file})
  endif()
endforeach()
foreach(file IN LISTS files)
  cmake_path(GET file PARENT_PATH folder)
  remove_empty(${folder})
endforeach()
file(REMOVE install_manifest.txt install_prefix.txt)
