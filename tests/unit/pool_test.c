/* The memory of a VM's small objects. */
#include "script/pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "check.h"

enum { MOST = SL_POOL_LIMIT + 64, COUNT = 1000 };

static void fill(void *block, size_t from, size_t size, size_t seed)
{
    for (size_t i = from; i < size; i++) {
        ((unsigned char *)block)[i] = (unsigned char)(seed + i * 7);
    }
}

static bool is_filled(const void *block, size_t size, size_t seed)
{
    for (size_t i = 0; i < size; i++) {
        if (((const unsigned char *)block)[i] !=
            (unsigned char)(seed + i * 7)) {
            return false;
        }
    }
    return true;
}

static void blocks_do_not_overlap(void **state)
{
    static void *blocks[COUNT];
    sl_pool pool = {0};

    for (size_t round = 0; round < 3; round++) { /* the later ones reuse */
        for (size_t i = 0; i < COUNT; i++) {
            blocks[i] = sl_pool_resize(&pool, NULL, 0, 1 + i % MOST);
            CHECK(blocks[i] != NULL && (uintptr_t)blocks[i] % 8 == 0);
            fill(blocks[i], 0, 1 + i % MOST, i);
        }
        for (size_t i = 0; i < COUNT; i++) {
            CHECK(is_filled(blocks[i], 1 + i % MOST, i));
            sl_pool_free(&pool, blocks[i], 1 + i % MOST);
        }
    }
    sl_pool_deinit(&pool);
}

static void a_block_keeps_its_bytes_whatever_its_size_becomes(void **state)
{
    sl_pool pool = {0};

    for (size_t old = 1; old <= MOST; old++) {
        for (size_t size = 1; size <= MOST; size += 5) {
            void *block = sl_pool_resize(&pool, NULL, 0, old);

            fill(block, 0, old, size);
            block = sl_pool_resize(&pool, block, old, size);
            CHECK(is_filled(block, old < size ? old : size, size));
            fill(block, 0, size, old);
            CHECK(is_filled(block, size, old));
            sl_pool_free(&pool, block, size);
        }
    }
    sl_pool_deinit(&pool);
}

static void what_was_freed_is_used_again(void **state)
{
    sl_pool pool = {0};

    for (int i = 0; i < 1000000; i++) {
        void *block = sl_pool_resize(&pool, NULL, 0, 40);

        CHECK(block != NULL);
        block = sl_pool_resize(&pool, block, 40, 200);
        sl_pool_free(&pool, block, 200);
    }
    CHECK(pool.pages == NULL || pool.left > 16 * 1024); /* of the only one */
    sl_pool_deinit(&pool);
}

static void nothing_may_be_freed(void **state)
{
    sl_pool pool = {0};

    sl_pool_free(&pool, NULL, 0);
    CHECK(pool.pages == NULL);
    sl_pool_deinit(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_do_not_overlap),
        cmocka_unit_test(a_block_keeps_its_bytes_whatever_its_size_becomes),
        cmocka_unit_test(what_was_freed_is_used_again),
        cmocka_unit_test(nothing_may_be_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
