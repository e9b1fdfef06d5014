/* What a record keeps of a response, by a clock of the test's. */
#include "pipeline/record.h"

#include "talk.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"

static uint64_t clock_ns;

/* Each look is later than the one before. */
static uint64_t look_at_clock(void *context)
{
    return clock_ns += 1000;
}

static int64_t unix_ms(void *context)
{
    return 1500;
}

static sl_recorder *make_recorder(void)
{
    sl_recorder *recorder = malloc(sizeof *recorder);

    CHECK(recorder != NULL);
    sl_recorder_init(recorder, "7-");
    recorder->now_ns = look_at_clock;
    recorder->unix_ms = unix_ms;
    return recorder;
}

static void on_exchange(void *host, sl_exchange *exchange)
{
    const talk *t = host;

    CHECK(sl_record_begin(t->pipeline->recorder, exchange) != NULL);
    talk_on_exchange(host, exchange);
}

static void on_done(void *host, sl_exchange *exchange, int refused,
                    const char *peer)
{
    sl_record_end(exchange->response.record);
    talk_on_done(host, exchange, refused, peer);
}

static void on_completed(void *host, sl_exchange *exchange,
                         const sl_completion *done)
{
    sl_record_completed(exchange, done);
}

static void open_recorded(talk *t)
{
    static const sl_session_host host = {on_exchange, on_done};
    static sl_pipeline_host pipeline_host;

    talk_open(t);
    pipeline_host = *t->pipeline->host;
    pipeline_host.on_completed = on_completed;
    t->pipeline->host = &pipeline_host;
    t->env.host = &host;
    t->pipeline->recorder = make_recorder();
}

static void close_recorded(talk *t)
{
    sl_recorder *recorder = t->pipeline->recorder;

    talk_close(t);
    sl_recorder_deinit(recorder);
    free(recorder);
}

static const sl_record *first_record(const talk *t)
{
    return &t->pipeline->recorder->records[0];
}

/* The kinds of its moments, as far as the text goes. */
static bool has_kinds(const sl_record *record, const sl_moment_kind *kinds,
                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i >= sl_record_size(record) ||
            sl_record_moment(record, i)->kind != kinds[i]) {
            return false;
        }
    }
    return sl_record_size(record) == count;
}

static double sum_of(const sl_record *record, sl_moment_kind kind)
{
    double sum = 0;

    for (uint32_t i = 0; i < sl_record_size(record); i++) {
        const sl_moment *moment = sl_record_moment(record, i);

        sum += moment->kind == kind ? moment->a : 0;
    }
    return sum;
}

static void the_moments_of_a_stream_are_in_order(void **state)
{
    static const sl_moment_kind kinds[] = {
        SL_MOMENT_CHUNK,     SL_MOMENT_ASKED,  SL_MOMENT_HEAD,
        SL_MOMENT_FRAMED,    SL_MOMENT_SENT,   SL_MOMENT_OPERATION,
        SL_MOMENT_COMPLETED, SL_MOMENT_CHUNK,  SL_MOMENT_FINISHED,
        SL_MOMENT_ANSWERED,  SL_MOMENT_FRAMED, SL_MOMENT_SENT,
        SL_MOMENT_LET_GO,
    };
    const sl_record *record;
    talk t;

    open_recorded(&t);
    talk_say(&t, GET("/stream"));
    record = first_record(&t);
    CHECK(has_kinds(record, kinds, sizeof kinds / sizeof *kinds));
    CHECK(sl_record_moment(record, 7)->b == 2); /* where "cd" begins */
    CHECK(sl_record_moment(record, 11)->b == 4);
    CHECK(sum_of(record, SL_MOMENT_CHUNK) == 4);
    CHECK(sum_of(record, SL_MOMENT_SENT) == (double)t.len);
    CHECK(record->is_done && record->status == 200);
    close_recorded(&t);
}

