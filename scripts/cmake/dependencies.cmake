# LuaJIT, libuv, llhttp, zlib, brotli, zstd, nettle, lua-cjson and luv as
# PkgConfig::<name>. All but the last two are found with pkg-config.

find_package(PkgConfig REQUIRED)

# sl_find(<name> <pkg-config module> <package names by system>)
function(sl_find name module)
  pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${module})
  if(NOT ${name}_FOUND)
    list(JOIN ARGN "\n  " packages)
    message(FATAL_ERROR
      "${name} was not found. On Debian run scripts/setup, which installs "
      "everything that Sluice is built with; elsewhere install:\n  ${packages}\n"
      "(pkg-config knows no module \"${module}\")"
    )
  endif()
  message(STATUS "Found ${name} ${${name}_VERSION}")
endfunction()

sl_find(luajit luajit
  "Debian 12:  libluajit2-5.1-dev"
  "Debian 13:  libluajit-5.1-dev"
  "Fedora:     luajit-devel"
  "Arch:       luajit"
  "Alpine:     luajit-dev"
  "Homebrew:   luajit"
)
sl_find(libuv libuv
  "Debian:     libuv1-dev"
  "Fedora:     libuv-devel"
  "Arch:       libuv"
  "Alpine:     libuv-dev"
  "Homebrew:   libuv"
)

# The content codings.
sl_find(zlib zlib
  "Debian:     zlib1g-dev"
  "Fedora:     zlib-devel"
  "Arch:       zlib"
  "Alpine:     zlib-dev"
  "Homebrew:   zlib"
)
sl_find(brotli libbrotlienc
  "Debian:     libbrotli-dev"
  "Fedora:     brotli-devel"
  "Arch:       brotli"
  "Alpine:     brotli-dev"
  "Homebrew:   brotli"
)
sl_find(zstd libzstd
  "Debian:     libzstd-dev"
  "Fedora:     libzstd-devel"
  "Arch:       zstd"
  "Alpine:     zstd-dev"
  "Homebrew:   zstd"
)

# Digests.
sl_find(nettle nettle
  "Debian:     nettle-dev"
  "Fedora:     nettle-devel"
  "Arch:       nettle"
  "Alpine:     nettle-dev"
  "Homebrew:   nettle"
)

# A build of llhttp without a .pc file has CMake's own config. Where both a
# static and a shared library are there, the static one makes a faster parser
# and one dependency less.
pkg_check_modules(llhttp QUIET libllhttp)
if(NOT llhttp_FOUND)
  find_package(llhttp CONFIG QUIET)
endif()
if(TARGET llhttp::llhttp_shared)
  add_library(PkgConfig::llhttp ALIAS llhttp::llhttp_shared)
else()
  sl_find(llhttp libllhttp
    "Debian 12:  libllhttp-dev of Debian 13, see scripts/setup"
    "Debian 13:  libllhttp-dev"
    "Fedora:     llhttp-devel"
    "Arch:       llhttp"
    "Alpine:     llhttp-dev (3.21 or newer)"
    "Homebrew:   llhttp"
  )
  find_library(SLUICE_LLHTTP_STATIC libllhttp.a HINTS ${llhttp_LIBDIR})
  mark_as_advanced(SLUICE_LLHTTP_STATIC)
  if(SLUICE_LLHTTP_STATIC)
    set_target_properties(PkgConfig::llhttp PROPERTIES
      INTERFACE_LINK_LIBRARIES ${SLUICE_LLHTTP_STATIC}
    )
  endif()
endif()

# lua-cjson for the ABI of Lua 5.1, which is LuaJIT's, as a static library, so
# that one file deploys. Its .pc file is of no use: it asks for another Lua.
find_library(SLUICE_CJSON NAMES liblua5.1-cjson.a)
mark_as_advanced(SLUICE_CJSON)
if(NOT SLUICE_CJSON)
  message(FATAL_ERROR
    "lua-cjson was not found. On Debian run scripts/setup, which installs "
    "lua-cjson-dev. Elsewhere build lua-cjson 2.1 for Lua 5.1 as a static "
    "library, and name it: cmake -D SLUICE_CJSON=/path/to/the.a"
  )
endif()
message(STATUS "Found lua-cjson ${SLUICE_CJSON}")
add_library(PkgConfig::cjson STATIC IMPORTED GLOBAL)
set_target_properties(PkgConfig::cjson PROPERTIES
  IMPORTED_LOCATION ${SLUICE_CJSON}
)

# luv, built for Lua 5.1, which LuaJIT is to it. Distributions name the library
# after that, others plainly; its .pc file would bring Lua 5.1 itself. The static
# one is taken where it is there, so that one file deploys.
find_path(SLUICE_LUV_INCLUDE luv/luv.h
  PATH_SUFFIXES lua5.1 luajit-2.1 lua51 lua-5.1 lua/5.1
)
find_library(SLUICE_LUV_LIBRARY
  NAMES liblua5.1-luv.a libluv_a.a libluv.a lua5.1-luv luv
  PATH_SUFFIXES lua/5.1
)
mark_as_advanced(SLUICE_LUV_INCLUDE SLUICE_LUV_LIBRARY)
if(NOT SLUICE_LUV_INCLUDE OR NOT SLUICE_LUV_LIBRARY)
  message(FATAL_ERROR
    "luv was not found. On Debian run scripts/setup, which installs everything "
    "that Sluice is built with; elsewhere install:\n"
    "  Debian:     lua-luv-dev\n"
    "  Fedora:     lua5.1-luv-devel\n"
    "  Arch:       libluv\n"
    "  Alpine:     lua5.1-luv, libluv-dev\n"
    "  Homebrew:   luv"
  )
endif()

# For `sluice version`. Only the .pc file knows it, and pkg-config does not tell
# where Lua 5.1, which it asks for, is not installed.
get_filename_component(luv_libdir ${SLUICE_LUV_LIBRARY} DIRECTORY)
find_file(SLUICE_LUV_PC NAMES lua5.1-luv.pc libluv.pc luv.pc
  HINTS ${luv_libdir} ${luv_libdir}/.. PATHS /usr /usr/local
  PATH_SUFFIXES pkgconfig lib/pkgconfig share/pkgconfig
)
mark_as_advanced(SLUICE_LUV_PC)
set(SLUICE_LUV_VERSION "of an unknown version")
if(SLUICE_LUV_PC)
  # It stands in the field, or in a variable that the field refers to.
  file(STRINGS ${SLUICE_LUV_PC} luv_version REGEX "^[Vv]ersion *[:=] *[0-9]")
  if(luv_version MATCHES "([0-9][0-9.]*[0-9](-[0-9]+)?)")
    set(SLUICE_LUV_VERSION ${CMAKE_MATCH_1})
  endif()
endif()
message(STATUS "Found luv ${SLUICE_LUV_VERSION} ${SLUICE_LUV_LIBRARY}")
add_library(PkgConfig::luv INTERFACE IMPORTED GLOBAL)
# After LuaJIT's folder: Lua's own headers may be in this one, too.
set_target_properties(PkgConfig::luv PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${luajit_INCLUDE_DIRS};${SLUICE_LUV_INCLUDE}"
  INTERFACE_LINK_LIBRARIES
    "${SLUICE_LUV_LIBRARY};PkgConfig::libuv;PkgConfig::luajit"
)
