#include "sink.h"

#include <math.h>
#include <stdlib.h>

static const uint32_t ASYNC = SL_ASYNC | SL_MORE_DATA;

static void sync_writes_leave_together_when_the_turn_ends(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sink_write(&s, "one ", SL_MORE_DATA, &op) == SL_OK);
    CHECK(sink_write(&s, "two", SL_MORE_DATA, &op) == SL_OK);
    CHECK(op.bytes == 3 && !op.completion_expected);
    CHECK(s.len == 0 && s.sends == 0);
    CHECK(s.response->accepted.first == s.response->accepted.last);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "one two"));
    sink_close(&s);
}

static void operations_complete_in_order_with_their_own_bytes(void **state)
{
    sink s;
    sl_operation first, second, flush;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sink_write(&s, "sync", SL_MORE_DATA, &first) == SL_OK);
    CHECK(sink_write(&s, "abc", ASYNC, &first) == SL_PENDING);
    CHECK(sink_write(&s, "de", ASYNC, &second) == SL_PENDING);
    CHECK(sink_write(&s, "sync", SL_MORE_DATA, &flush) == SL_OK);
    CHECK(sink_flush(&s, ASYNC, &flush) == SL_PENDING);
    CHECK(sink_collect(&s, 0, &done) == SL_PENDING);

    s.allowed = 8; /* all of the first, one byte of the second */
    sink_turn(&s, 1);
    CHECK(s.events == SL_EVENT_COMPLETION);
    CHECK(sink_collect(&s, second.id, &done) == SL_PENDING);
    CHECK(sink_collect(&s, 0, &done) == SL_OK);
    CHECK(done.id == first.id && done.bytes == 3 && done.wire_bytes == 3);

    s.allowed = 100;
    sink_turn(&s, 1);
    CHECK(sink_collect(&s, flush.id, &done) == SL_OK);
    CHECK(done.kind == SL_KIND_FLUSH && done.bytes == 4);
    CHECK(sink_collect(&s, 0, &done) == SL_OK && done.id == second.id);
    CHECK(sink_collect(&s, 0, &done) == SL_EMPTY);
    CHECK(sink_collect(&s, first.id, &done) == SL_EMPTY);
    sink_close(&s);
}

static void what_finished_inline_posts_only_when_asked(void **state)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    sink s;
    sl_operation op;
    sl_completion done;

    settings.send_threshold = 1;
    sink_open(&s, &settings);
    CHECK(sink_write(&s, "abc", ASYNC, &op) == SL_OK);
    CHECK(!op.completion_expected && op.bytes == 3 && op.wire_bytes == 3);
    CHECK(sink_collect(&s, 0, &done) == SL_EMPTY);
    CHECK(sink_write(&s, "de", ASYNC | SL_ALWAYS_POST, &op) == SL_PENDING);
    CHECK(op.completion_expected);
    CHECK(sink_collect(&s, 0, &done) == SL_OK && done.bytes == 2);
    sink_close(&s);
}

static void a_full_response_takes_nothing(void **state)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    sink s;
    sl_operation op;
    static char text[3001];

    memset(text, 'x', sizeof text - 1);
    settings.high_water = 1000;
    settings.hard_limit = 4000;
    sink_open(&s, &settings);
    s.allowed = 0;
    CHECK(sink_write(&s, text, SL_MORE_DATA | SL_AT_MARK, &op) == SL_OK);
    CHECK(sink_write(&s, "y", SL_MORE_DATA | SL_AT_MARK, &op) == SL_EAGAIN);
    CHECK(sink_write(&s, text, ASYNC, &op) == SL_PENDING);
    CHECK(sink_write(&s, "y", ASYNC, &op) == SL_EAGAIN);
    CHECK(sl_response_await_room(s.response, s.generation) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(s.events == 0);
    s.allowed = 5900;
    sink_turn(&s, 1);
    CHECK(s.events & SL_EVENT_ROOM);
    CHECK(sink_write(&s, "y", SL_MORE_DATA | SL_AT_MARK, &op) == SL_OK);
    sink_close(&s);
}

