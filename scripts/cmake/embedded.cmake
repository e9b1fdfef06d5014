# Text that becomes part of the binary; src/script/embedded.h declares it, and
# src/server/templates.h.

set(sl_embed_script ${CMAKE_CURRENT_LIST_DIR}/embed.cmake)

# sl_embed_lua(<target> <folder>): every <folder>/sluice/**/*.lua as a module.
function(sl_embed_lua target folder)
  set(out ${PROJECT_BINARY_DIR}/generated/modules.c)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS
    RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${folder}/sluice/*.lua
  )
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND}
      -D OUT=${out} -D KIND=modules -D FOLDER=${folder} -D "FILES=${files}"
      -P ${sl_embed_script}
    DEPENDS ${files} ${sl_embed_script}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMENT "Embedding the Lua library"
    VERBATIM
  )
  target_sources(${target} PRIVATE ${out})
endfunction()

# sl_embed_templates(<target> <folder>): every file below it, for `sluice new`.
function(sl_embed_templates target folder)
  set(out ${PROJECT_BINARY_DIR}/generated/templates.c)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS
    RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${folder}/*
  )
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND}
      -D OUT=${out} -D KIND=templates -D FOLDER=${folder} -D "FILES=${files}"
      -P ${sl_embed_script}
    DEPENDS ${files} ${sl_embed_script}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMENT "Embedding the files of a new project"
    VERBATIM
  )
  target_sources(${target} PRIVATE ${out})
endfunction()

# sl_embed_cdef(<target> <header>): what <header> declares, preprocessed. The
# text is left in generated/cdef.h for tests and curious people. Strict C11,
# because GNU modes define words such as `unix`.
function(sl_embed_cdef target header)
  set(text ${PROJECT_BINARY_DIR}/generated/cdef.h)
  set(out ${PROJECT_BINARY_DIR}/generated/cdef.c)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/sluice/*.h)
  add_custom_command(
    OUTPUT ${out} ${text}
    COMMAND ${CMAKE_C_COMPILER} -std=c11 -E -P -DSL_CDEF
      -I${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/${header} -o ${text}
    COMMAND ${CMAKE_COMMAND}
      -D OUT=${out} -D KIND=cdef -D FILES=${text} -P ${sl_embed_script}
    DEPENDS ${headers} ${sl_embed_script}
    COMMENT "Generating the text for ffi.cdef"
    VERBATIM
  )
  target_sources(${target} PRIVATE ${out})
endfunction()
