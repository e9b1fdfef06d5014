# libsluice, static and shared, from the objects that the server is made of.
#
# Both export what include/sluice declares and nothing else. The shared one has
# the number of the ABI in its name and in the version of its symbols. The static
# one is a single object: a program that links it gets all of it, which is what
# LuaJIT needs to find functions that no C code calls, and sees no symbol but
# the public ones.

file(STRINGS ${PROJECT_SOURCE_DIR}/include/sluice/abi.h abi_line
  REGEX "SL_ABI_VERSION = [0-9]+"
)
string(REGEX MATCH "[0-9]+" SLUICE_ABI "${abi_line}")

# What a program that links the static one has to link beside it.
set(sl_external luajit libuv llhttp zlib brotli zstd nettle cjson luv)

# Debian's archives of lua-cjson and luv fit into programs only, so the shared
# library takes the shared ones. Where there are none, the archives must do.
find_library(SLUICE_CJSON_SHARED NAMES lua5.1-cjson)
find_library(SLUICE_LUV_SHARED NAMES lua5.1-luv luv PATH_SUFFIXES lua/5.1)
mark_as_advanced(SLUICE_CJSON_SHARED SLUICE_LUV_SHARED)

function(sl_library_interface target name)
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME sluice
    EXPORT_NAME ${name}
  )
  target_include_directories(${target} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:include>
  )
  add_library(sluice::${name} ALIAS ${target})
endfunction()

function(sl_shared_library)
  set(map ${PROJECT_BINARY_DIR}/generated/libsluice.map)
  configure_file(${PROJECT_SOURCE_DIR}/scripts/cmake/libsluice.map.in ${map} @ONLY)
  add_library(sluice-shared SHARED ${sl_no_source})
  sl_link_layers(sluice-shared)
  foreach(library cjson luv)
    string(TOUPPER SLUICE_${library}_SHARED shared)
    if(${shared})
      target_link_libraries(sluice-shared PRIVATE ${${shared}})
    else()
      target_link_libraries(sluice-shared PRIVATE PkgConfig::${library})
    endif()
  endforeach()
  target_link_libraries(sluice-shared PRIVATE
    PkgConfig::luajit PkgConfig::libuv PkgConfig::llhttp
    PkgConfig::zlib PkgConfig::brotli PkgConfig::zstd PkgConfig::nettle
  )
  set_target_properties(sluice-shared PROPERTIES
    VERSION ${SLUICE_ABI}.${PROJECT_VERSION}
    SOVERSION ${SLUICE_ABI}
    LINK_DEPENDS ${map}
  )
  target_link_options(sluice-shared PRIVATE
    LINKER:--version-script=${map}
    LINKER:-Bsymbolic-functions
  )
  sl_library_interface(sluice-shared sluice)
endfunction()

function(sl_static_library)
  set(object ${PROJECT_BINARY_DIR}/generated/libsluice.o)
  get_property(layers GLOBAL PROPERTY SLUICE_LAYERS)
  set(objects "")
  foreach(layer IN LISTS layers)
    list(APPEND objects $<TARGET_OBJECTS:${layer}>)
  endforeach()
  # Optimised across files here, where all of them are: not again at each link.
  set(relocatable -r -nostdlib)
  if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    list(APPEND relocatable -O2 ${CMAKE_C_COMPILE_OPTIONS_IPO})
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
      list(APPEND relocatable -flinker-output=nolto-rel)
    endif()
  endif()
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${CMAKE_C_COMPILER} ${relocatable} -o ${object} ${objects}
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${object}
    DEPENDS ${objects}
    COMMENT "Linking all layers into one object"
    COMMAND_EXPAND_LISTS
    VERBATIM
  )
  add_library(sluice-static STATIC ${object})
  set_source_files_properties(${object} PROPERTIES
    EXTERNAL_OBJECT ON
    GENERATED ON
  )
  set_target_properties(sluice-static PROPERTIES LINKER_LANGUAGE C)
  foreach(library IN LISTS sl_external)
    target_link_libraries(sluice-static INTERFACE
      $<BUILD_INTERFACE:PkgConfig::${library}>
    )
  endforeach()
  # Lua and modules find the functions by name in the program.
  target_link_options(sluice-static INTERFACE
    "LINKER:--export-dynamic-symbol=sl_*"
  )
  sl_library_interface(sluice-static sluice-static)
endfunction()

sl_shared_library()
sl_static_library()
