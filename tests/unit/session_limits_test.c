/* What a client may make a session hold, and how slow it may be. */
#include "talk.h"

static void open_with_low_limits(talk *t)
{
    sl_session_settings settings = sl_session_defaults;

    settings.server_header = false;
    settings.held_bytes = 64;
    settings.body_timeout_ms = 1000;
    settings.write_timeout_ms = 1000;
    settings.min_rate_in = 100; /* a byte is worth 10 ms */
    settings.min_rate_out = 100;
    talk_open_with(t, &settings);
}

#define UPLOAD "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\n"

static void a_body_that_trickles_is_refused(void **state)
{
    talk t;
    int passes = 0;

    (void)state;
    open_with_low_limits(&t);
    talk_say(&t, UPLOAD);
    while (t.env.stat.slow_bodies == 0) {
        CHECK(++passes < 100);
        talk_say(&t, "x");
        talk_pass(&t, 500); /* never a stall */
    }
    CHECK(passes >= 2);
    CHECK(t.env.stat.late_bodies == 0);
    CHECK(strncmp(t.out, "HTTP/1.1 408 ", 13) == 0);
    CHECK(sl_session_fate_of(t.session) == SL_FATE_LINGER);
    talk_close(&t);
}

static void a_body_at_the_lowest_rate_is_taken(void **state)
{
    char part[51];
    talk t;

    (void)state;
    memset(part, 'x', sizeof part);
    part[50] = '\0';
    open_with_low_limits(&t);
    talk_say(&t, UPLOAD);
    for (int i = 0; i < 18; i++) {
        talk_pass(&t, 500);
        talk_say(&t, part);
    }
    CHECK(t.env.stat.slow_bodies == 0);
    CHECK(strncmp(t.out, "HTTP/1.1 200 ", 13) == 0);
    talk_close(&t);
}

/* What was saved up while a client was fast does not last for ever. */
static void a_fast_start_is_no_excuse(void **state)
{
    talk t;

    (void)state;
    open_with_low_limits(&t);
    talk_say(&t, UPLOAD);
    for (int i = 0; i < 40; i++) {
        talk_say(&t, "xxxxxxxxxx");
    }
    for (int i = 0; i < 4; i++) {
        talk_pass(&t, 500);
        talk_say(&t, "x");
    }
    CHECK(t.env.stat.slow_bodies == 1);
    talk_close(&t);
}

static void a_body_that_nobody_waits_for_may_take_its_time(void **state)
{
    talk t;

    (void)state;
    open_with_low_limits(&t);
    talk_say(&t,
             "POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\n");
    for (int i = 0; i < 20; i++) {
        talk_say(&t, "x");
        talk_pass(&t, 500);
    }
    CHECK(t.env.stat.slow_bodies == 0 && t.len == 0);
    talk_close(&t);
}

