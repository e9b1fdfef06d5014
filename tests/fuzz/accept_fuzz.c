#include "../fuzz/script.h"

FUZZ_SCRIPT("accept")