static void time_never_goes_back(void **state)
{
    uint64_t before = 0;
    const sl_record *record;
    talk t;

    open_recorded(&t);
    talk_say(&t, GET("/trailers"));
    record = first_record(&t);
    for (uint32_t i = 0; i < sl_record_size(record); i++) {
        CHECK(sl_record_moment(record, i)->at_ns > before);
        before = sl_record_moment(record, i)->at_ns;
    }
    close_recorded(&t);
}

static void what_a_slow_client_takes_adds_up(void **state)
{
    const sl_record *record;
    uint32_t partly = 0;
    talk t;

    open_recorded(&t);
    t.allowed = 7;
    talk_say(&t, GET("/hello"));
    while (t.allowed == 0) {
        t.allowed = 7;
        talk_turn(&t);
    }
    record = first_record(&t);
    for (uint32_t i = 0; i < sl_record_size(record); i++) {
        const sl_moment *moment = sl_record_moment(record, i);

        partly += moment->kind == SL_MOMENT_SENT && moment->detail != 0;
    }
    CHECK(sum_of(record, SL_MOMENT_SENT) == (double)t.len);
    CHECK(partly == (t.len - 1) / 7); /* all but the last */
    close_recorded(&t);
}

static void a_file_counts_as_body_like_the_rest(void **state)
{
    const sl_record *record;
    const sl_moment *last = NULL;
    talk t;

    open_recorded(&t);
    talk_say(&t, GET("/file"));
    record = first_record(&t);
    for (uint32_t i = 0; i < sl_record_size(record); i++) {
        const sl_moment *moment = sl_record_moment(record, i);

        last = moment->kind == SL_MOMENT_SENT ? moment : last;
    }
    CHECK(last != NULL && last->b == 7);
    CHECK(sum_of(record, SL_MOMENT_CHUNK) == 7);
    close_recorded(&t);
}

static void an_abort_is_a_moment_and_no_last_data(void **state)
{
    const sl_record *record;
    bool failed = false;
    talk t;

    open_recorded(&t);
    talk_say(&t, GET("/abort"));
    record = first_record(&t);
    for (uint32_t i = 0; i < sl_record_size(record); i++) {
        const sl_moment *moment = sl_record_moment(record, i);

        CHECK(moment->kind != SL_MOMENT_FINISHED);
        failed = failed || (moment->kind == SL_MOMENT_FAILED &&
                            moment->detail == SL_EABORTED);
    }
    CHECK(failed && record->phase == SL_PHASE_ABORTED);
    close_recorded(&t);
}

static void the_head_says_where_the_picture_is(void **state)
{
    talk t;

    open_recorded(&t);
    talk_say(&t, GET("/hello") GET("/hello"));
    CHECK(strstr(t.out, "X-Sluice-Picture: /.sluice/picture/7-1\r\n") != NULL);
    CHECK(strstr(t.out, "X-Sluice-Picture: /.sluice/picture/7-2\r\n") != NULL);
    CHECK(sl_recorder_find(t.pipeline->recorder, "7-2")->number == 2);
    CHECK(sl_recorder_find(t.pipeline->recorder, first_record(&t)->request_id)
              ->number == 1);
    CHECK(sl_recorder_find(t.pipeline->recorder, "7-3") == NULL);
    close_recorded(&t);
}

static void values_of_secrets_are_not_kept(void **state)
{
    const sl_buffer *head;
    talk t;

    open_recorded(&t);
    talk_say(&t,
             "GET /hello HTTP/1.1\r\nHost: h\r\nAuthorization: Basic abc\r\n"
             "COOKIE: abc\r\nX-Api-Key: abc\r\nAccept: def\r\n\r\n");
    head = &first_record(&t)->request_head;
    CHECK(memmem(sl_buffer_data(head), sl_buffer_len(head), "abc", 3) == NULL);
    CHECK(memmem(sl_buffer_data(head), sl_buffer_len(head),
                 "COOKIE: (not shown)\n", 20) != NULL);
    CHECK(memmem(sl_buffer_data(head), sl_buffer_len(head), "Accept: def\n",
                 12) != NULL);
    close_recorded(&t);
}

/* --- Bounds --------------------------------------------------------------------- */

