# Text that becomes part of the binary; src/script/embedded.h declares it, and
# src/server/templates.h.

set(sl_embed_script ${CMAKE_CURRENT_LIST_DIR}/embed.cmake)

# sl_embed_files(<target> <folder> <kind> <pattern>): the files below the folder
# whose path matches the pattern.
function(sl_embed_files target folder kind pattern)
  set(out ${PROJECT_BINARY_DIR}/generated/${kind}.c)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS
    RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${folder}/${pattern}
  )
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND}
      -D OUT=${out} -D KIND=${kind} -D FOLDER=${folder} -D "FILES=${files}"
      -P ${sl_embed_script}
    DEPENDS ${files} ${sl_embed_script}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMENT "Embedding ${kind} from ${folder}"
    VERBATIM
  )
  target_sources(${target} PRIVATE ${out})
endfunction()

# sl_embed_lua(<target> <folder>): every <folder>/sluice/**/*.lua as a module.
function(sl_embed_lua target folder)
  sl_embed_files(${target} ${folder} modules sluice/*.lua)
endfunction()

# sl_embed_templates(<target> <folder>): every file below it, for `sluice new`.
function(sl_embed_templates target folder)
  sl_embed_files(${target} ${folder} templates *)
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
