#include "base/arena.h"

#include <string.h>

#include "base/memory.h"

/* What is none of the kinds: memory for one object. */
enum { HEAP = SL_ARENA_KINDS };

/* Bytes of each kind of block, header included, and malloc's own left out. The
 * first block of an arena is of the first kind, and so on. */
static const size_t sizes[SL_ARENA_KINDS] = {424, 504, 1016,
                                             SL_ARENA_BLOCK - 8};

struct sl_arena_block {
    sl_arena_block *next;
    size_t kind;
    max_align_t bytes[];
};

static size_t room_of(size_t kind)
{
    return sizes[kind] - sizeof(sl_arena_block);
}

void sl_arena_pool_init(sl_arena_pool *pool, size_t limit)
{
    *pool = (sl_arena_pool){.limit = limit};
}

void sl_arena_pool_deinit(sl_arena_pool *pool)
{
    for (size_t kind = 0; kind < SL_ARENA_KINDS; kind++) {
        while (pool->free[kind] != NULL) {
            sl_arena_block *block = pool->free[kind];

            pool->free[kind] = block->next;
            sl_free(block);
        }
        pool->count[kind] = 0;
    }
}

size_t sl_arena_pool_bytes(const sl_arena_pool *pool)
{
    size_t bytes = 0;

    for (size_t kind = 0; kind < SL_ARENA_KINDS; kind++) {
        bytes += pool->count[kind] * sizes[kind];
    }
    return bytes;
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

/* Another block, in which there is room for so much. */
static void add_block(sl_arena *arena, size_t size)
{
    size_t kind =
        arena->count < SL_ARENA_KINDS ? arena->count : SL_ARENA_KINDS - 1;
    sl_arena_block *block;

    while (size > room_of(kind)) {
        kind++;
    }
    block = take_block(arena->pool, kind);
    block->next = arena->blocks;
    arena->blocks = block;
    arena->next = (char *)block->bytes;
    arena->left = (uint32_t)room_of(kind);
    arena->count++;
}

void *sl_arena_take_more(sl_arena *arena, size_t size)
{
    if (size > room_of(SL_ARENA_KINDS - 1)) {
        return take_large(arena, size);
    }
    add_block(arena, size);
    return sl_arena_take(arena, size);
}

char *sl_arena_take_more_text(sl_arena *arena, size_t size)
{
    if (size > room_of(SL_ARENA_KINDS - 1)) {
        return take_large(arena, size);
    }
    add_block(arena, size);
    return sl_arena_take_text(arena, size);
}

bool sl_arena_extend(sl_arena *arena, void *object, size_t old, size_t size)
{
    size_t mask = _Alignof(max_align_t) - 1;
    size_t end = (old + mask) & ~mask;
    size_t more = ((size + mask) & ~mask) - end;

    if ((char *)object + end != arena->next || more > arena->left) {
        return false;
    }
    arena->next += more;
    arena->left -= (uint32_t)more;
    return true;
}

char *sl_arena_copy(sl_arena *arena, const char *data, size_t len)
{
    char *copy = sl_arena_take_text(arena, len + 1);

    if (len > 0) {
        memcpy(copy, data, len);
    }
    copy[len] = '\0';
    return copy;
}
