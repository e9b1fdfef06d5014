/* Content codings: gzip, brotli and zstd behind one interface, and the contexts
 * that a worker keeps of them.
 *
 * Ownership: a coder is taken for one body, and given back. What all contexts take
 *            together is bounded: above the limit none is handed out.
 */
#ifndef SLUICE_STAGES_CODING_H
#define SLUICE_STAGES_CODING_H

#include <stddef.h>
#include <stdint.h>

#include <sluice/status.h>

typedef enum sl_coding {
    SL_CODING_GZIP,
    SL_CODING_BROTLI,
    SL_CODING_ZSTD,
    SL_CODINGS
} sl_coding;

typedef enum sl_coding_step {
    SL_CODING_MORE,  /* more will follow */
    SL_CODING_FLUSH, /* what was given so far can be decoded */
    SL_CODING_END
} sl_coding_step;

/* Where the result goes. */
typedef sl_status sl_coding_put(void *context, const char *data, size_t len);

typedef struct sl_coder {
    struct sl_coder *next; /* of the idle ones */
    const struct sl_coding_ops *ops;
    size_t bytes; /* that it takes */
} sl_coder;

typedef struct sl_coding_ops {
    const char *name; /* as HTTP has it */
    int most;         /* levels are 1 to this */
    /* NULL: there is no memory. */
    sl_coder *(*create)(int level);
    /* Begin another body. False: it cannot be used again. */
    int (*reset)(sl_coder *coder, int level);
    sl_status (*code)(sl_coder *coder, const char *data, size_t len,
                      sl_coding_step step, sl_coding_put *put, void *context);
    void (*destroy)(sl_coder *coder);
} sl_coding_ops;

extern const sl_coding_ops sl_gzip, sl_brotli, sl_zstd;
extern const sl_coding_ops *const sl_coding_table[SL_CODINGS];

/* The idle contexts of a worker, and what all of them take. */
typedef struct sl_coders {
    sl_coder *idle[SL_CODINGS];
    uint32_t nidle[SL_CODINGS];
    size_t bytes;
    size_t limit;
} sl_coders;

void sl_coders_init(sl_coders *coders, size_t limit);
void sl_coders_deinit(sl_coders *coders);

/* NULL: all contexts together take too much already. */
sl_coder *sl_coders_take(sl_coders *coders, sl_coding coding, int level);
void sl_coders_give(sl_coders *coders, sl_coding coding, sl_coder *coder);

/* Give it something, counting what the context takes. */
sl_status sl_coders_code(sl_coders *coders, sl_coder *coder, const char *data,
                         size_t len, sl_coding_step step, sl_coding_put *put,
                         void *context);

#endif
