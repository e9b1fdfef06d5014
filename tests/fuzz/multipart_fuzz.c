#include "../fuzz/script.h"

FUZZ_SCRIPT("multipart")
