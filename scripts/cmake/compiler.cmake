# The language, the warnings and the sanitizers: the same for every target.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden) # what is public says SL_API
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(
  -Wall -Wextra -Wno-unused-parameter
  -Wshadow -Wundef -Wvla -Wpointer-arith -Wformat=2 -Wwrite-strings
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
)
if(SLUICE_WERROR)
  add_compile_options(-Werror)
endif()

if(SLUICE_SANITIZE)
  string(REPLACE ";" "," sanitizers "${SLUICE_SANITIZE}")
  add_compile_options(
    -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer
  )
  add_link_options(-fsanitize=${sanitizers})
endif()

# In one executable of object files this costs seconds and pays everywhere.
if(SLUICE_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT CMAKE_INTERPROCEDURAL_OPTIMIZATION LANGUAGES C)
endif()
