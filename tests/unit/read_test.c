/* Reading a request body: an operation like any other. */
#include "sink.h"

#include <stdlib.h>

static void open_body(sink *s, const sl_pipeline_settings *settings)
{
    sink_open(s, settings);
    s->exchange->request.body_state = SL_BODY_OPEN;
    s->exchange->request.body_left = -1;
}

static void arrive(sink *s, const char *text)
{
    sl_request_receive(&s->exchange->request, text, strlen(text));
}

static sl_status ask(sink *s, char *buffer, size_t capacity, sl_operation *op)
{
    return sl_request_read(&s->exchange->request, s->generation, buffer,
                           capacity, op);
}

static sl_status ask_async(sink *s, char *buffer, size_t capacity,
                           sl_operation *op)
{
    *op = (sl_operation){.flags = SL_ASYNC};
    return ask(s, buffer, capacity, op);
}

static void a_sync_read_takes_what_is_there(void **state)
{
    sl_operation op = {0};
    char text[8] = "";
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    CHECK(ask(&s, text, 4, &op) == SL_PENDING && op.id == 0);
    arrive(&s, "abcdef");
    sink_turn(&s, 1);
    CHECK(s.events == SL_EVENT_BODY);
    CHECK(ask(&s, text, 4, &op) == SL_OK && op.bytes == 4);
    CHECK(memcmp(text, "abcd", 4) == 0);
    CHECK(ask(&s, text, 4, &op) == SL_OK && op.bytes == 2);
    sl_request_end(&s.exchange->request, SL_BODY_COMPLETE);
    CHECK(ask(&s, text, 4, &op) == SL_EMPTY && op.bytes == 0);
    CHECK(ask(&s, text, 0, &op) == SL_EINVAL);
    sink_close(&s);
}

static void a_whole_body_is_taken_where_it_is(void **state)
{
    sl_request *request;
    sl_operation op = {0};
    char text[2];
    sl_span body;
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    request = &s.exchange->request;
    arrive(&s, "abcdef");
    CHECK(!sl_request_is_whole(request, &body));
    sl_request_end(request, SL_BODY_COMPLETE);
    CHECK(ask(&s, text, 2, &op) == SL_OK);
    CHECK(sl_request_is_whole(request, &body));
    CHECK(body.len == 4 && memcmp(body.data, "cdef", 4) == 0);
    sl_request_drop_whole(request);
    CHECK(!sl_request_is_whole(request, &body));
    CHECK(ask(&s, text, 2, &op) == SL_EMPTY);
    sink_close(&s);
}

static void half_a_body_is_not_taken_for_a_whole_one(void **state)
{
    sl_span body;
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    arrive(&s, "abc");
    sl_request_end(&s.exchange->request, SL_BODY_FAILED);
    CHECK(!sl_request_is_whole(&s.exchange->request, &body));
    sink_close(&s);
}

static void an_async_read_is_inline_when_there_is_something(void **state)
{
    sl_operation op;
    char text[8];
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    arrive(&s, "abc");
    CHECK(ask_async(&s, text, 8, &op) == SL_OK);
    CHECK(op.bytes == 3 && !op.completion_expected && op.id == 0);
    sl_request_end(&s.exchange->request, SL_BODY_COMPLETE);
    CHECK(ask_async(&s, text, 8, &op) == SL_EMPTY);
    CHECK(!op.completion_expected);
    sink_turn(&s, 1);
    CHECK(s.events == 0);
    sink_close(&s);
}

static void reads_complete_in_their_order_and_then_at_the_end(void **state)
{
    sl_operation first, second, third;
    sl_completion done;
    char one[2], two[8], three[8];
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    CHECK(ask_async(&s, one, sizeof one, &first) == SL_PENDING);
    CHECK(ask_async(&s, two, sizeof two, &second) == SL_PENDING);
    CHECK(ask_async(&s, three, sizeof three, &third) == SL_PENDING);
    CHECK(first.completion_expected && second.id == first.id + 1);
    CHECK(sink_collect(&s, 0, &done) == SL_PENDING);
    arrive(&s, "abcde");
    CHECK(memcmp(one, "ab", 2) == 0 && memcmp(two, "cde", 3) == 0);
    sl_request_end(&s.exchange->request, SL_BODY_COMPLETE);

    CHECK(sink_collect(&s, 0, &done) == SL_OK);
    CHECK(done.id == first.id && done.kind == SL_KIND_READ);
    CHECK(done.status == SL_OK && done.bytes == 2 && done.wire_bytes == 0);
    CHECK(sink_collect(&s, 0, &done) == SL_OK && done.bytes == 3);
    CHECK(sink_collect(&s, 0, &done) == SL_OK && done.id == third.id);
    CHECK(done.status == SL_EMPTY && done.bytes == 0);
    CHECK(sink_collect(&s, 0, &done) == SL_EMPTY);
    sink_close(&s);
}

