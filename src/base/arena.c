#include "base/arena.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

/* Where a block comes from and goes back to. */
enum { SMALL, USUAL, HEAP };

enum { SMALL_ONES = 3 };

struct sl_arena_block {
    sl_arena_block *next;
    size_t kind;
    max_align_t bytes[];
};

static size_t room_of(size_t kind)
{
    size_t size = kind == SMALL ? SL_ARENA_SMALL : SL_ARENA_BLOCK;

    return size - sizeof(sl_arena_block);
}

void sl_arena_pool_init(sl_arena_pool *pool, size_t limit)
{
    *pool = (sl_arena_pool){.limit = limit};
}

void sl_arena_pool_deinit(sl_arena_pool *pool)
{
    for (size_t kind = SMALL; kind < HEAP; kind++) {
        while (pool->free[kind] != NULL) {
            sl_arena_block *block = pool->free[kind];

            pool->free[kind] = block->next;
            sl_free(block);
        }
        pool->count[kind] = 0;
    }
}

static sl_arena_block *take_block(sl_arena_pool *pool, size_t kind)
{
    sl_arena_block *block = pool->free[kind];

    if (block == NULL) {
        block = sl_malloc(sizeof *block + room_of(kind));
        block->kind = kind;
        return block;
    }
    pool->free[kind] = block->next;
    pool->count[kind]--;
    return block;
}

static void give_block(sl_arena_pool *pool, sl_arena_block *block)
{
    size_t kind = block->kind;

    if (kind == HEAP || pool->count[kind] >= pool->limit) {
        sl_free(block);
        return;
    }
    block->next = pool->free[kind];
    pool->free[kind] = block;
    pool->count[kind]++;
}

void sl_arena_init(sl_arena *arena, sl_arena_pool *pool)
{
    *arena = (sl_arena){.pool = pool};
}

void sl_arena_reset(sl_arena *arena)
{
    while (arena->blocks != NULL) {
        sl_arena_block *block = arena->blocks;

        arena->blocks = block->next;
        give_block(arena->pool, block);
    }
    arena->next = NULL;
    arena->left = 0;
    arena->count = 0;
}

static void *take_large(sl_arena *arena, size_t size)
{
    sl_arena_block *block = sl_malloc(sizeof *block + size);

    block->kind = HEAP;
    block->next = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

void *sl_arena_take_more(sl_arena *arena, size_t size)
{
    bool is_small = arena->count < SMALL_ONES && size <= room_of(SMALL);
    size_t kind = is_small ? SMALL : USUAL;
    sl_arena_block *block;

    if (size > room_of(USUAL)) {
        return take_large(arena, size);
    }
    block = take_block(arena->pool, kind);
    block->next = arena->blocks;
    arena->blocks = block;
    arena->next = (char *)block->bytes + size;
    arena->left = (uint32_t)(room_of(kind) - size);
    arena->count++;
    return block->bytes;
}

char *sl_arena_copy(sl_arena *arena, const char *data, size_t len)
{
    char *copy = sl_arena_take(arena, len + 1);

    if (len > 0) {
        memcpy(copy, data, len);
    }
    copy[len] = '\0';
    return copy;
}
