/* The rate of a response, by a clock of the test's. */
#include "sink.h"

#include <sluice/rate.h>

static void open_limited(sink *s, double per_second, double burst)
{
    sink_open(s, &sl_pipeline_defaults);
    CHECK(sl_response_limit_rate(s->response, s->generation, per_second,
                                 burst) == SL_OK);
}

static void write_bytes(sink *s, size_t len)
{
    static char text[4096];
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = text, .len = len};
    sl_operation op = {.flags = 0};

    memset(text, 'x', len);
    CHECK(sl_response_write_entity_chunks(s->response, s->generation, &chunk, 1,
                                          &op) == SL_OK);
}

static void a_burst_leaves_at_once_and_then_so_much_a_second(void **state)
{
    sink s;

    open_limited(&s, 1000, 500);
    write_bytes(&s, 2000);
    sink_turn(&s, 1);
    CHECK(s.len == 500);
    for (int ms = 0; ms < 1000; ms++) {
        sink_turn(&s, 1);
        CHECK(s.len <= 500 + (size_t)ms + 3);
    }
    CHECK(s.len >= 1400 && s.len <= 1503);
    for (int ms = 0; ms < 700; ms++) {
        sink_turn(&s, 1);
    }
    CHECK(s.len == 2000 && s.response->phase == SL_PHASE_DONE);
    sink_close(&s);
}

static void a_flush_completes_when_its_bytes_have_left(void **state)
{
    sl_operation write, flush;
    sl_completion done;
    sink s;

    open_limited(&s, 1000, 2);
    CHECK(sink_write(&s, "abcd", SL_ASYNC | SL_MORE_DATA, &write) ==
          SL_PENDING);
    CHECK(sink_flush(&s, SL_ASYNC | SL_MORE_DATA, &flush) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "ab"));
    CHECK(sink_collect(&s, flush.id, &done) == SL_PENDING);
    for (int ms = 0; ms < 10; ms++) {
        sink_turn(&s, 1);
    }
    CHECK(sink_took(&s, "abcd"));
    CHECK(sink_collect(&s, write.id, &done) == SL_OK && done.bytes == 4);
    CHECK(sink_collect(&s, flush.id, &done) == SL_OK);
    sink_close(&s);
}

static void what_is_aborted_or_cleared_waits_for_no_clock(void **state)
{
    sink s;

    open_limited(&s, 1, 1);
    write_bytes(&s, 100);
    sink_turn(&s, 1);
    CHECK(s.len == 1);
    CHECK(sl_response_abort(s.response, s.generation) == SL_OK);
    sink_turn(&s, 5000);
    sink_turn(&s, 5000);
    CHECK(s.len == 1);
    sink_close(&s);
}

static void a_rate_is_changed_on_the_way(void **state)
{
    sink s;

    open_limited(&s, 1, 1);
    write_bytes(&s, 100);
    sink_turn(&s, 1);
    CHECK(sl_response_limit_rate(s.response, s.generation, 1e6, 1000) == SL_OK);
    for (int i = 0; i < 4; i++) {
        sink_turn(&s, 1000);
    }
    CHECK(s.len == 100);
    CHECK(sl_response_limit_rate(s.response, s.generation, 0, 1) == SL_EINVAL);
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_leaves_at_once_and_then_so_much_a_second),
        cmocka_unit_test(a_flush_completes_when_its_bytes_have_left),
        cmocka_unit_test(what_is_aborted_or_cleared_waits_for_no_clock),
        cmocka_unit_test(a_rate_is_changed_on_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