static void a_reader_that_trickles_is_reset(void **state)
{
    talk t;
    int passes = 0;

    (void)state;
    open_with_low_limits(&t);
    t.allowed = 0;
    talk_say(&t, "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
    while (t.env.stat.slow_readers == 0) {
        CHECK(++passes < 100);
        t.allowed = 1;
        talk_pass(&t, 500);
    }
    CHECK(passes >= 2 && t.env.stat.write_stalls == 0);
    CHECK(sl_session_fate_of(t.session) == SL_FATE_RESET);
    talk_close(&t);
}

static void what_waits_for_its_handler_has_no_rate(void **state)
{
    talk t;

    (void)state;
    open_with_low_limits(&t);
    talk_say(&t, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    talk_write(t.waiting, "a", SL_MORE_DATA);
    talk_flush(t.waiting);
    talk_turn(&t);
    for (int i = 0; i < 20; i++) {
        talk_pass(&t, 500);
    }
    CHECK(t.env.stat.slow_readers == 0);
    CHECK(sl_session_fate_of(t.session) == SL_FATE_OPEN);
    talk_close(&t);
}

/* A connection that reads what there is room for, whatever is sent. */
static uint64_t pour(talk *t, const char *text)
{
    size_t len = strlen(text);
    uint64_t poured = 0;
    size_t room;

    for (int i = 0; i < 1000 && (room = sl_session_room(t->session)) > 0; i++) {
        room = room < len ? room : len;
        talk_receive(t, text, room);
        talk_turn(t);
        poured += room;
    }
    return poured;
}

static void pipelined_requests_are_held_up_to_the_limit(void **state)
{
    static const char next[] = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
    talk t;

    (void)state;
    open_with_low_limits(&t);
    talk_say(&t, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(pour(&t, next) == 64);
    CHECK(t.env.stat.held_up == 1);
    talk_over(t.waiting);
    t.waiting = NULL;
    talk_turn(&t);
    CHECK(strstr(t.out, "hello") != NULL);
    talk_close(&t);
}

/* A client that asks and reads nothing: its requests are not even begun. */
static void no_more_requests_begin_than_answers_may_wait(void **state)
{
    static const char next[] = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
    sl_session_settings settings = sl_session_defaults;
    talk t;

    (void)state;
    settings.max_pipelined = 3;
    talk_open_with(&t, &settings);
    t.allowed = 0;
    for (int i = 0; i < 10; i++) {
        talk_say(&t, next);
    }
    CHECK(t.env.stat.requests == 3 && t.len == 0);
    t.allowed = UINT64_MAX / 2;
    for (int i = 0; i < 10; i++) {
        talk_turn(&t);
    }
    CHECK(t.env.stat.requests == 10);
    talk_close(&t);
}

static void a_connection_that_is_spent_says_close(void **state)
{
    static const char next[] = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
    sl_session_settings settings = sl_session_defaults;
    talk t;

    (void)state;
    settings.max_requests = 2;
    talk_open_with(&t, &settings);
    talk_say(&t, next);
    CHECK(t.env.stat.spent == 0);
    CHECK(strstr(t.out, "Connection: close") == NULL);
    talk_say(&t, next);
    CHECK(t.env.stat.spent == 1);
    CHECK(strstr(t.out, "Connection: close") != NULL);
    CHECK(sl_session_fate_of(t.session) != SL_FATE_OPEN);
    talk_close(&t);
}

static void a_body_is_held_up_to_its_window(void **state)
{
    char body[4097];
    talk t;

    (void)state;
    memset(body, 'x', sizeof body);
    body[4096] = '\0';
    open_with_low_limits(&t);
    talk_say(&t, "POST /wait HTTP/1.1\r\nHost: h\r\n"
                 "Content-Length: 1000000\r\n\r\n");
    CHECK(pour(&t, body) == sl_pipeline_defaults.body_window);
    talk_close(&t);
}

/* A read that asks for more than the rest of a body is a short one, after which
 * the kernel is not asked again. */
static void the_end_of_a_body_is_read_with_room_to_spare(void **state)
{
    double left;
    sl_request *req;
    talk t;

    (void)state;
    open_with_low_limits(&t);
    talk_say(&t, "POST /wait HTTP/1.1\r\nHost: h\r\n"
                 "Content-Length: 100\r\n\r\n0123456789");
    req = &t.waiting->request;
    CHECK(sl_session_room(t.session) == 90 + 64);
    CHECK(sl_request_remaining(req, req->generation, &left) == SL_OK);
    CHECK(left == 100);
    sl_session_lost(t.session);
    CHECK(sl_request_remaining(req, req->generation, &left) == SL_EABORTED);
    talk_close(&t);
}

static void interim_responses_that_wait_are_bounded(void **state)
{
    sl_response *res;
    sl_status rc = SL_OK;
    talk t;
    int calls = 0;

    (void)state;
    open_with_low_limits(&t);
    t.allowed = 0;
    talk_say(&t, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    res = &t.waiting->response;
    while (rc == SL_OK) {
        CHECK(++calls < 100000);
        rc = sl_response_informational(res, res->generation, 103, NULL, 0);
    }
    CHECK(rc == SL_ETOOBIG && calls > 100);
    CHECK(res->wire.cost < sl_pipeline_defaults.header_bytes + 256);
    t.allowed = UINT64_MAX;
    talk_turn(&t);
    CHECK(sl_response_informational(res, res->generation, 103, NULL, 0) ==
          SL_OK);
    talk_close(&t);
}

/* The blocks that a head has used are free when its exchange is over. */
static void a_head_that_changes_for_ever_stays_small(void **state)
{
    sl_response *res;
    char value[64];
    sl_span kept;
    talk t;

    (void)state;
    open_with_low_limits(&t);
    talk_say(&t, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    res = &t.waiting->response;
    talk_set(t.waiting, "Kept", "first");
    for (int i = 0; i < 100000; i++) {
        (void)snprintf(value, sizeof value, "%050d", i);
        talk_set(t.waiting, "Changed", value);
        CHECK(sl_response_set_status(res, res->generation, 200, value, 50) ==
              SL_OK);
        CHECK(sl_response_set_error_description(res, res->generation, value,
                                                50) == SL_OK);
    }
    CHECK(sl_response_header(res, res->generation, "Kept", 4, 0, &kept) ==
          SL_OK);
    CHECK(kept.len == 5 && memcmp(kept.data, "first", 5) == 0);
    talk_over(t.waiting);
    t.waiting = NULL;
    talk_turn(&t);
    CHECK(strstr(t.out, "Changed: 000") != NULL && strstr(t.out, "99999\r\n"));
    CHECK(sl_arena_pool_bytes(&t.pipeline->arenas) < 512 * 1024);
    talk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_that_trickles_is_refused),
        cmocka_unit_test(a_body_at_the_lowest_rate_is_taken),
        cmocka_unit_test(a_fast_start_is_no_excuse),
        cmocka_unit_test(a_body_that_nobody_waits_for_may_take_its_time),
        cmocka_unit_test(a_reader_that_trickles_is_reset),
        cmocka_unit_test(what_waits_for_its_handler_has_no_rate),
        cmocka_unit_test(pipelined_requests_are_held_up_to_the_limit),
        cmocka_unit_test(no_more_requests_begin_than_answers_may_wait),
        cmocka_unit_test(a_connection_that_is_spent_says_close),
        cmocka_unit_test(a_body_is_held_up_to_its_window),
        cmocka_unit_test(the_end_of_a_body_is_read_with_room_to_spare),
        cmocka_unit_test(interim_responses_that_wait_are_bounded),
        cmocka_unit_test(a_head_that_changes_for_ever_stays_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