static void always_post_posts_what_was_inline(void **state)
{
    sl_operation op = {.flags = SL_ASYNC | SL_ALWAYS_POST};
    sl_completion done;
    char text[8];
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    arrive(&s, "abc");
    CHECK(ask(&s, text, 8, &op) == SL_PENDING && op.completion_expected);
    CHECK(sink_collect(&s, op.id, &done) == SL_OK && done.bytes == 3);
    sl_request_end(&s.exchange->request, SL_BODY_COMPLETE);
    CHECK(ask(&s, text, 8, &op) == SL_PENDING);
    CHECK(sink_collect(&s, 0, &done) == SL_OK && done.status == SL_EMPTY);
    sink_close(&s);
}

static void a_cancelled_read_has_taken_nothing(void **state)
{
    sl_operation op, next;
    sl_completion done;
    char text[8] = "", other[8] = "";
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    CHECK(ask_async(&s, text, 8, &op) == SL_PENDING);
    CHECK(ask_async(&s, other, 8, &next) == SL_PENDING);
    CHECK(sl_response_cancel(s.response, s.generation, op.id) == SL_OK);
    CHECK(sink_collect(&s, op.id, &done) == SL_OK);
    CHECK(done.status == SL_ECANCELLED && done.bytes == 0);
    CHECK(sl_response_cancel(s.response, s.generation, op.id) == SL_EMPTY);
    arrive(&s, "abc");
    CHECK(text[0] == '\0' && memcmp(other, "abc", 3) == 0);
    CHECK(s.response->phase == SL_PHASE_HEAD && s.response->failure == SL_OK);
    sink_close(&s);
}

static void a_read_times_out_alone(void **state)
{
    sl_operation op = {.flags = SL_ASYNC, .timeout_ms = 50}, write;
    sl_completion done;
    char text[8];
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    CHECK(ask(&s, text, 8, &op) == SL_PENDING);
    CHECK(sl_response_await(s.response, s.generation, op.id) == SL_PENDING);
    CHECK(sink_write(&s, "x", SL_ASYNC | SL_MORE_DATA, &write) == SL_PENDING);
    sink_turn(&s, 49);
    CHECK(sink_collect(&s, op.id, &done) == SL_PENDING);
    CHECK(sink_collect(&s, write.id, &done) == SL_OK && done.status == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_collect(&s, op.id, &done) == SL_OK);
    CHECK(done.status == SL_ETIMEDOUT);
    CHECK(sl_response_await(s.response, s.generation, op.id) == SL_OK);
    sink_close(&s);
}

static void a_body_that_breaks_off_or_an_abort_ends_reads(void **state)
{
    sl_operation op;
    sl_completion done;
    char text[8];
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    CHECK(ask_async(&s, text, 8, &op) == SL_PENDING);
    sl_request_end(&s.exchange->request, SL_BODY_FAILED);
    CHECK(sink_collect(&s, op.id, &done) == SL_OK);
    CHECK(done.status == SL_EABORTED);
    CHECK(ask_async(&s, text, 8, &op) == SL_EABORTED && op.id == 0);
    sink_close(&s);

    open_body(&s, &sl_pipeline_defaults);
    CHECK(ask_async(&s, text, 8, &op) == SL_PENDING);
    CHECK(sl_response_abort(s.response, s.generation) == SL_OK);
    CHECK(sink_collect(&s, op.id, &done) == SL_OK);
    CHECK(done.status == SL_EABORTED);
    sink_close(&s);
}

/* Reads go on while the response is finished, sent, or begun afresh. */
static void the_response_does_not_end_a_read(void **state)
{
    sl_operation op, end;
    sl_completion done;
    sl_response_stat stat;
    char text[8];
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    CHECK(ask_async(&s, text, 8, &op) == SL_PENDING);
    CHECK(sl_response_clear(s.response, s.generation) == SL_OK);
    CHECK(sink_write(&s, "all", SL_ASYNC, &end) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sl_response_is_done(s.response));
    CHECK(sl_response_describe(s.response, s.generation, &stat) == SL_OK);
    CHECK(stat.in_flight == 1);
    arrive(&s, "abc");
    CHECK(sink_collect(&s, op.id, &done) == SL_OK && done.bytes == 3);
    sink_close(&s);
}

typedef struct heard {
    unsigned calls;
    sl_completion done;
    bool in_call;
} heard;

