# What `cmake --install` puts where, in components: the server, the library, and
# what programs are built with. Everything is below the prefix, which may be
# given as late as then; DESTDIR works as everywhere.

include(GNUInstallDirs)

set(sl_install_scripts ${CMAKE_CURRENT_LIST_DIR})
set(sl_pages ${PROJECT_BINARY_DIR}/share/man)

# The page of the settings asks the server for them. To build for another
# machine name an emulator (CMAKE_CROSSCOMPILING_EMULATOR), or do without it.
set(sl_settings_page "")
if(NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR)
  set(sl_settings_page ${sl_pages}/sluice.conf.5)
  add_custom_command(
    OUTPUT ${sl_settings_page}
    COMMAND sluice help settings > settings.txt
    COMMAND ${CMAKE_COMMAND}
      -D TABLE=settings.txt -D OUT=${sl_settings_page}
      -D IN=${PROJECT_SOURCE_DIR}/docs/man/sluice.conf.5.in
      -P ${sl_install_scripts}/settings_page.cmake
    DEPENDS sluice
      ${PROJECT_SOURCE_DIR}/docs/man/sluice.conf.5.in
      ${sl_install_scripts}/settings_page.cmake
    WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/generated
    COMMENT "Writing the page of the settings"
    VERBATIM
  )
  add_custom_target(sluice-man ALL DEPENDS ${sl_settings_page})
endif()

# --- The server ----------------------------------------------------------------

install(TARGETS sluice RUNTIME COMPONENT server)
install(FILES ${PROJECT_SOURCE_DIR}/docs/man/sluice.1
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT server
)
install(FILES ${sl_settings_page}
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT server
)
install(FILES ${PROJECT_SOURCE_DIR}/scripts/install/bash-completion/sluice
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  COMPONENT server
)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lua/examples
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT server
)
# The binary has the library in it; this is for editors, and people.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lua/sluice
  DESTINATION ${CMAKE_INSTALL_DATADIR}/sluice/lua COMPONENT server
)

# The unit names the binary, which stands below the prefix of the day.
set(sl_unit ${PROJECT_BINARY_DIR}/share/sluice.service)
install(CODE "
  cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_PREFIX NORMALIZE OUTPUT_VARIABLE prefix)
  cmake_path(APPEND prefix \"${CMAKE_INSTALL_BINDIR}\" sluice OUTPUT_VARIABLE BINARY)
  configure_file(
    \"${PROJECT_SOURCE_DIR}/scripts/install/systemd/sluice.service.in\" \"${sl_unit}\" @ONLY
  )"
  COMPONENT server
)
install(FILES ${sl_unit} DESTINATION lib/systemd/system COMPONENT server)

include(scripts/cmake/install_library.cmake)

# --- And away again ------------------------------------------------------------

# The list of what was installed is written by CMake, the prefix is not in it.
install(CODE "
  if(NOT CMAKE_INSTALL_COMPONENT)
    file(WRITE \"${PROJECT_BINARY_DIR}/install_prefix.txt\" \"\${CMAKE_INSTALL_PREFIX}\")
  endif()"
  ALL_COMPONENTS
)
if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(uninstall
    COMMAND ${CMAKE_COMMAND} -P ${sl_install_scripts}/uninstall.cmake
    WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
    COMMENT "Removing what install_manifest.txt lists"
    VERBATIM
  )
endif()
