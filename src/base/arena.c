#include "base/arena.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

struct sl_arena_block {
    sl_arena_block *next;
    bool pooled;
    max_align_t bytes[];
};

static const size_t room = SL_ARENA_BLOCK - sizeof(sl_arena_block);

void sl_arena_pool_init(sl_arena_pool *pool, size_t limit)
{
    *pool = (sl_arena_pool){.limit = limit};
}

void sl_arena_pool_deinit(sl_arena_pool *pool)
{
    while (pool->free != NULL) {
        sl_arena_block *block = pool->free;

        pool->free = block->next;
        sl_free(block);
    }
    pool->count = 0;
}

static sl_arena_block *take_block(sl_arena_pool *pool)
{
    sl_arena_block *block = pool->free;

    if (block == NULL) {
        block = sl_malloc(SL_ARENA_BLOCK);
        block->pooled = true;
        return block;
    }
    pool->free = block->next;
    pool->count--;
    return block;
}

static void give_block(sl_arena_pool *pool, sl_arena_block *block)
{
    if (!block->pooled || pool->count >= pool->limit) {
        sl_free(block);
        return;
    }
    block->next = pool->free;
    pool->free = block;
    pool->count++;
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
}

static void *take_large(sl_arena *arena, size_t size)
{
    sl_arena_block *block = sl_malloc(sizeof *block + size);

    block->pooled = false;
    block->next = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

void *sl_arena_take_more(sl_arena *arena, size_t size)
{
    sl_arena_block *block;

    if (size > room) {
        return take_large(arena, size);
    }
    block = take_block(arena->pool);
    block->next = arena->blocks;
    arena->blocks = block;
    arena->next = (char *)block->bytes + size;
    arena->left = room - size;
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
