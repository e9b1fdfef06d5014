#include "script/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_BYTES = 32 * 1024 };

struct sl_pool_block {
    sl_pool_block *next;
};

struct sl_pool_page {
    sl_pool_page *next;
    char bytes[];
};

/* AddressSanitizer sees what becomes of malloc's blocks only. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define USES_MALLOC 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define USES_MALLOC 1
#endif

static bool is_small(size_t size)
{
#ifdef USES_MALLOC
    (void)size;
    return false;
#else
    return size <= SL_POOL_LIMIT;
#endif
}

static size_t place_of(size_t size)
{
    return (size - 1) / SL_POOL_STEP;
}

/* What is left of the last page is lost: less than one block. */
static bool add_page(sl_pool *pool)
{
    sl_pool_page *page = malloc(PAGE_BYTES);

    if (page == NULL) {
        return false;
    }
    page->next = pool->pages;
    pool->pages = page;
    pool->next = page->bytes;
    pool->left = PAGE_BYTES - sizeof *page;
    return true;
}

static void *take_new(sl_pool *pool, size_t size)
{
    char *block;

    if (size > pool->left && !add_page(pool)) {
        return NULL;
    }
    block = pool->next;
    pool->next += size;
    pool->left -= size;
    return block;
}

static void *take(sl_pool *pool, size_t size)
{
    size_t place;
    sl_pool_block *block;

    if (!is_small(size)) {
        return malloc(size);
    }
    place = place_of(size);
    block = pool->free[place];
    if (block == NULL) {
        return take_new(pool, (place + 1) * SL_POOL_STEP);
    }
    pool->free[place] = block->next;
    return block;
}

void sl_pool_free(sl_pool *pool, void *block, size_t size)
{
    sl_pool_block *freed = block;

    if (block == NULL) {
        return;
    }
    if (!is_small(size)) {
        free(block);
        return;
    }
    freed->next = pool->free[place_of(size)];
    pool->free[place_of(size)] = freed;
}

void *sl_pool_resize(sl_pool *pool, void *block, size_t old, size_t size)
{
    void *moved;

    if (block == NULL) {
        return take(pool, size);
    }
    if (!is_small(old) && !is_small(size)) {
        return realloc(block, size);
    }
    if (is_small(old) && is_small(size) && place_of(old) == place_of(size)) {
        return block;
    }
    moved = take(pool, size);
    if (moved != NULL) {
        memcpy(moved, block, old < size ? old : size);
        sl_pool_free(pool, block, old);
    }
    return moved;
}

void sl_pool_deinit(sl_pool *pool)
{
    while (pool->pages != NULL) {
        sl_pool_page *page = pool->pages;

        pool->pages = page->next;
        free(page);
    }
    *pool = (sl_pool){0};
}
