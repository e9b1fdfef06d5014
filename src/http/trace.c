#include "http/trace.h"

#include <string.h>

enum { VERSION = 2, TRACE = 32, PARENT = 16, FLAGS = 2, LENGTH = 55 };

/* Lower-case digits, not all of them zero. */
static bool is_hex(const char *text, size_t len, bool may_be_zero)
{
    bool is_zero = true;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\0' || strchr("0123456789abcdef", text[i]) == NULL) {
            return false;
        }
        is_zero = is_zero && text[i] == '0';
    }
    return may_be_zero || !is_zero;
}

/* A later version may have more behind what we know. */
static bool has_length(sl_span field)
{
    return field.len == LENGTH ||
           (field.len > LENGTH && memcmp(field.data, "00", VERSION) != 0 &&
            field.data[LENGTH] == '-');
}

bool sl_trace_read(sl_span field, sl_span *trace_id)
{
    const char *trace = field.data + VERSION + 1;
    const char *parent = trace + TRACE + 1;
    const char *flags = parent + PARENT + 1;

    if (field.len < LENGTH || !has_length(field) ||
        memcmp(field.data, "ff", VERSION) == 0 ||
        !is_hex(field.data, VERSION, true) || trace[-1] != '-' ||
        !is_hex(trace, TRACE, false) || parent[-1] != '-' ||
        !is_hex(parent, PARENT, false) || flags[-1] != '-' ||
        !is_hex(flags, FLAGS, true)) {
        return false;
    }
    *trace_id = (sl_span){trace, TRACE};
    return true;
}