static void a_million_empty_operations_are_bounded_too(void **state)
{
    sink s;
    sl_operation op;
    unsigned taken = 0;

    sink_open(&s, &sl_pipeline_defaults);
    s.allowed = 0;
    CHECK(sink_write(&s, "x", SL_MORE_DATA, &op) == SL_OK);
    while (taken < 1000000 && sink_write(&s, "", ASYNC, &op) == SL_PENDING) {
        taken++;
    }
    CHECK(taken < 512 * 1024 / SL_OPERATION_COST + 1);
    sink_close(&s);
}

static void a_cancelled_write_leaves_no_byte_behind(void **state)
{
    sink s;
    sl_operation first, second, third;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sink_write(&s, "a", ASYNC, &first) == SL_PENDING);
    CHECK(sink_write(&s, "b", ASYNC, &second) == SL_PENDING);
    CHECK(sink_write(&s, "c", SL_ASYNC, &third) == SL_PENDING);
    CHECK(sl_response_cancel(s.response, s.generation, second.id) == SL_OK);
    CHECK(sink_collect(&s, second.id, &done) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "ac"));
    CHECK(sink_collect(&s, 0, &done) == SL_OK && done.status == SL_OK);
    CHECK(sink_collect(&s, 0, &done) == SL_OK);
    CHECK(done.status == SL_ECANCELLED && done.bytes == 0);
    CHECK(sink_collect(&s, 0, &done) == SL_OK && done.id == third.id);
    CHECK(s.response->phase == SL_PHASE_DONE);
    sink_close(&s);
}

static void cancelling_the_last_data_reopens_the_body(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sink_write(&s, "lost", SL_ASYNC, &op) == SL_PENDING);
    CHECK(sl_response_cancel(s.response, s.generation, op.id) == SL_OK);
    CHECK(sink_write(&s, "kept", 0, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "kept"));
    CHECK(s.response->phase == SL_PHASE_DONE);
    sink_close(&s);
}

static void cancelling_what_has_moved_aborts(void **state)
{
    sink s;
    sl_operation first, second;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    s.allowed = 1;
    CHECK(sink_write(&s, "ab", ASYNC, &first) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sink_write(&s, "c", ASYNC, &second) == SL_PENDING);
    CHECK(sl_response_cancel(s.response, s.generation, first.id) == SL_OK);
    CHECK(sink_collect(&s, 0, &done) == SL_OK);
    CHECK(done.id == first.id && done.status == SL_ECANCELLED);
    CHECK(done.bytes == 1 && done.wire_bytes == 1);
    CHECK(sink_collect(&s, 0, &done) == SL_OK);
    CHECK(done.id == second.id && done.status == SL_EABORTED);
    CHECK(sink_write(&s, "d", ASYNC, &first) == SL_EABORTED);
    sink_close(&s);
}

static void a_timeout_withdraws_like_a_cancel(void **state)
{
    sink s;
    sl_operation op;
    sl_completion done;
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = "late", .len = 4};

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_set_buffering(s.response, s.generation, 100) == SL_OK);
    op = (sl_operation){.flags = ASYNC, .timeout_ms = 10};
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, &chunk, 1,
                                          &op) == SL_PENDING);
    sink_turn(&s, 9);
    CHECK(sink_collect(&s, op.id, &done) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sink_collect(&s, op.id, &done) == SL_OK);
    CHECK(done.status == SL_ETIMEDOUT && done.bytes == 0);
    CHECK(s.response->accepted_bytes == 0);
    sink_close(&s);
}

