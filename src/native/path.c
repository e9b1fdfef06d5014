#include "native/path.h"

#include <stdbool.h>
#include <string.h>

static const char digits[] = "0123456789ABCDEF";

/* The value of a digit; -1: it is none. */
static int value_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that an escape at `text` stands for; -1: none starts there. */
static int unescape(const char *text, size_t len)
{
    if (len < 3 || text[0] != '%' || value_of(text[1]) < 0 ||
        value_of(text[2]) < 0) {
        return -1;
    }
    return value_of(text[1]) * 16 + value_of(text[2]);
}

static bool stays_escaped(int byte)
{
    return byte <= ' ' || byte > '~' || byte == '/' || byte == '%';
}

size_t sl_native_path_normalize(sl_span path, char *out)
{
    size_t len = 0;
    size_t i = 0;

    while (i < path.len) {
        int byte = unescape(path.data + i, path.len - i);

        if (byte < 0) {
            out[len++] = path.data[i++];
            continue;
        }
        if (stays_escaped(byte)) {
            out[len++] = '%';
            out[len++] = digits[byte / 16];
            out[len++] = digits[byte % 16];
        } else {
            out[len++] = (char)byte;
        }
        i += 3;
    }
    return len;
}
