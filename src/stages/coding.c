#include "stages/coding.h"

#include <string.h>

enum { KEPT = 8 }; /* idle contexts of each kind */

const sl_coding_ops *const sl_coding_table[SL_CODINGS] = {&sl_gzip, &sl_brotli,
                                                          &sl_zstd};

void sl_coders_init(sl_coders *coders, size_t limit)
{
    *coders = (sl_coders){.limit = limit};
}

static void destroy(sl_coders *coders, sl_coder *coder)
{
    coders->bytes -= coder->bytes;
    coder->ops->destroy(coder);
}

static sl_coder *pop(sl_coders *coders, sl_coding coding)
{
    sl_coder *coder = coders->idle[coding];

    if (coder != NULL) {
        coders->idle[coding] = coder->next;
        coders->nidle[coding]--;
    }
    return coder;
}

void sl_coders_deinit(sl_coders *coders)
{
    for (int i = 0; i < SL_CODINGS; i++) {
        sl_coder *coder;

        while ((coder = pop(coders, (sl_coding)i)) != NULL) {
            destroy(coders, coder);
        }
    }
}

sl_coder *sl_coders_take(sl_coders *coders, sl_coding coding, int level)
{
    const sl_coding_ops *ops = sl_coding_table[coding];
    sl_coder *coder = pop(coders, coding);

    if (coder != NULL && ops->reset(coder, level)) {
        return coder;
    }
    if (coder != NULL) {
        destroy(coders, coder);
    }
    if (coders->bytes >= coders->limit) {
        return NULL;
    }
    coder = ops->create(level);
    if (coder != NULL) {
        coder->ops = ops;
        coders->bytes += coder->bytes;
    }
    return coder;
}

void sl_coders_give(sl_coders *coders, sl_coding coding, sl_coder *coder)
{
    if (coders->nidle[coding] >= KEPT || coders->bytes > coders->limit) {
        destroy(coders, coder);
        return;
    }
    coder->next = coders->idle[coding];
    coders->idle[coding] = coder;
    coders->nidle[coding]++;
}

sl_status sl_coders_code(sl_coders *coders, sl_coder *coder, const char *data,
                         size_t len, sl_coding_step step, sl_coding_put *put,
                         void *context)
{
    size_t before = coder->bytes;
    sl_status rc = coder->ops->code(coder, data, len, step, put, context);

    coders->bytes += coder->bytes - before;
    return rc;
}