static void a_flush_that_waits_for_nothing_is_no_operation(void **state)
{
    sink s;
    sl_operation op;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    s.allowed = 4;
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    CHECK(sink_flush(&s, SL_MORE_DATA, &op) == SL_OK);
    CHECK(op.id == 1 && op.bytes == 3 && !op.completion_expected);
    CHECK(s.len == 3 && s.pipeline->operations.pages == NULL);
    CHECK(sl_counter_see(&s.pipeline->tally->completions.counts[0]) == 1);
    CHECK(sink_collect(&s, 0, &done) == SL_EMPTY);

    CHECK(sink_write(&s, "defg", SL_MORE_DATA, &op) == SL_OK);
    CHECK(sink_flush(&s, SL_MORE_DATA, &op) == SL_PENDING);
    CHECK(op.id == 2 && s.len == 4 && s.pipeline->operations.live == 1);
    s.allowed = 100;
    sink_turn(&s, 0);
    CHECK(sink_collect(&s, 2, &done) == SL_OK);
    CHECK(done.bytes == 4 && done.wire_bytes == 4);
    sink_close(&s);
}

static void a_cancelled_flush_only_ends_its_wait(void **state)
{
    sink s;
    sl_operation write, flush;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    s.allowed = 0;
    CHECK(sink_write(&s, "abc", ASYNC, &write) == SL_PENDING);
    CHECK(sink_flush(&s, SL_MORE_DATA, &flush) == SL_PENDING);
    CHECK(sl_response_cancel(s.response, s.generation, flush.id) == SL_OK);
    CHECK(sink_collect(&s, flush.id, &done) == SL_OK);
    CHECK(done.status == SL_ECANCELLED);
    CHECK(sink_collect(&s, flush.id, &done) == SL_EMPTY);
    s.allowed = 10;
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abc"));
    CHECK(sink_collect(&s, write.id, &done) == SL_OK && done.bytes == 3);
    sink_close(&s);
}

static int temporary_file(const char *text)
{
    char path[] = "/tmp/sluice-test-XXXXXX";
    int fd = mkstemp(path);

    CHECK(fd >= 0 && unlink(path) == 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    return fd;
}

static void all_kinds_of_chunks_mix_in_one_call(void **state)
{
    sink s;
    sl_operation op = {.flags = SL_ASYNC};
    sl_completion done;
    sl_field_spec trailer = {{"X-Sum", 5}, {"1", 1}};
    sl_chunk chunks[] = {
        {.kind = SL_CHUNK_MEMORY, .data = "head ", .len = 5},
        {.kind = SL_CHUNK_BORROWED, .data = "long ", .len = 5, .anchor = 3},
        {.kind = SL_CHUNK_FRAGMENT,
         .data = "f",
         .len = 1,
         .offset = 1,
         .extent = 4},
        {.kind = SL_CHUNK_TRAILERS, .fields = &trailer, .nfields = 1},
        {.kind = SL_CHUNK_FILE, .offset = 2, .extent = SL_TO_END},
    };

    sink_open(&s, &sl_pipeline_defaults);
    chunks[4].fd = temporary_file("__file");
    CHECK(sl_fragments_put(s.pipeline->fragments, "f", 1, "_frag_", 6, 0) ==
          SL_OK);
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, 5,
                                          &op) == SL_PENDING);
    CHECK(sl_fragments_remove(s.pipeline->fragments, "f", 1) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "head long fragfile"));
    CHECK(sink_collect(&s, op.id, &done) == SL_OK && done.bytes == 18);
    CHECK(s.anchors == 1 && s.closed == 1);
    CHECK(s.response->trailers->count == 1);
    sink_close(&s);
}

static void ids_of_operations_are_never_used_twice(void **state)
{
    sl_operation op;
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    s.response->operations.last_id = UINT32_MAX - 1;
    CHECK(sink_write(&s, "last", ASYNC, &op) == SL_PENDING);
    CHECK(op.id == UINT32_MAX);
    CHECK(sink_write(&s, "more", ASYNC, &op) == SL_ETOOBIG);
    CHECK(sink_flush(&s, SL_MORE_DATA, &op) == SL_ETOOBIG);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "last"));
    sink_close(&s);
}