static void hear(sl_response *response, uint32_t generation,
                 const sl_completion *done, void *context)
{
    heard *h = context;

    CHECK(!h->in_call);
    CHECK(response->generation == generation);
    h->calls++;
    h->done = *done;
}

static void a_handler_that_is_over_reads_no_more(void **state)
{
    heard h = {0};
    sl_operation op = {.flags = SL_ASYNC, .callback = hear, .context = &h};
    char text[8];
    sink s;

    open_body(&s, &sl_pipeline_defaults);
    CHECK(ask(&s, text, 8, &op) == SL_PENDING);
    sl_exchange_handler_over(s.exchange, SL_OK);
    CHECK(h.calls == 0);
    arrive(&s, "abc");
    sink_turn(&s, 1);
    CHECK(h.calls == 1 && h.done.status == SL_ECANCELLED);
    CHECK(ask(&s, text, 8, &op) == SL_EGONE);
    sink_close(&s);
    CHECK(h.calls == 1);
}

/* --- Invariants 1, 2 and 9, at random ----------------------------------------- */

enum { READS = 64, SEQUENCES = 2000 };

static void act(sink *s, sl_operation *ops, heard *heards, char (*texts)[16],
                unsigned *count)
{
    switch (rand() % 8) {
    case 0:
    case 1:
    case 2:
        if (*count < READS) {
            unsigned n = *count;

            ops[n] = (sl_operation){
                .flags = SL_ASYNC | (rand() % 4 == 0 ? SL_ALWAYS_POST : 0),
                .timeout_ms = rand() % 4 == 0 ? 3 : 0,
                .callback = hear,
                .context = &heards[n],
            };
            heards[n].in_call = true;
            (void)!ask(s, texts[n], 1 + (size_t)rand() % 15, &ops[n]);
            heards[n].in_call = false;
            ++*count;
        }
        break;
    case 3:
        arrive(s, &"0123456789"[rand() % 10]);
        break;
    case 4:
        if (*count > 0) {
            (void)!sl_response_cancel(s->response, s->generation,
                                      ops[(unsigned)rand() % *count].id);
        }
        break;
    case 5:
        if (rand() % 8 == 0) {
            sl_request_end(&s->exchange->request,
                           rand() % 2 ? SL_BODY_COMPLETE : SL_BODY_FAILED);
        } else if (rand() % 8 == 0) {
            (void)!sl_response_abort(s->response, s->generation);
        }
        break;
    default:
        sink_turn(s, (uint64_t)(rand() % 3));
        break;
    }
}

static void each_read_completes_once_whatever_happens(void **state)
{
    static char texts[READS][16];

    srand(7);
    for (int i = 0; i < SEQUENCES; i++) {
        sl_operation ops[READS] = {0};
        heard heards[READS] = {0};
        unsigned count = 0;
        sl_request *request;
        uint32_t generation;
        sink s;

        open_body(&s, &sl_pipeline_defaults);
        request = &s.exchange->request;
        generation = s.generation;
        for (int n = rand() % 100; n > 0; n--) {
            if (s.exchange->request.body_state == SL_BODY_OPEN) {
                act(&s, ops, heards, texts, &count);
            }
        }
        if (rand() % 2) {
            sl_exchange_handler_over(s.exchange, SL_OK);
        }
        sl_exchange_release(s.exchange, SL_HOLD_SESSION);
        sl_exchange_release(s.exchange, SL_HOLD_HOST);
        (void)sl_pipeline_deliver(s.pipeline);
        for (unsigned n = 0; n < count; n++) {
            CHECK(heards[n].calls == (unsigned)ops[n].completion_expected);
        }
        CHECK(sl_request_read(request, generation, texts[0], 1, &ops[0]) ==
              SL_EGONE);
        sl_pipeline_destroy(s.pipeline);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sync_read_takes_what_is_there),
        cmocka_unit_test(a_whole_body_is_taken_where_it_is),
        cmocka_unit_test(half_a_body_is_not_taken_for_a_whole_one),
        cmocka_unit_test(an_async_read_is_inline_when_there_is_something),
        cmocka_unit_test(reads_complete_in_their_order_and_then_at_the_end),
        cmocka_unit_test(always_post_posts_what_was_inline),
        cmocka_unit_test(a_cancelled_read_has_taken_nothing),
        cmocka_unit_test(a_read_times_out_alone),
        cmocka_unit_test(a_body_that_breaks_off_or_an_abort_ends_reads),
        cmocka_unit_test(the_response_does_not_end_a_read),
        cmocka_unit_test(a_handler_that_is_over_reads_no_more),
        cmocka_unit_test(each_read_completes_once_whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
