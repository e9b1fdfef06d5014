/* gzip (RFC 1952) by zlib. */
#define ZLIB_CONST
#include <zlib.h>

#include "base/memory.h"
#include "stages/coding.h"

enum {
    WINDOW_BITS = 15,
    GZIP = 16, /* added to them: a gzip header in place of zlib's */
    MEMORY_LEVEL = 8,
    OUT_BYTES = 16384
};

typedef struct gzip {
    sl_coder coder;
    z_stream z;
} gzip;

static sl_coder *create(int level)
{
    gzip *g = sl_calloc(1, sizeof *g);

    if (deflateInit2(&g->z, level, Z_DEFLATED, WINDOW_BITS + GZIP, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        sl_free(g);
        return NULL;
    }
    /* As zconf.h says. */
    g->coder.bytes = sizeof *g + (1 << (WINDOW_BITS + 2)) +
                     (1 << (MEMORY_LEVEL + 9)) + 6 * 1024;
    return &g->coder;
}

static int reset(sl_coder *coder, int level)
{
    gzip *g = (gzip *)coder;

    return deflateReset(&g->z) == Z_OK &&
           deflateParams(&g->z, level, Z_DEFAULT_STRATEGY) == Z_OK;
}

static sl_status code(sl_coder *coder, const char *data, size_t len,
                      sl_coding_step step, sl_coding_put *put, void *context)
{
    static const int flushes[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
    z_stream *z = &((gzip *)coder)->z;
    unsigned char out[OUT_BYTES];
    sl_status rc = SL_OK;

    z->next_in = (const unsigned char *)data;
    z->avail_in = (unsigned)len;
    do {
        z->next_out = out;
        z->avail_out = sizeof out;
        if (deflate(z, flushes[step]) == Z_STREAM_ERROR) {
            return SL_ESTAGE;
        }
        if (z->avail_out < sizeof out) {
            rc = put(context, (const char *)out, sizeof out - z->avail_out);
        }
    } while (rc == SL_OK && z->avail_out == 0);
    return rc;
}

static void destroy(sl_coder *coder)
{
    deflateEnd(&((gzip *)coder)->z);
    sl_free(coder);
}

const sl_coding_ops sl_gzip = {
    .name = "gzip",
    .most = 9,
    .create = create,
    .reset = reset,
    .code = code,
    .destroy = destroy,
};