static void a_fragment_may_live_for_any_time(void **state)
{
    double times[] = {0, 0.5, 1e300, INFINITY};
    sl_fragments *store;
    sl_span data;
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    store = s.pipeline->fragments;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        CHECK(sl_fragments_put(store, "f", 1, "x", 1, times[i]) == SL_OK);
    }
    CHECK(sl_fragments_find(store, "f", 1, &data) == SL_OK);
    CHECK(sl_fragments_put(store, "f", 1, "x", 1, -1) == SL_EINVAL);
    CHECK(sl_fragments_put(store, "f", 1, "x", 1, NAN) == SL_EINVAL);
    sink_close(&s);
}

static void trailers_are_limited_like_a_head(void **state)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    sl_field_spec fields[] = {{{"A", 1}, {"1234", 4}}, {{"B", 1}, {"12", 2}}};
    sl_chunk chunks[] = {
        {.kind = SL_CHUNK_TRAILERS, .fields = fields, .nfields = 1},
        {.kind = SL_CHUNK_TRAILERS, .fields = fields + 1, .nfields = 1},
    };
    sl_operation first = {.flags = ASYNC};
    sl_operation op = {.flags = ASYNC};
    sink s;

    settings.header_bytes = 7;
    sink_open(&s, &settings);
    CHECK(sink_write(&s, "body", SL_MORE_DATA, &op) == SL_OK);
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, 2,
                                          &op) == SL_ETOOBIG);
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, 1,
                                          &first) == SL_PENDING);
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks + 1,
                                          1, &op) == SL_ETOOBIG);
    CHECK(s.response->trailers->count == 1);

    /* What is withdrawn makes room again. */
    CHECK(sl_response_cancel(s.response, s.generation, first.id) == SL_OK);
    CHECK(s.response->trailers->count == 0);
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, 1,
                                          &op) == SL_OK);
    sink_close(&s);
}

static void a_file_that_grows_is_counted_as_it_was_taken(void **state)
{
    sink s;
    sl_operation op = {.flags = ASYNC};
    sl_chunk chunk = {.kind = SL_CHUNK_FILE, .extent = SL_TO_END};

    sink_open(&s, &sl_pipeline_defaults);
    s.allowed = 0;
    s.growth = 5;
    chunk.fd = temporary_file("1234");
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, &chunk, 1,
                                          &op) == SL_PENDING);
    CHECK(op.bytes == (double)s.response->accepted.bytes);
    CHECK(s.response->accepted_bytes == op.bytes);
    sink_close(&s);

    sink_open(&s, &sl_pipeline_defaults);
    s.growth = 5;
    chunk.fd = temporary_file("1234");
    CHECK(sl_response_set_header(s.response, s.generation, "Content-Length", 14,
                                 "4", 1, 1) == SL_OK);
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, &chunk, 1,
                                          &op) == SL_PENDING);
    CHECK(s.response->phase == SL_PHASE_ABORTED);
    sink_close(&s);
}

static void a_bad_chunk_takes_nothing_of_the_call(void **state)
{
    sink s;
    sl_operation op = {.flags = ASYNC};
    sl_chunk chunks[] = {
        {.kind = SL_CHUNK_BORROWED, .data = "x", .len = 1, .anchor = 1},
        {.kind = SL_CHUNK_FRAGMENT,
         .data = "none",
         .len = 4,
         .extent = SL_TO_END},
    };

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, 2,
                                          &op) == SL_ENOTFOUND);
    chunks[1] = (sl_chunk){.kind = 99};
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, 2,
                                          &op) == SL_EINVAL);
    chunks[1] = (sl_chunk){.kind = SL_CHUNK_FILE, .fd = -1};
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, 2,
                                          &op) == SL_EINVAL);
    sink_turn(&s, 1);
    CHECK(s.len == 0 && s.anchors == 0);
    CHECK(s.response->phase == SL_PHASE_HEAD);
    sink_close(&s);
}

