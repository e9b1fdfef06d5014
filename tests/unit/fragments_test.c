/* The store of fragments at its limit, and without memory. */
#include <stdlib.h>

#include "base/memory.h"
#include "pipeline/fragment.h"

#include "sink.h"

/* --- The allocator (the linker takes these functions) ---------------------------- */

static unsigned granted; /* calls of sl_try_malloc, before they fail */

void *sl_malloc(size_t size)
{
    void *memory = malloc(size);

    CHECK(memory != NULL);
    return memory;
}

void *sl_try_malloc(size_t size)
{
    if (granted == 0) {
        return NULL;
    }
    granted--;
    return malloc(size);
}

void *sl_calloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    CHECK(memory != NULL);
    return memory;
}

void *sl_realloc(void *memory, size_t size)
{
    void *moved = realloc(memory, size);

    CHECK(moved != NULL);
    return moved;
}

char *sl_strdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(sl_malloc(size), text, size);
}

void sl_free(void *memory)
{
    free(memory);
}

/* --- Tests ------------------------------------------------------------------------ */

static const char bytes[1000];

static sl_status put(sink *s, const char *name, size_t len, double ttl_ms)
{
    return sl_fragments_put(s->pipeline->fragments, name, strlen(name), bytes,
                            len, ttl_ms);
}

static bool has(sink *s, const char *name, size_t len)
{
    sl_span data;

    return sl_fragments_find(s->pipeline->fragments, name, strlen(name),
                             &data) == SL_OK &&
           data.len == len;
}

static void open_store(sink *s)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;

    settings.fragment_bytes = 100; /* names count too */
    granted = 1000;
    sink_open(s, &settings);
}

static void the_store_has_a_limit(void **state)
{
    sink s;

    (void)state;
    open_store(&s);
    CHECK(put(&s, "a", 100, 0) == SL_ETOOBIG);
    CHECK(put(&s, "a", 59, 0) == SL_OK);
    CHECK(put(&s, "b", 40, 0) == SL_ETOOBIG);
    CHECK(put(&s, "b", 39, 0) == SL_OK);
    CHECK(put(&s, "a", 60, 0) == SL_ETOOBIG); /* in place of 59 */
    CHECK(has(&s, "a", 59) && has(&s, "b", 39));
    CHECK(put(&s, "a", 10, 0) == SL_OK && put(&s, "b", 88, 0) == SL_OK);
    sink_close(&s);
}

static void what_has_expired_makes_room_once(void **state)
{
    sink s;

    (void)state;
    open_store(&s);
    CHECK(put(&s, "a", 49, 5) == SL_OK && put(&s, "b", 49, 0) == SL_OK);
    sink_turn(&s, 10);
    CHECK(put(&s, "a", 98, 0) == SL_ETOOBIG); /* only its own room is free */
    CHECK(put(&s, "a", 49, 0) == SL_OK);
    CHECK(put(&s, "c", 0, 0) == SL_ETOOBIG);
    CHECK(has(&s, "a", 49) && has(&s, "b", 49));
    sink_close(&s);
}

static void without_memory_nothing_changes(void **state)
{
    sink s;

    (void)state;
    open_store(&s);
    CHECK(put(&s, "a", 10, 0) == SL_OK);
    for (unsigned n = 0; n < 3; n++) {
        granted = n;
        for (unsigned i = 0; i < n; i++) {
            CHECK(put(&s, "a", 20, 0) == SL_OK);
        }
        CHECK(put(&s, "a", 30, 0) == SL_ETOOBIG);
        CHECK(has(&s, "a", n == 0 ? 10 : 20));
        granted = 0;
        CHECK(put(&s, "new", 1, 0) == SL_ETOOBIG && !has(&s, "new", 1));
    }
    granted = 1;
    CHECK(put(&s, "new", 1, 0) == SL_OK && has(&s, "new", 1));
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_store_has_a_limit),
        cmocka_unit_test(what_has_expired_makes_room_once),
        cmocka_unit_test(without_memory_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
