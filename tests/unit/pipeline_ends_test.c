/* Ends of a response that the model test has found: what is aborted, taken
 * back or left behind.
 */
#include "sink.h"

static const uint32_t ASYNC = SL_ASYNC | SL_MORE_DATA;

/* Holds everything until it is told to flush. */
static sl_status hold_push(sl_stage *stage, sl_queue *in, sl_queue *out,
                           sl_stage_push how)
{
    sl_queue_splice(&stage->held, in);
    if (how != SL_PUSH) {
        sl_queue_splice(out, &stage->held);
    }
    return SL_OK;
}

static void leave_stage(sl_stage *stage)
{
}

static void an_abort_before_the_commit_commits_nothing(void **state)
{
    sink s;
    sl_response_stat stat;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_abort(s.response, s.generation) == SL_OK);
    CHECK(sl_response_describe(s.response, s.generation, &stat) == SL_OK);
    CHECK(!stat.committed && stat.failure == SL_EABORTED);
    sink_close(&s);
}

static void
a_failed_handler_is_answered_whatever_waits_uncollected(void **state)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    sink s;
    sl_operation op;

    settings.max_uncollected = 1;
    sink_open(&s, &settings);
    CHECK(sink_write(&s, "cancelled by the answer", ASYNC, &op) == SL_PENDING);
    sl_exchange_handler_over(s.exchange, SL_ESTAGE);
    sink_turn(&s, 1);
    CHECK(strncmp(s.text, "500 Internal Server Error", 25) == 0);
    CHECK(sl_response_is_done(s.response));
    sink_close(&s);
}

static void a_body_is_not_cleared_once_the_handler_is_over(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sink_write(&s, "all", SL_MORE_DATA, &op) == SL_OK);
    sl_exchange_handler_over(s.exchange, SL_OK);
    CHECK(sl_response_clear(s.response, s.generation) == SL_EFINISHED);
    CHECK(sl_response_redirect(s.response, s.generation, "/", 1, 302) ==
          SL_EFINISHED);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "all") && sl_response_is_done(s.response));
    sink_close(&s);
}

static void
a_response_ends_without_the_last_data_when_its_handler_is_over(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sink_write(&s, "first", SL_MORE_DATA, &op) == SL_OK);
    CHECK(sink_write(&s, "last", SL_ASYNC, &op) == SL_PENDING);
    sl_exchange_handler_over(s.exchange, SL_OK);
    CHECK(sl_response_cancel(s.response, s.generation, op.id) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "first") && sl_response_is_done(s.response));
    sink_close(&s);
}

static void a_host_that_let_go_is_told_nothing(void **state)
{
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_abort(s.response, s.generation) == SL_OK);
    sl_exchange_release(s.exchange, SL_HOLD_HOST);
    (void)sl_pipeline_deliver(s.pipeline);
    CHECK(s.events == 0);
    sl_exchange_release(s.exchange, SL_HOLD_SESSION);
    sl_pipeline_destroy(s.pipeline);
}

static void a_flush_collected_early_is_not_waited_for(void **state)
{
    sink s;
    sl_operation flush;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sink_flush(&s, ASYNC, &flush) == SL_PENDING);
    CHECK(sl_response_cancel(s.response, s.generation, flush.id) == SL_OK);
    CHECK(sink_collect(&s, flush.id, &done) == SL_OK);
    CHECK(sink_collect(&s, 0, &done) == SL_EMPTY);
    sink_close(&s);
}

static void an_empty_string_is_sent_and_let_go_at_once(void **state)
{
    sink s;
    sl_operation op = {.flags = ASYNC};
    sl_chunk empty = {.kind = SL_CHUNK_BORROWED, .anchor = 7, .data = ""};

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, &empty, 1,
                                          &op) == SL_OK);
    CHECK(!op.completion_expected);
    CHECK(s.anchors == 0);
    (void)sl_pipeline_deliver(s.pipeline);
    CHECK(s.anchors == 1);
    sink_close(&s);
}

static void a_stage_does_not_hold_the_first_event_of_a_stream(void **state)
{
    static const sl_stage_ops hold = {
        .name = "hold", .push = hold_push, .destroy = leave_stage};
    sl_stage stage = {.ops = &hold, .holds_bytes = 1000, .holds_ms = 100};
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    sl_chain_append(s.response, &stage);
    CHECK(sl_response_set_header(s.response, s.generation, "Content-Type", 12,
                                 "text/event-stream", 17, 1) == SL_OK);
    CHECK(sink_write(&s, "data: 1\n\n", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "data: 1\n\n"));
    sink_close(&s);
}

static void a_short_body_stays_unseen(void **state)
{
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_set_status(s.response, s.generation, 204, NULL, 0) ==
          SL_OK);
    CHECK(sl_response_set_header(s.response, s.generation, "Content-Length", 14,
                                 "5", 1, 1) == SL_OK);
    CHECK(sl_response_finish(s.response, s.generation) == SL_OK);
    CHECK(sl_response_set_status(s.response, s.generation, 304, NULL, 0) ==
          SL_OK);
    CHECK(sl_response_set_status(s.response, s.generation, 200, NULL, 0) ==
          SL_ELENGTH);
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_abort_before_the_commit_commits_nothing),
        cmocka_unit_test(
            a_failed_handler_is_answered_whatever_waits_uncollected),
        cmocka_unit_test(a_body_is_not_cleared_once_the_handler_is_over),
        cmocka_unit_test(
            a_response_ends_without_the_last_data_when_its_handler_is_over),
        cmocka_unit_test(a_host_that_let_go_is_told_nothing),
        cmocka_unit_test(a_flush_collected_early_is_not_waited_for),
        cmocka_unit_test(an_empty_string_is_sent_and_let_go_at_once),
        cmocka_unit_test(a_stage_does_not_hold_the_first_event_of_a_stream),
        cmocka_unit_test(a_short_body_stays_unseen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