static void a_body_must_match_its_declared_length(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_set_header(s.response, s.generation, "content-length", 14,
                                 "5", 1, 1) == SL_OK);
    CHECK(sink_write(&s, "123456", SL_MORE_DATA, &op) == SL_ELENGTH);
    CHECK(sink_write(&s, "123", 0, &op) == SL_ELENGTH);
    CHECK(sink_write(&s, "123", SL_MORE_DATA, &op) == SL_OK);
    CHECK(sl_response_finish(s.response, s.generation) == SL_ELENGTH);
    CHECK(s.response->phase == SL_PHASE_ABORTED);
    CHECK(sink_write(&s, "45", 0, &op) == SL_ELENGTH);
    sink_close(&s);
}

static void the_head_is_fixed_once_it_left(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_set_header(s.response, s.generation, "X-A", 3, "a\r\nb",
                                 4, 1) == SL_EINVAL);
    CHECK(sl_response_set_header(s.response, s.generation, "X A", 3, "a", 1,
                                 1) == SL_EINVAL);
    CHECK(sl_response_set_header(s.response, s.generation, "X-A", 3, "a", 1,
                                 1) == SL_OK);
    CHECK(sink_flush(&s, SL_MORE_DATA, &op) == SL_OK);
    CHECK(sl_response_set_status(s.response, s.generation, 404, NULL, 0) ==
          SL_ECOMMITTED);
    CHECK(sl_response_set_header(s.response, s.generation, "X-A", 3, "b", 1,
                                 1) == SL_ECOMMITTED);
    CHECK(sl_response_clear(s.response, s.generation) == SL_ECOMMITTED);
    sink_close(&s);
}

static void nothing_can_be_written_after_the_end(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sink_write(&s, "all", 0, &op) == SL_OK);
    CHECK(sink_write(&s, "more", SL_MORE_DATA, &op) == SL_EFINISHED);
    CHECK(sink_flush(&s, ASYNC, &op) == SL_EFINISHED);
    CHECK(sl_response_finish(s.response, s.generation) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "all"));
    sink_close(&s);
}

static void a_failed_handler_is_answered_before_the_commit_only(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sink_write(&s, "half an answer", 0, &op) == SL_OK);
    sl_exchange_handler_over(s.exchange, SL_ESTAGE);
    sink_turn(&s, 1);
    CHECK(s.response->status == 500);
    CHECK(strncmp(s.text, "500 Internal Server Error", 25) == 0);
    sink_close(&s);

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sink_write(&s, "begun", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    sl_exchange_handler_over(s.exchange, SL_ESTAGE);
    CHECK(s.response->phase == SL_PHASE_ABORTED);
    CHECK(s.response->status == 200);
    sink_close(&s);
}

static void a_late_handle_is_told_so(void **state)
{
    sink s;
    sl_operation op;
    sl_response *response;
    uint32_t generation;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    response = s.response;
    generation = s.generation;
    sl_exchange_release(s.exchange, SL_HOLD_SESSION);
    sl_exchange_release(s.exchange, SL_HOLD_HOST);
    op = (sl_operation){.flags = ASYNC};
    CHECK(sl_response_flush(response, generation, &op) == SL_EGONE);
    CHECK(sl_response_get_completed_operation(response, generation, 1, &done) ==
          SL_EGONE);
    sl_pipeline_destroy(s.pipeline);
}

static void the_oldest_successes_leave_when_too_many_wait(void **state)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    sink s;
    sl_operation op;
    sl_completion done;

    settings.max_uncollected = 3;
    sink_open(&s, &settings);
    for (int i = 0; i < 5; i++) {
        CHECK(sink_write(&s, "x", ASYNC, &op) == SL_PENDING);
    }
    sink_turn(&s, 1);
    CHECK(sink_collect(&s, 1, &done) == SL_EMPTY);
    CHECK(sink_collect(&s, 0, &done) == SL_OK);
    CHECK(done.id == 3 && done.dropped == 2);
    sink_close(&s);
}

