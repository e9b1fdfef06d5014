/* Inside script: memory for the small objects of a VM.
 *
 * Lua says how large a block is when it gives it back, so that blocks need no
 * head, and finding a free one is one step. malloc would take 8 bytes more for
 * each, rounded up to 16, and five times the instructions. The largest are stacks
 * of coroutines, which are grown once: that of a stream that waits, too.
 *
 * Ownership: what is free stays with the pool, for blocks of the same size,
 *            until the VM is closed.
 */
#ifndef SLUICE_SCRIPT_POOL_H
#define SLUICE_SCRIPT_POOL_H

#include <stddef.h>

enum {
    SL_POOL_STEP = 8,    /* sizes are rounded up to it, and addresses too */
    SL_POOL_LIMIT = 816, /* larger blocks are malloc's */
    SL_POOL_SIZES = SL_POOL_LIMIT / SL_POOL_STEP
};

typedef struct sl_pool_block sl_pool_block;
typedef struct sl_pool_page sl_pool_page;

/* Zeroed, it is an empty one. */
typedef struct sl_pool {
    sl_pool_block *free[SL_POOL_SIZES]; /* by size */
    char *next;                         /* what no block was made of yet */
    size_t left;
    sl_pool_page *pages;
} sl_pool;

/* As realloc, for a block of `old` bytes: 0 and NULL for a new one. NULL: the
 * system has no more, and the block is as it was. */
void *sl_pool_resize(sl_pool *pool, void *block, size_t old, size_t size);

void sl_pool_free(sl_pool *pool, void *block, size_t size);

/* Free everything that was not malloc's. */
void sl_pool_deinit(sl_pool *pool);

#endif
