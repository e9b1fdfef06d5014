/* Heads of responses, as text in an arena: written in one pass into memory of
 * the right size, without printf.
 */
#ifndef SLUICE_HTTP_HEAD_H
#define SLUICE_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "http/fields.h"

typedef struct sl_head {
    int status;
    sl_span reason;            /* data NULL: the usual one */
    const sl_fields *fields;   /* see sl_head_render for what is left out */
    sl_span date;              /* len 0: no Date */
    bool server;               /* `Server: sluice` */
    sl_span id;                /* X-Request-Id; len 0: none */
    bool chunked;              /* `Transfer-Encoding: chunked` */
    double length;             /* Content-Length; negative: none */
    sl_span connection;        /* Connection; len 0: none */
    const sl_fields *trailers; /* announced by Trailer; NULL: none */
    sl_span after;             /* put directly behind the head */
} sl_head;

/* Write a head. Framing fields (Content-Length, Transfer-Encoding, Connection)
 * among `fields` are left out, because the other members decide about them; a
 * Date or Server there replaces the server's own. */
sl_span sl_head_render(sl_arena *arena, const sl_head *head);

/* Write the head of a 1xx response; `fields` may be NULL. */
sl_span sl_head_render_interim(sl_arena *arena, int status,
                               const sl_fields *fields);

/* --- Parts: each writes at `at` and returns where it ended ---------------- */

static inline char *sl_put(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

static inline char *sl_put_field(char *at, sl_span name, sl_span value)
{
    at = sl_put(at, name.data, name.len);
    at = sl_put(at, ": ", 2);
    if (value.len > 0) {
        at = sl_put(at, value.data, value.len);
    }
    return sl_put(at, "\r\n", 2);
}

/* A decimal number: at most 20 digits. */
char *sl_put_number(char *at, uint64_t number);

/* What all lines take when written with sl_put_field. */
static inline size_t sl_fields_line_bytes(const sl_fields *fields)
{
    return fields->bytes + 4 * (size_t)fields->count;
}

#endif
