# A layer is one folder of src and one OBJECT library of the same name. Object
# files are linked whole: functions that only Lua calls stay in the executable.

# sl_layer(<name> [<library>...]): src/<name>/*.c, seeing those libraries.
function(sl_layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/src/server/main.c)

  add_library(sluice-${name} OBJECT ${sources} ${sl_no_source})
  target_include_directories(sluice-${name} PUBLIC
    ${PROJECT_SOURCE_DIR}/include
    ${PROJECT_SOURCE_DIR}/src
  )
  foreach(library IN LISTS ARGN)
    target_link_libraries(sluice-${name} PRIVATE PkgConfig::${library})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY SLUICE_LAYERS sluice-${name})
endfunction()

# sl_link_layers(<target>): link all of them.
function(sl_link_layers target)
  get_property(layers GLOBAL PROPERTY SLUICE_LAYERS)
  target_link_libraries(${target} PRIVATE ${layers})
endfunction()

# CMake accepts no library without a source; a layer may start empty.
set(sl_no_source ${PROJECT_BINARY_DIR}/generated/no_source.c)
if(NOT EXISTS ${sl_no_source})
  file(WRITE ${sl_no_source} "extern int sl_no_source;\n")
endif()
