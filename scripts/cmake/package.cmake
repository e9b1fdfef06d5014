# Debian packages by `cpack -G DEB`: the server, the shared library, and what
# programs are built with. scripts/package calls it as Debian builds things.

set(SLUICE_PACKAGE_VERSION ${PROJECT_VERSION}-1 CACHE STRING
  "The version that the packages say"
)
set(SLUICE_PACKAGER "The Sluice authors <sluice@localhost>" CACHE STRING
  "Who makes the packages: a name and an address"
)
set(sl_debian ${PROJECT_SOURCE_DIR}/scripts/install/debian)

# In the packages only: whoever runs `cmake --install` writes these alone.
install(FILES
  ${PROJECT_SOURCE_DIR}/scripts/install/etc/app.lua
  ${PROJECT_SOURCE_DIR}/scripts/install/etc/sluice.conf
  DESTINATION /etc/sluice COMPONENT configuration EXCLUDE_FROM_ALL
)

set(CPACK_PACKAGE_NAME sluice)
set(CPACK_PACKAGE_VERSION ${SLUICE_PACKAGE_VERSION})
set(CPACK_PACKAGE_CONTACT ${SLUICE_PACKAGER})
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL server configuration library development)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/scripts/cmake/debian.cmake)
set(CPACK_SLUICE_SOURCE ${PROJECT_SOURCE_DIR})

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# sl_package(<group> <name> <section> <summary> <more>): one package.
macro(sl_package group name section summary more)
  set(CPACK_DEBIAN_${group}_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_${group}_PACKAGE_SECTION ${section})
  set(CPACK_COMPONENT_${group}_DESCRIPTION "${summary}\n${more}")
  set(CPACK_DEBIAN_${group}_DESCRIPTION "${summary}\n${more}")
endmacro()

sl_package(SERVER sluice httpd "HTTP server whose responses are written by Lua scripts"
"A small, fast server for HTTP/1.1. A core in C owns the wire: parsing,
framing, back-pressure, sending. Handlers are Lua and read like blocking
code; every wait is a suspended coroutine."
)
set(CPACK_DEBIAN_SERVER_PACKAGE_SHLIBDEPS ON)
# For `sluice test`, `sluice check` and `sluice repl`.
set(CPACK_DEBIAN_SERVER_PACKAGE_SUGGESTS "lua-busted, lua-check, libedit2")
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA
  ${sl_debian}/conffiles ${sl_debian}/postinst
  ${sl_debian}/prerm ${sl_debian}/postrm
)

set(sl_library_package libsluice${SLUICE_ABI})
sl_package(LIBRARY ${sl_library_package} libs "HTTP server as a library"
"The library with which C programs serve HTTP with handlers in C and in Lua,
on a loop of its own or on theirs."
)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
  ${PROJECT_BINARY_DIR}/share/debian/shlibs
  ${PROJECT_BINARY_DIR}/share/debian/triggers
)
file(WRITE ${PROJECT_BINARY_DIR}/share/debian/shlibs
  "libsluice ${SLUICE_ABI} ${sl_library_package} (>= ${SLUICE_PACKAGE_VERSION})\n"
)
file(WRITE ${PROJECT_BINARY_DIR}/share/debian/triggers
  "activate-noawait ldconfig\n"
)

sl_package(DEVELOPMENT libsluice-dev libdevel "HTTP server as a library - headers"
"Headers, the static library, and what pkg-config and CMake are told about
them, for programs with Sluice in them and for modules of the server."
)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "${sl_library_package} (= ${SLUICE_PACKAGE_VERSION})"
)

include(CPack)
cpack_add_component_group(server)
cpack_add_component_group(library)
cpack_add_component_group(development)
cpack_add_component(server GROUP server)
cpack_add_component(configuration GROUP server)
cpack_add_component(library GROUP library)
cpack_add_component(development GROUP development)
