# find_package(sluice): the targets sluice::sluice, the shared library, and
# sluice::sluice-static.
include(${CMAKE_CURRENT_LIST_DIR}/sluice-targets.cmake)
