#include "sink.h"

#include <stdlib.h>

static const uint32_t ASYNC = SL_ASYNC | SL_MORE_DATA;

/* --- Three stages -------------------------------------------------------------- */

static void free_stage(sl_stage *stage)
{
    free(stage);
}

static void add_stage(sink *s, const sl_stage_ops *ops, uint64_t holds)
{
    sl_stage *stage = calloc(1, sizeof *stage);

    stage->ops = ops;
    stage->holds_bytes = holds;
    stage->holds_ms = 100;
    sl_chain_append(s->response, stage);
}

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

static const sl_stage_ops hold = {
    .name = "hold", .push = hold_push, .destroy = free_stage};

/* Splits the body into pieces of one byte. */
typedef struct splitter {
    sl_stage stage;
    sl_pipeline *pipeline;
} splitter;

static sl_status split_push(sl_stage *stage, sl_queue *in, sl_queue *out,
                            sl_stage_push how)
{
    sl_pipeline *pipeline = SL_CONTAINER(stage, splitter, stage)->pipeline;
    sl_piece *piece;

    while ((piece = sl_queue_pop(in)) != NULL) {
        while (sl_piece_has_bytes(piece) && piece->len > 1) {
            sl_queue_push(out, sl_piece_split(pipeline, piece, 1));
        }
        sl_queue_push(out, piece);
    }
    return SL_OK;
}

static const sl_stage_ops split = {
    .name = "split", .push = split_push, .destroy = free_stage};

static void add_splitter(sink *s)
{
    splitter *splits = calloc(1, sizeof *splits);

    splits->pipeline = s->pipeline;
    splits->stage.ops = &split;
    sl_chain_append(s->response, &splits->stage);
}

/* Waits for something outside when the first byte has come. */
typedef struct waiter {
    sl_stage stage;
    bool has_waited;
} waiter;

static sl_status wait_push(sl_stage *stage, sl_queue *in, sl_queue *out,
                           sl_stage_push how)
{
    waiter *w = SL_CONTAINER(stage, waiter, stage);

    if (in->bytes > 0 && !w->has_waited) {
        w->has_waited = true;
        stage->waiting = true;
        return SL_OK;
    }
    sl_queue_splice(out, in);
    return SL_OK;
}

static const sl_stage_ops waits = {
    .name = "waits", .push = wait_push, .destroy = free_stage};

static void add_waiter(sink *s)
{
    waiter *w = calloc(1, sizeof *w);

    w->stage.ops = &waits;
    sl_chain_append(s->response, &w->stage);
}

static sl_status fail_push(sl_stage *stage, sl_queue *in, sl_queue *out,
                           sl_stage_push how)
{
    return SL_ESTAGE;
}

static const sl_stage_ops fails = {
    .name = "fails", .push = fail_push, .destroy = free_stage};

/* --- What a response does with them --------------------------------------------- */

static void a_held_mark_completes_only_after_its_bytes(void **state)
{
    sink s;
    sl_operation op;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    add_stage(&s, &hold, 1000);
    CHECK(sink_write(&s, "abc", ASYNC, &op) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(s.len == 0);
    CHECK(sink_collect(&s, op.id, &done) == SL_PENDING);
    CHECK(sl_response_await(s.response, s.generation, op.id) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abc"));
    CHECK(sink_collect(&s, op.id, &done) == SL_OK && done.bytes == 3);
    sink_close(&s);
}

static void what_is_awaited_takes_nothing_later_along(void **state)
{
    sink s;
    sl_operation first, second;

    sink_open(&s, &sl_pipeline_defaults);
    add_stage(&s, &hold, 1000);
    CHECK(sink_write(&s, "first", ASYNC, &first) == SL_PENDING);
    CHECK(sink_write(&s, "second", ASYNC, &second) == SL_PENDING);
    CHECK(sl_response_await(s.response, s.generation, first.id) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "first"));
    sink_close(&s);
}

static void a_stage_gives_up_what_it_held_long_enough(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    add_stage(&s, &hold, 1000);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 99);
    sink_turn(&s, 1);
    CHECK(s.len == 0);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abc"));
    sink_close(&s);
}

