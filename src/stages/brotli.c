/* Brotli (RFC 7932). An encoder cannot begin again, so that each body has its own;
 * its memory is counted as it grows. */
#include <stdlib.h>

#include <brotli/encode.h>

#include "base/memory.h"
#include "stages/coding.h"

/* 256 KiB: enough for pages, and an encoder stays small. */
enum { WINDOW_BITS = 18 };

typedef struct brotli {
    sl_coder coder;
    BrotliEncoderState *state;
} brotli;

/* The size stands in front of each block. */
static void *take(void *context, size_t size)
{
    sl_coder *coder = context;
    max_align_t *block = malloc(sizeof *block + size);

    if (block == NULL) {
        return NULL;
    }
    *(size_t *)block = size;
    coder->bytes += size;
    return block + 1;
}

static void give(void *context, void *memory)
{
    sl_coder *coder = context;
    max_align_t *block = memory;

    if (block != NULL) {
        block--;
        coder->bytes -= *(size_t *)block;
        free(block);
    }
}

static sl_coder *create(int level)
{
    brotli *b = sl_calloc(1, sizeof *b);

    b->coder.bytes = sizeof *b;
    b->state = BrotliEncoderCreateInstance(take, give, b);
    if (b->state == NULL) {
        sl_free(b);
        return NULL;
    }
    BrotliEncoderSetParameter(b->state, BROTLI_PARAM_QUALITY, (uint32_t)level);
    BrotliEncoderSetParameter(b->state, BROTLI_PARAM_LGWIN, WINDOW_BITS);
    return &b->coder;
}

static int reset(sl_coder *coder, int level)
{
    return 0;
}

static sl_status code(sl_coder *coder, const char *data, size_t len,
                      sl_coding_step step, sl_coding_put *put, void *context)
{
    static const BrotliEncoderOperation operations[] = {
        BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FLUSH,
        BROTLI_OPERATION_FINISH};
    BrotliEncoderState *state = ((brotli *)coder)->state;
    const uint8_t *in = (const uint8_t *)data;
    sl_status rc = SL_OK;

    do {
        size_t room = 0;
        const uint8_t *out;
        size_t n = 0; /* all that there is */

        if (!BrotliEncoderCompressStream(state, operations[step], &len, &in,
                                         &room, NULL, NULL)) {
            return SL_ESTAGE;
        }
        out = BrotliEncoderTakeOutput(state, &n);
        if (n > 0) {
            rc = put(context, (const char *)out, n);
        }
    } while (rc == SL_OK && (len > 0 || BrotliEncoderHasMoreOutput(state)));
    return rc;
}

static void destroy(sl_coder *coder)
{
    BrotliEncoderDestroyInstance(((brotli *)coder)->state);
    sl_free(coder);
}

const sl_coding_ops sl_brotli = {
    .name = "br",
    .most = 11,
    .create = create,
    .reset = reset,
    .code = code,
    .destroy = destroy,
};
