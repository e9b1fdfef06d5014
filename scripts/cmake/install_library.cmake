# Where the libraries go, and what tells other builds about them: a pkg-config
# file and a CMake package. Both find their files from where they stand, so the
# prefix can be moved.

include(CMakePackageConfigHelpers)

# What a program that links the static library links behind it, as flags. The
# archives of lua-cjson and luv have no useful pkg-config files; they come first,
# because an archive is searched for what is missing before it.
set(sl_private "")
foreach(file ${SLUICE_CJSON} ${SLUICE_LUV_LIBRARY})
  cmake_path(GET file FILENAME name)
  cmake_path(GET file PARENT_PATH folder)
  list(APPEND sl_private -L${folder} -l:${name})
endforeach()
list(APPEND sl_private
  ${luajit_LDFLAGS} ${libuv_LDFLAGS} ${llhttp_LDFLAGS}
  ${zlib_LDFLAGS} ${brotli_LDFLAGS} ${zstd_LDFLAGS} ${nettle_LDFLAGS}
  -lm -ldl -pthread
)
if(NOT llhttp_LDFLAGS)
  list(APPEND sl_private -lllhttp)
endif()
foreach(folder IN LISTS CMAKE_C_IMPLICIT_LINK_DIRECTORIES)
  list(REMOVE_ITEM sl_private -L${folder})
endforeach()
target_link_libraries(sluice-static INTERFACE
  "$<INSTALL_INTERFACE:${sl_private}>"
)

install(TARGETS sluice-shared EXPORT sluice
  LIBRARY COMPONENT library NAMELINK_COMPONENT development
)
install(TARGETS sluice-static EXPORT sluice ARCHIVE COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sluice
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
)

set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/sluice)
install(EXPORT sluice
  FILE sluice-targets.cmake NAMESPACE sluice::
  DESTINATION ${folder} COMPONENT development
)
set(version_file ${PROJECT_BINARY_DIR}/share/sluice-config-version.cmake)
write_basic_package_version_file(${version_file}
  COMPATIBILITY SameMinorVersion
)
install(FILES ${PROJECT_SOURCE_DIR}/scripts/install/sluice-config.cmake ${version_file}
  DESTINATION ${folder} COMPONENT development
)

set(folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH ROOT /prefix/${folder} /prefix)
string(REGEX REPLACE "/$" "" ROOT ${ROOT})
list(JOIN sl_private " " PRIVATE)
configure_file(${PROJECT_SOURCE_DIR}/scripts/install/sluice.pc.in
  ${PROJECT_BINARY_DIR}/share/sluice.pc @ONLY
)
install(FILES ${PROJECT_BINARY_DIR}/share/sluice.pc
  DESTINATION ${folder} COMPONENT development
)