static void a_quota_ends_a_turn_of_calls_that_ask_for_it(void **state)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    sl_quota quota = {0};
    sink s;
    sl_operation op;

    settings.quota_calls = 2;
    sink_open(&s, &settings);
    s.pipeline->quota = &quota;
    CHECK(sink_write(&s, "a", ASYNC | SL_IN_TURN, &op) == SL_PENDING);
    CHECK(sink_write(&s, "b", ASYNC | SL_IN_TURN, &op) == SL_PENDING);
    CHECK(sink_write(&s, "c", ASYNC | SL_IN_TURN, &op) == SL_EAGAIN);
    CHECK(sink_write(&s, "c", SL_MORE_DATA | SL_AT_MARK, &op) == SL_EAGAIN);
    CHECK(sink_write(&s, "c", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_write(&s, "d", ASYNC | SL_IN_TURN, &op) == SL_PENDING);
    sink_close(&s);
}

/* So that a handler which never looks whether its writes succeed cannot keep
 * its worker to itself. */
static void calls_that_fail_use_the_quota_up_too(void **state)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    sl_quota quota = {0};
    sink s;
    sl_operation op;

    settings.quota_calls = 2;
    sink_open(&s, &settings);
    s.pipeline->quota = &quota;
    CHECK(sl_response_abort(s.response, s.response->generation) == SL_OK);
    CHECK(sink_write(&s, "a", SL_MORE_DATA | SL_AT_MARK, &op) == SL_EABORTED);
    CHECK(sink_write(&s, "b", ASYNC | SL_IN_TURN, &op) == SL_EABORTED);
    CHECK(sink_write(&s, "c", SL_MORE_DATA | SL_AT_MARK, &op) == SL_EAGAIN);
    CHECK(sink_write(&s, "c", ASYNC | SL_IN_TURN, &op) == SL_EAGAIN);
    sink_turn(&s, 1);
    CHECK(sink_write(&s, "c", ASYNC | SL_IN_TURN, &op) == SL_EABORTED);
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sync_writes_leave_together_when_the_turn_ends),
        cmocka_unit_test(operations_complete_in_order_with_their_own_bytes),
        cmocka_unit_test(what_finished_inline_posts_only_when_asked),
        cmocka_unit_test(a_full_response_takes_nothing),
        cmocka_unit_test(a_million_empty_operations_are_bounded_too),
        cmocka_unit_test(a_cancelled_write_leaves_no_byte_behind),
        cmocka_unit_test(cancelling_the_last_data_reopens_the_body),
        cmocka_unit_test(cancelling_what_has_moved_aborts),
        cmocka_unit_test(a_timeout_withdraws_like_a_cancel),
        cmocka_unit_test(a_flush_that_waits_for_nothing_is_no_operation),
        cmocka_unit_test(a_cancelled_flush_only_ends_its_wait),
        cmocka_unit_test(all_kinds_of_chunks_mix_in_one_call),
        cmocka_unit_test(ids_of_operations_are_never_used_twice),
        cmocka_unit_test(a_fragment_may_live_for_any_time),
        cmocka_unit_test(trailers_are_limited_like_a_head),
        cmocka_unit_test(a_file_that_grows_is_counted_as_it_was_taken),
        cmocka_unit_test(a_bad_chunk_takes_nothing_of_the_call),
        cmocka_unit_test(a_body_must_match_its_declared_length),
        cmocka_unit_test(the_head_is_fixed_once_it_left),
        cmocka_unit_test(nothing_can_be_written_after_the_end),
        cmocka_unit_test(a_failed_handler_is_answered_before_the_commit_only),
        cmocka_unit_test(a_late_handle_is_told_so),
        cmocka_unit_test(the_oldest_successes_leave_when_too_many_wait),
        cmocka_unit_test(a_quota_ends_a_turn_of_calls_that_ask_for_it),
        cmocka_unit_test(calls_that_fail_use_the_quota_up_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
