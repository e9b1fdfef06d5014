/* One piece of a response body: after HTTP_DATA_CHUNK of the IIS native API.
 *
 * Each kind names the fields it uses; the others are zero.
 *
 *   MEMORY     data, len: copied before the call returns.
 *   BORROWED   data, len: stays valid until it was sent; then `release` is
 *              called with `context` (C), or `anchor` is reported to the
 *              script host (Lua). Both happen from the loop, never inside a
 *              call, and also when the response ends before it was sent.
 *   FILE       fd, offset, extent: a range of an open regular file, `extent`
 *              bytes or SL_TO_END. The core owns the descriptor once the call
 *              succeeded, and closes it when the range was sent.
 *   FRAGMENT   data, len: the name; offset, extent: the range of it, extent
 *              may be SL_TO_END. A missing name is SL_ENOTFOUND.
 *   TRAILERS   fields, nfields: trailer fields (RFC 9110, 6.5), copied. They
 *              are sent after the last chunk, wherever they stand.
 *
 * Threads:    as the call that takes the chunk.
 * Ownership:  nothing is taken over by a call that fails.
 */
#ifndef SLUICE_CHUNK_H
#define SLUICE_CHUNK_H

#include <sluice/status.h>

enum {
    SL_CHUNK_MEMORY = 0,
    SL_CHUNK_BORROWED = 1,
    SL_CHUNK_FILE = 2,
    SL_CHUNK_FRAGMENT = 3,
    SL_CHUNK_TRAILERS = 4
};

/* "To the end" of a file or fragment. A double like all lengths here: exact
 * to 2^53, and a plain number in Lua. */
#define SL_TO_END (-1.0)

/* Some bytes that somebody else owns. */
typedef struct sl_span {
    const char *data;
    size_t len;
} sl_span;

/* A field line: name and value, without CR, LF or NUL. */
typedef struct sl_field_spec {
    sl_span name;
    sl_span value;
} sl_field_spec;

typedef void sl_release_fn(void *context, const char *data, size_t len);

typedef struct sl_chunk {
    uint32_t kind;   /* SL_CHUNK_MEMORY, ... */
    uint32_t anchor; /* slot of the script's anchor; 0: none */
    const char *data;
    size_t len;    /* bytes; may be 0 */
    double offset; /* FILE, FRAGMENT: first byte */
    double extent; /* FILE, FRAGMENT: bytes, or SL_TO_END */
    int fd;        /* FILE */
    uint32_t nfields;
    const sl_field_spec *fields;
    sl_release_fn *release; /* NULL from Lua */
    void *context;          /* handed to `release`, never read */
} sl_chunk;

#endif
