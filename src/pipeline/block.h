/* Counted blocks that small writes are copied into.
 *
 * Two sizes: a response that says little takes a small one, a stream takes
 * large ones. Freed blocks are kept for reuse, up to a limit.
 */
#ifndef SLUICE_PIPELINE_BLOCK_H
#define SLUICE_PIPELINE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "pipeline/piece.h"

struct sl_block {
    sl_block *next; /* free ones */
    uint32_t refs;
    uint32_t size;
    uint32_t used;
    uint32_t is_large;
    char data[];
};

enum { SL_BLOCK_SMALL = 1024, SL_BLOCK_LARGE = 16384 };

/* A block with one reference, small when `len` fits and `is_large` is 0. */
sl_block *sl_block_create(sl_pipeline *pipeline, size_t len, int is_large);

static inline sl_block *sl_block_ref(sl_block *block)
{
    block->refs++;
    return block;
}

/* The last reference frees it; NULL is left alone. */
void sl_block_unref(sl_pipeline *pipeline, sl_block *block);

/* Free what is kept for reuse. */
void sl_blocks_deinit(sl_pipeline *pipeline);

#endif
