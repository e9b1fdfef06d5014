/* What characters may be part of: every Host, and every header that a handler
 * sets, is looked at, so that a table pays. */
#ifndef SLUICE_HTTP_CHARACTERS_H
#define SLUICE_HTTP_CHARACTERS_H

#include <stdint.h>

enum {
    SL_IN_TOKEN = 1, /* RFC 9110, 5.6.2 */
    SL_IN_NAME = 2   /* unreserved and sub-delims of RFC 3986: reg-name */
};

extern const uint8_t sl_characters[256];

static inline int sl_character_is(char c, int kind)
{
    return sl_characters[(unsigned char)c] & kind;
}

#endif
