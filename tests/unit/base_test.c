#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/slab.h"
#include "base/timers.h"

typedef struct slot {
    sl_slab_slot slot;
    int generation;
} slot;

static void a_freed_slot_stays_readable_and_is_reused(void **state)
{
    sl_slab slab;
    slot *first;

    sl_slab_init(&slab, sizeof(slot), 4);
    first = sl_slab_take(&slab);
    CHECK(first->generation == 0);
    first->generation = 7;
    sl_slab_give(&slab, first);
    CHECK(first->generation == 7);
    CHECK(sl_slab_take(&slab) == first);
    CHECK(slab.live == 1);
    sl_slab_deinit(&slab);
}

static void an_arena_gives_aligned_memory_of_any_size(void **state)
{
    sl_arena_pool pool;
    sl_arena arena;

    sl_arena_pool_init(&pool, 2);
    sl_arena_init(&arena, &pool);
    for (size_t size = 1; size < 20000; size = size * 3 + 1) {
        char *memory = sl_arena_take(&arena, size);

        CHECK((uintptr_t)memory % sizeof(void *) == 0);
        memset(memory, 'x', size);
    }
    CHECK(strcmp(sl_arena_copy(&arena, "text", 3), "tex") == 0);
    sl_arena_reset(&arena);
    CHECK(pool.count[0] > 0); /* the first block was a small one */
    CHECK(pool.count[3] <= 2 && pool.count[3] > 0);
    CHECK(sl_arena_pool_bytes(&pool) > SL_ARENA_BLOCK);
    sl_arena_pool_deinit(&pool);
    CHECK(sl_arena_pool_bytes(&pool) == 0);
}

static void objects_and_texts_of_an_arena_do_not_overlap(void **state)
{
    sl_arena_pool pool;
    sl_arena arena;
    char *texts[200];
    uint32_t *objects[200];

    sl_arena_pool_init(&pool, 2);
    sl_arena_init(&arena, &pool);
    for (uint32_t i = 0; i < 200; i++) {
        char text[16];

        (void)snprintf(text, sizeof text, "text %u", i);
        texts[i] = sl_arena_copy(&arena, text, strlen(text));
        objects[i] = sl_arena_take(&arena, sizeof *objects[i]);
        CHECK((uintptr_t)objects[i] % _Alignof(max_align_t) == 0);
        *objects[i] = i;
    }
    for (uint32_t i = 0; i < 200; i++) {
        CHECK(strtoul(texts[i] + 5, NULL, 10) == i && *objects[i] == i);
    }
    sl_arena_reset(&arena);
    sl_arena_pool_deinit(&pool);
}

static void the_last_object_of_an_arena_grows_where_it_is(void **state)
{
    sl_arena_pool pool;
    sl_arena arena;
    char *object, *after;

    sl_arena_pool_init(&pool, 2);
    sl_arena_init(&arena, &pool);
    object = sl_arena_take(&arena, 20);
    (void)sl_arena_copy(&arena, "a text", 6); /* it is at the other end */
    CHECK(sl_arena_extend(&arena, object, 20, 100));
    after = sl_arena_take(&arena, 8);
    CHECK(after >= object + 100);
    CHECK(!sl_arena_extend(&arena, object, 100, 200)); /* not the last one */
    CHECK(!sl_arena_extend(&arena, after, 8, SL_ARENA_BLOCK)); /* no room */
    sl_arena_reset(&arena);
    sl_arena_pool_deinit(&pool);
}

static void a_list_keeps_order_and_survives_double_removal(void **state)
{
    sl_list list, a, b, c, other;

    sl_list_init(&list);
    sl_list_init(&other);
    sl_list_append(&list, &a);
    sl_list_append(&list, &b);
    sl_list_append(&other, &c);
    sl_list_splice(&list, &other);
    sl_list_remove(&b);
    sl_list_remove(&b);
    CHECK(sl_list_is_empty(&other));
    CHECK(sl_list_take(&list) == &a);
    CHECK(sl_list_take(&list) == &c);
    CHECK(sl_list_take(&list) == NULL);
}

static void a_buffer_is_drained_in_the_order_it_was_filled(void **state)
{
    sl_buffer buffer = {0};
    char text[16];
    unsigned read = 0;

    for (unsigned i = 0; i < 5000; i++) {
        sl_buffer_printf(&buffer, "%04u", i);
        if (i % 3 != 0) {
            memcpy(text, sl_buffer_data(&buffer), 4);
            text[4] = '\0';
            CHECK((unsigned)strtoul(text, NULL, 10) == read);
            read++;
            sl_buffer_consume(&buffer, 4);
        }
    }
    CHECK(sl_buffer_len(&buffer) == 4 * (5000 - read));
    sl_buffer_deinit(&buffer);
}

/* --- Timers ------------------------------------------------------------------ */

typedef struct probe {
    sl_timer timer;
    sl_timers *timers;
    uint64_t *last;
    unsigned calls;
    bool restart;
} probe;

static void on_due(sl_timer *timer, uint64_t now_ms)
{
    probe *p = SL_CONTAINER(timer, probe, timer);

    CHECK(timer->due_ms <= now_ms && timer->due_ms >= *p->last);
    *p->last = timer->due_ms;
    p->calls++;
    if (p->restart) {
        sl_timer_start(p->timers, timer, 0);
    }
}

static void timers_fire_in_order_and_stopped_ones_do_not(void **state)
{
    enum { COUNT = 500 };
    static probe probes[COUNT];
    sl_timers timers;
    uint64_t last = 0;
    unsigned random = 1;

    sl_timers_init(&timers);
    for (int i = 0; i < COUNT; i++) {
        random = random * 1103515245u + 12345u;
        probes[i] =
            (probe){.timer.on_due = on_due, .timers = &timers, .last = &last};
        sl_timer_start(&timers, &probes[i].timer, 1 + random / 65536 % 1000);
    }
    for (int i = 0; i < COUNT; i += 3) {
        sl_timer_stop(&timers, &probes[i].timer);
    }
    sl_timers_run(&timers, 400);
    CHECK(sl_timers_next(&timers) > 400);
    sl_timers_run(&timers, 1000);
    for (int i = 0; i < COUNT; i++) {
        CHECK(probes[i].calls == (i % 3 == 0 ? 0 : 1));
    }
    CHECK(sl_timers_next(&timers) == UINT64_MAX);
    sl_timers_deinit(&timers);
}

static void a_timer_that_restarts_itself_waits_for_the_next_run(void **state)
{
    sl_timers timers;
    uint64_t last = 0;
    probe p = {.timer.on_due = on_due,
               .timers = &timers,
               .last = &last,
               .restart = true};

    sl_timers_init(&timers);
    sl_timer_start(&timers, &p.timer, 5);
    sl_timers_run(&timers, 10);
    CHECK(p.calls == 1);
    CHECK(sl_timers_next(&timers) == 11);
    sl_timers_run(&timers, 11);
    CHECK(p.calls == 2);
    sl_timers_deinit(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_freed_slot_stays_readable_and_is_reused),
        cmocka_unit_test(an_arena_gives_aligned_memory_of_any_size),
        cmocka_unit_test(objects_and_texts_of_an_arena_do_not_overlap),
        cmocka_unit_test(the_last_object_of_an_arena_grows_where_it_is),
        cmocka_unit_test(a_list_keeps_order_and_survives_double_removal),
        cmocka_unit_test(a_buffer_is_drained_in_the_order_it_was_filled),
        cmocka_unit_test(timers_fire_in_order_and_stopped_ones_do_not),
        cmocka_unit_test(a_timer_that_restarts_itself_waits_for_the_next_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
