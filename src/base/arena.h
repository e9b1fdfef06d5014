/* Bump allocation for what lives as long as one exchange.
 *
 * Blocks come from a pool that the worker's arenas share and go back to it at
 * once, so that a warm server allocates nothing. The first block of an arena is a
 * small one, which is all that a stream that waits keeps; further ones are larger.
 * What is larger than a block gets memory of its own.
 *
 * Objects are taken from the front of a block, and texts, which need no alignment,
 * from its back.
 */
#ifndef SLUICE_BASE_ARENA_H
#define SLUICE_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of blocks, and the bytes of the largest, header included. */
enum { SL_ARENA_KINDS = 4, SL_ARENA_BLOCK = 4096 };

typedef struct sl_arena_block sl_arena_block;

/* Free blocks of each kind, kept up to a limit. */
typedef struct sl_arena_pool {
    sl_arena_block *free[SL_ARENA_KINDS];
    size_t count[SL_ARENA_KINDS];
    size_t limit; /* blocks of each kind */
} sl_arena_pool;

typedef struct sl_arena {
    sl_arena_pool *pool;
    sl_arena_block *blocks;
    char *next;     /* where the room of the last block begins */
    uint32_t left;  /* bytes of it */
    uint32_t count; /* blocks so far */
} sl_arena;

void sl_arena_pool_init(sl_arena_pool *pool, size_t limit);
void sl_arena_pool_deinit(sl_arena_pool *pool);

/* Bytes of the free blocks. */
size_t sl_arena_pool_bytes(const sl_arena_pool *pool);

/* No block is taken before the first allocation. */
void sl_arena_init(sl_arena *arena, sl_arena_pool *pool);

/* Release everything; the arena can be used again. */
void sl_arena_reset(sl_arena *arena);

/* What a block has no room for: from the next block, or from the heap. */
void *sl_arena_take_more(sl_arena *arena, size_t size);
char *sl_arena_take_more_text(sl_arena *arena, size_t size);

/* `size` bytes aligned for any object. Never NULL. */
static inline void *sl_arena_take(sl_arena *arena, size_t size)
{
    size_t mask = _Alignof(max_align_t) - 1;
    void *memory = arena->next;

    size = (size + mask) & ~mask;
    if (size > arena->left) {
        return sl_arena_take_more(arena, size);
    }
    arena->next += size;
    arena->left -= (uint32_t)size;
    return memory;
}

/* Let an object grow where it is, which only the one that was taken last can. */
bool sl_arena_extend(sl_arena *arena, void *object, size_t old, size_t size);

/* `size` bytes for a text. Never NULL. */
static inline char *sl_arena_take_text(sl_arena *arena, size_t size)
{
    if (size > arena->left) {
        return sl_arena_take_more_text(arena, size);
    }
    arena->left -= (uint32_t)size;
    return arena->next + arena->left;
}

/* A copy of `len` bytes, followed by a NUL. */
char *sl_arena_copy(sl_arena *arena, const char *data, size_t len);

#endif
