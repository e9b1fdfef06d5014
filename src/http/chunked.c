#include "http/chunked.h"

#include <assert.h>
#include <string.h>

#include "http/head.h"

size_t sl_chunk_line(char line[SL_CHUNK_LINE], uint64_t size)
{
    size_t digits = 1;

    assert(size > 0);
    for (uint64_t rest = size >> 4; rest > 0; rest >>= 4) {
        digits++;
    }
    for (size_t i = digits; i-- > 0; size >>= 4) {
        line[i] = "0123456789abcdef"[size & 15];
    }
    line[digits] = '\r';
    line[digits + 1] = '\n';
    return digits + 2;
}

sl_span sl_chunk_end(const sl_fields *trailers, bool crlf)
{
    static const char plain[] = "\r\n0\r\n\r\n";
    size_t skip = crlf ? 0 : 2;
    char *text;
    char *at;

    if (trailers == NULL || trailers->count == 0) {
        return (sl_span){plain + skip, sizeof plain - 1 - skip};
    }
    text = sl_arena_take(trailers->arena, 7 + sl_fields_line_bytes(trailers));
    at = sl_put(text, plain + skip, 5 - skip);
    for (uint32_t i = 0; i < trailers->count; i++) {
        at =
            sl_put_field(at, trailers->items[i].name, trailers->items[i].value);
    }
    at = sl_put(at, "\r\n", 2);
    return (sl_span){text, (size_t)(at - text)};
}
