#include "base/escape.h"

#include <stdbool.h>
#include <string.h>

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* The length of the printable UTF-8 character at `s`; 0 when there is none:
 * a control character (also those of ISO 8859, U+0080 to U+009F), a stray
 * byte, an overlong form, a surrogate. */
static size_t printable(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80) {
        return s[0] >= 0x20 && s[0] != 0x7F ? 1 : 0;
    }
    if (s[0] >= 0xC2 && s[0] <= 0xDF && left >= 2 && is_tail(s[1])) {
        return s[0] == 0xC2 && s[1] < 0xA0 ? 0 : 2;
    }
    if ((s[0] & 0xF0) == 0xE0 && left >= 3 && is_tail(s[1]) && is_tail(s[2])) {
        bool overlong = s[0] == 0xE0 && s[1] < 0xA0;
        bool surrogate = s[0] == 0xED && s[1] >= 0xA0;

        return overlong || surrogate ? 0 : 3;
    }
    if (s[0] >= 0xF0 && s[0] <= 0xF4 && left >= 4 && is_tail(s[1]) &&
        is_tail(s[2]) && is_tail(s[3])) {
        bool overlong = s[0] == 0xF0 && s[1] < 0x90;
        bool beyond = s[0] == 0xF4 && s[1] >= 0x90;

        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

/* The letter of a short escape that text and JSON share; 0: none. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '"':
    case '\\':
        return (char)c;
    default:
        return 0;
    }
}

typedef void escape_byte(sl_buffer *out, unsigned char c);

/* Runs of harmless characters are appended whole. */
static void escape(sl_buffer *out, const char *text, size_t len,
                   escape_byte *other)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t from = 0;
    size_t i = 0;

    while (i < len) {
        char letter = short_escape(s[i]);
        size_t width = letter ? 0 : printable(s + i, len - i);

        if (width > 0) {
            i += width;
            continue;
        }
        sl_buffer_append(out, text + from, i - from);
        if (letter) {
            sl_buffer_append(out, (char[]){'\\', letter}, 2);
        } else {
            other(out, s[i]);
        }
        from = ++i;
    }
    sl_buffer_append(out, text + from, len - from);
}

static void text_byte(sl_buffer *out, unsigned char c)
{
    sl_buffer_printf(out, "\\x%02x", c);
}

static void json_byte(sl_buffer *out, unsigned char c)
{
    if (c < 0x80) {
        sl_buffer_printf(out, "\\u%04x", c);
    } else {
        sl_buffer_append(out, "\\ufffd", strlen("\\ufffd"));
    }
}

void sl_escape_text(sl_buffer *out, const char *text, size_t len)
{
    escape(out, text, len, text_byte);
}

void sl_escape_json(sl_buffer *out, const char *text, size_t len)
{
    escape(out, text, len, json_byte);
}
