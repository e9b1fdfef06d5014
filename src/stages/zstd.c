/* Zstandard (RFC 8878). */
#include <zstd.h>

#include "base/memory.h"
#include "stages/coding.h"

/* 256 KiB: far below the 8 MiB that every client takes, and a context stays
 * small. */
enum { WINDOW_BITS = 18, OUT_BYTES = 16384 };

typedef struct zstd {
    sl_coder coder;
    ZSTD_CCtx *context;
} zstd;

static void measure(zstd *z)
{
    z->coder.bytes = sizeof *z + ZSTD_sizeof_CCtx(z->context);
}

static int set(zstd *z, int level)
{
    return !ZSTD_isError(ZSTD_CCtx_setParameter(
               z->context, ZSTD_c_compressionLevel, level)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(z->context, ZSTD_c_windowLog,
                                                WINDOW_BITS));
}

static sl_coder *create(int level)
{
    zstd *z = sl_calloc(1, sizeof *z);

    z->context = ZSTD_createCCtx();
    if (z->context == NULL || !set(z, level)) {
        ZSTD_freeCCtx(z->context);
        sl_free(z);
        return NULL;
    }
    measure(z);
    return &z->coder;
}

static int reset(sl_coder *coder, int level)
{
    zstd *z = (zstd *)coder;

    return !ZSTD_isError(
               ZSTD_CCtx_reset(z->context, ZSTD_reset_session_only)) &&
           set(z, level);
}

static sl_status code(sl_coder *coder, const char *data, size_t len,
                      sl_coding_step step, sl_coding_put *put, void *context)
{
    static const ZSTD_EndDirective directives[] = {ZSTD_e_continue,
                                                   ZSTD_e_flush, ZSTD_e_end};
    zstd *z = (zstd *)coder;
    ZSTD_inBuffer in = {.src = data, .size = len};
    char bytes[OUT_BYTES];
    sl_status rc = SL_OK;
    size_t left;

    do {
        ZSTD_outBuffer out = {.dst = bytes, .size = sizeof bytes};

        left = ZSTD_compressStream2(z->context, &out, &in, directives[step]);
        if (ZSTD_isError(left)) {
            return SL_ESTAGE;
        }
        if (out.pos > 0) {
            rc = put(context, bytes, out.pos);
        }
    } while (rc == SL_OK &&
             (in.pos < in.size || (step != SL_CODING_MORE && left > 0)));
    measure(z);
    return rc;
}

static void destroy(sl_coder *coder)
{
    ZSTD_freeCCtx(((zstd *)coder)->context);
    sl_free(coder);
}

const sl_coding_ops sl_zstd = {
    .name = "zstd",
    .most = 19,
    .create = create,
    .reset = reset,
    .code = code,
    .destroy = destroy,
};
