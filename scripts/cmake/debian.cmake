# What Debian wants of the files in a package, done by CPack between installing
# and packing: licences and changes where they belong, pages compressed, and no
# time in them that is later than SOURCE_DATE_EPOCH.

# What is linked into the binaries, by the package that it comes from.
set(contained libllhttp-dev lua-cjson-dev lua-luv-dev)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The copyright file: ours, and what the parts of others say of themselves.
function(write_copyright out)
  file(READ ${CPACK_SLUICE_SOURCE}/LICENSE text)
  foreach(package IN LISTS contained)
    set(theirs /usr/share/doc/${package}/copyright)
    if(EXISTS ${theirs})
      file(READ ${theirs} more)
      string(APPEND text "\n\nParts of ${package} are in the binaries:\n\n${more}")
    endif()
  endforeach()
  file(WRITE ${out} "${text}")
endfunction()

function(write_debian_changelog out)
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
  file(WRITE ${out}
    "sluice (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n"
    "  * Packaged as released; what is new is in changelog.gz.\n\n"
    " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n"
  )
  run(gzip -9n ${out})
endfunction()

function(write_documents folder package)
  set(doc ${folder}/usr/share/doc/${package})
  write_copyright(${doc}/copyright)
  write_debian_changelog(${doc}/changelog.Debian)
  file(COPY_FILE ${CPACK_SLUICE_SOURCE}/CHANGELOG.md ${doc}/changelog)
  run(gzip -9n ${doc}/changelog)
endfunction()

foreach(group SERVER LIBRARY DEVELOPMENT)
  string(TOLOWER ${group} name)
  set(folder ${CPACK_TEMPORARY_DIRECTORY}/${name})
  write_documents(${folder} ${CPACK_DEBIAN_${group}_PACKAGE_NAME})
  set(overrides ${CPACK_SLUICE_SOURCE}/scripts/install/debian/${name}.lintian-overrides)
  if(EXISTS ${overrides})
    file(MAKE_DIRECTORY ${folder}/usr/share/lintian/overrides)
    file(COPY_FILE ${overrides}
      ${folder}/usr/share/lintian/overrides/${CPACK_DEBIAN_${group}_PACKAGE_NAME}
    )
  endif()
  file(GLOB_RECURSE pages ${folder}/usr/share/man/*.[1-9])
  foreach(page IN LISTS pages)
    run(gzip -9n ${page})
  endforeach()
  file(GLOB_RECURSE archives ${folder}/usr/lib/*.a)
  foreach(archive IN LISTS archives)
    run(strip --strip-debug --enable-deterministic-archives ${archive})
  endforeach()
  run(chmod -R u=rwX,go=rX ${folder})
  if(DEFINED ENV{SOURCE_DATE_EPOCH})
    set(epoch @$ENV{SOURCE_DATE_EPOCH})
    run(find ${folder} -newermt ${epoch} -exec touch -h -d ${epoch} {} +)
  endif()
endforeach()
