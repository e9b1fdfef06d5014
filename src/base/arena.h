/* Bump allocation for what lives as long as one exchange.
 *
 * Blocks come from a pool that the worker's arenas share and go back to it at
 * once, so that a warm server allocates nothing. The first blocks of an arena are
 * small ones, which are enough for most exchanges, and all that a stream that
 * waits keeps. A request larger than a block gets memory of its own.
 */
#ifndef SLUICE_BASE_ARENA_H
#define SLUICE_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the two kinds of blocks, headers included. */
enum { SL_ARENA_SMALL = 1024, SL_ARENA_BLOCK = 4096 };

typedef struct sl_arena_block sl_arena_block;

/* Free blocks, kept up to a limit: small ones, and others. */
typedef struct sl_arena_pool {
    sl_arena_block *free[2];
    size_t count[2];
    size_t limit; /* blocks of each kind */
} sl_arena_pool;

typedef struct sl_arena {
    sl_arena_pool *pool;
    sl_arena_block *blocks;
    char *next;
    uint32_t left;
    uint32_t count; /* blocks so far */
} sl_arena;

void sl_arena_pool_init(sl_arena_pool *pool, size_t limit);
void sl_arena_pool_deinit(sl_arena_pool *pool);

/* No block is taken before the first allocation. */
void sl_arena_init(sl_arena *arena, sl_arena_pool *pool);

/* Release everything; the arena can be used again. */
void sl_arena_reset(sl_arena *arena);

/* What a block has no room for: from the next block, or from the heap. */
void *sl_arena_take_more(sl_arena *arena, size_t size);

/* `size` bytes aligned for any object. Never NULL. */
static inline void *sl_arena_take(sl_arena *arena, size_t size)
{
    size_t mask = sizeof(max_align_t) - 1;
    void *memory = arena->next;

    size = (size + mask) & ~mask;
    if (size > arena->left) {
        return sl_arena_take_more(arena, size);
    }
    arena->next += size;
    arena->left -= (uint32_t)size;
    return memory;
}

/* A copy of `len` bytes, followed by a NUL. */
char *sl_arena_copy(sl_arena *arena, const char *data, size_t len);

#endif