typedef struct world {
    sl_pipeline *pipeline;
    sl_recorder *recorder;
} world;

static void on_events(void *host, sl_exchange *exchange, uint32_t events)
{
}

static void open_world(world *w)
{
    static const sl_pipeline_host host = {.on_events = on_events};

    w->pipeline = sl_pipeline_create(&sl_pipeline_defaults, &host, w);
    w->recorder = make_recorder();
}

static void close_world(world *w)
{
    sl_pipeline_destroy(w->pipeline);
    sl_recorder_deinit(w->recorder);
    free(w->recorder);
}

static sl_exchange *begin(world *w)
{
    return sl_exchange_create(w->pipeline, NULL, NULL);
}

static void end(sl_exchange *exchange)
{
    sl_exchange_release(exchange, SL_HOLD_SESSION);
    sl_exchange_release(exchange, SL_HOLD_HOST);
}

static void the_first_and_the_last_moments_are_kept(void **state)
{
    uint32_t most = SL_RECORD_MOMENTS + 1000;
    sl_exchange *exchange;
    sl_record *record;
    world w;

    open_world(&w);
    exchange = begin(&w);
    record = sl_record_begin(w.recorder, exchange);
    for (uint32_t i = 0; i < most; i++) {
        sl_record_add(record, SL_MOMENT_RUN, 0, i, 0, 0);
        CHECK(sl_record_moment(record, sl_record_size(record) - 1)->id == i);
    }
    CHECK(sl_record_size(record) == SL_RECORD_MOMENTS);
    CHECK(sl_record_dropped(record) == 1000);
    CHECK(sl_record_moment(record, 0)->id == 0);
    CHECK(sl_record_moment(record, SL_RECORD_FIRST - 1)->id ==
          SL_RECORD_FIRST - 1);
    CHECK(sl_record_moment(record, SL_RECORD_FIRST)->id ==
          SL_RECORD_FIRST + 1000);
    end(exchange);
    close_world(&w);
}

static void what_goes_on_is_not_dropped_for_what_is_new(void **state)
{
    sl_exchange *first;
    sl_record *record;
    world w;

    open_world(&w);
    first = begin(&w);
    record = sl_record_begin(w.recorder, first);
    for (int i = 0; i < 3 * SL_RECORDS; i++) {
        sl_exchange *exchange = begin(&w);

        CHECK(sl_record_begin(w.recorder, exchange) != NULL);
        end(exchange);
    }
    CHECK(first->response.record == record && record->number == 1);
    CHECK(sl_recorder_find(w.recorder, "7-1") == record);
    CHECK(sl_recorder_find(w.recorder, "7-2") == NULL);
    CHECK(w.recorder->missed == 0);
    end(first);
    close_world(&w);
}

static void where_all_go_on_a_new_one_is_missed(void **state)
{
    sl_exchange *exchanges[SL_RECORDS + 1];
    world w;

    open_world(&w);
    for (int i = 0; i <= SL_RECORDS; i++) {
        exchanges[i] = begin(&w);
        CHECK((sl_record_begin(w.recorder, exchanges[i]) != NULL) ==
              (i < SL_RECORDS));
    }
    CHECK(w.recorder->missed == 1);
    CHECK(exchanges[SL_RECORDS]->response.record == NULL);
    for (int i = 0; i <= SL_RECORDS; i++) {
        end(exchanges[i]);
    }
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_moments_of_a_stream_are_in_order),
        cmocka_unit_test(time_never_goes_back),
        cmocka_unit_test(what_a_slow_client_takes_adds_up),
        cmocka_unit_test(a_file_counts_as_body_like_the_rest),
        cmocka_unit_test(an_abort_is_a_moment_and_no_last_data),
        cmocka_unit_test(the_head_says_where_the_picture_is),
        cmocka_unit_test(values_of_secrets_are_not_kept),
        cmocka_unit_test(the_first_and_the_last_moments_are_kept),
        cmocka_unit_test(what_goes_on_is_not_dropped_for_what_is_new),
        cmocka_unit_test(where_all_go_on_a_new_one_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