static void a_stage_that_holds_more_than_it_declared_is_flushed(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    add_stage(&s, &hold, 4);
    CHECK(sink_write(&s, "abcde", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abcde"));
    sink_close(&s);
}

static void a_flush_and_the_end_pass_a_chain_of_stages(void **state)
{
    sink s;
    sl_operation flush, last;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    add_stage(&s, &hold, 1000);
    add_splitter(&s);
    add_stage(&s, &hold, 1000);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &flush) == SL_OK);
    CHECK(sink_flush(&s, ASYNC, &flush) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abc"));
    CHECK(sink_collect(&s, flush.id, &done) == SL_OK && done.bytes == 3);
    CHECK(sink_write(&s, "de", SL_ASYNC, &last) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abcde"));
    CHECK(s.response->phase == SL_PHASE_DONE);
    sink_close(&s);
}

static void a_split_string_is_let_go_with_its_last_byte(void **state)
{
    sink s;
    sl_operation op = {.flags = ASYNC};
    sl_chunk chunk = {
        .kind = SL_CHUNK_BORROWED, .data = "xyz", .len = 3, .anchor = 7};

    sink_open(&s, &sl_pipeline_defaults);
    add_splitter(&s);
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, &chunk, 1,
                                          &op) == SL_PENDING);
    s.allowed = 2;
    sink_turn(&s, 1);
    CHECK(s.len == 2 && s.anchors == 0);
    s.allowed = 1;
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "xyz") && s.anchors == 1);
    sink_close(&s);
}

static void a_stage_that_waits_keeps_order_until_it_resumes(void **state)
{
    sink s;
    sl_operation op;

    sink_open(&s, &sl_pipeline_defaults);
    add_waiter(&s);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_write(&s, "de", 0, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(s.len == 0 && !sl_response_is_complete(s.response));
    sl_response_resume(s.response);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abcde"));
    CHECK(s.response->phase == SL_PHASE_DONE);
    sink_close(&s);
}

static void a_stage_that_fails_before_the_head_makes_it_a_500(void **state)
{
    sink s;
    sl_operation op;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    add_stage(&s, &fails, 0);
    CHECK(sink_write(&s, "abc", ASYNC, &op) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(s.response->status == 500 && s.response->phase == SL_PHASE_DONE);
    CHECK(s.len > 4 && memcmp(s.text, "500 ", 4) == 0);
    CHECK(sink_collect(&s, op.id, &done) == SL_OK);
    CHECK(done.status == SL_ESTAGE);
    CHECK(sink_write(&s, "more", ASYNC, &op) == SL_ESTAGE);
    CHECK(sl_response_finish(s.response, s.generation) == SL_ESTAGE);
    sl_exchange_handler_over(s.exchange, SL_ECANCELLED);
    CHECK(s.response->phase == SL_PHASE_DONE);
    sink_close(&s);
}

/* Passes one push, and fails the second. */
typedef struct failer {
    sl_stage stage;
    bool has_passed;
} failer;

static sl_status fail_later(sl_stage *stage, sl_queue *in, sl_queue *out,
                            sl_stage_push how)
{
    failer *f = SL_CONTAINER(stage, failer, stage);

    if (f->has_passed && in->bytes > 0) {
        return SL_ESYSTEM;
    }
    f->has_passed = f->has_passed || in->bytes > 0;
    sl_queue_splice(out, in);
    return SL_OK;
}

static const sl_stage_ops fails_later = {
    .name = "fails later", .push = fail_later, .destroy = free_stage};

static void a_stage_that_fails_behind_the_head_aborts(void **state)
{
    sink s;
    sl_operation op;
    failer *f = calloc(1, sizeof *f);

    sink_open(&s, &sl_pipeline_defaults);
    f->stage.ops = &fails_later;
    sl_chain_append(s.response, &f->stage);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abc"));
    CHECK(sink_write(&s, "def", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abc") && s.response->phase == SL_PHASE_ABORTED);
    CHECK(s.response->failure == SL_ESTAGE);
    sink_close(&s);
}

static void a_discarded_body_leaves_nothing_in_the_stages(void **state)
{
    sink s;
    sl_operation op;
    sl_completion done;

    sink_open(&s, &sl_pipeline_defaults);
    add_stage(&s, &hold, 1000);
    CHECK(sink_write(&s, "lost", ASYNC, &op) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sl_response_clear(s.response, s.generation) == SL_OK);
    CHECK(sink_collect(&s, op.id, &done) == SL_OK);
    CHECK(done.status == SL_ECANCELLED);
    CHECK(sink_write(&s, "kept", 0, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "kept"));
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_held_mark_completes_only_after_its_bytes),
        cmocka_unit_test(what_is_awaited_takes_nothing_later_along),
        cmocka_unit_test(a_stage_gives_up_what_it_held_long_enough),
        cmocka_unit_test(a_stage_that_holds_more_than_it_declared_is_flushed),
        cmocka_unit_test(a_flush_and_the_end_pass_a_chain_of_stages),
        cmocka_unit_test(a_split_string_is_let_go_with_its_last_byte),
        cmocka_unit_test(a_stage_that_waits_keeps_order_until_it_resumes),
        cmocka_unit_test(a_stage_that_fails_before_the_head_makes_it_a_500),
        cmocka_unit_test(a_stage_that_fails_behind_the_head_aborts),
        cmocka_unit_test(a_discarded_body_leaves_nothing_in_the_stages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
