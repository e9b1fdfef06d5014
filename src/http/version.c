#include "http/version.h"

#include <llhttp.h>

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const char *sl_http_parser_version(void)
{
    return TEXT(LLHTTP_VERSION_MAJOR) "." TEXT(LLHTTP_VERSION_MINOR) "." TEXT(
        LLHTTP_VERSION_PATCH);
}
