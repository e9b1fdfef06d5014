/* Requests in, answers out: order, framing, persistence. */
#include "session/session.h"

#include "talk.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define OLD(path) "GET " path " HTTP/1.0\r\n\r\n"
#define OLD_KEEP(path) "GET " path " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
#define HEAD(path) "HEAD " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST(path, lines) "POST " path " HTTP/1.1\r\nHost: h\r\n" lines "\r\n"

#define OK "HTTP/1.1 200 OK\r\n"
#define CLOSE "Connection: close\r\n"
#define KEEP "Connection: keep-alive\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
#define ANNOUNCED "Transfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n"
#define HELLO OK "Content-Length: 5\r\n\r\nhello"
#define HELLO_CLOSE OK "Content-Length: 5\r\n" CLOSE "\r\nhello"

/* `input` in two parts cut at `cut`, to a client that takes `step` bytes at a
 * time, with a turn for each. */
static void converse(talk *t, const char *input, size_t cut, uint64_t step)
{
    size_t before;

    talk_open(t);
    t->allowed = step;
    talk_receive(t, input, cut);
    talk_turn(t);
    talk_receive(t, input + cut, strlen(input) - cut);
    do {
        before = t->len;
        t->allowed = step;
        talk_turn(t);
    } while (t->len != before);
}

static void check(const char *input, const char *expected, sl_session_fate fate)
{
    static const uint64_t steps[] = {UINT64_MAX, 1, 7};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        for (size_t cut = 0; cut <= strlen(input); cut++) {
            talk t;

            converse(&t, input, cut, steps[i]);
            CHECK(talk_is(&t, expected));
            CHECK(!sl_session_has_output(t.session));
            CHECK(sl_session_fate_of(t.session) == fate);
            talk_close(&t);
        }
    }
}

static void framing_follows_the_response_and_the_version(void **state)
{
    static const struct {
        const char *input;
        const char *expected;
        sl_session_fate fate;
    } talks[] = {
        {GET("/hello"), HELLO, SL_FATE_OPEN},
        {GET("/empty"), OK "Content-Length: 0\r\n\r\n", SL_FATE_OPEN},
        {GET("/stream"), OK CHUNKED "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n",
         SL_FATE_OPEN},
        {GET("/trailers"), OK ANNOUNCED "2\r\nab\r\n0\r\nSum: 42\r\n\r\n",
         SL_FATE_OPEN},
        {GET("/declared"), OK "Content-Length: 4\r\n\r\nabcd", SL_FATE_OPEN},
        {GET("/file"), OK "Content-Length: 7\r\n\r\n<23456>", SL_FATE_OPEN},
        {GET("/204"), "HTTP/1.1 204 No Content\r\n\r\n", SL_FATE_OPEN},
        {GET("/205"), "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n",
         SL_FATE_OPEN},
        {GET("/304"), "HTTP/1.1 304 Not Modified\r\n\r\n", SL_FATE_OPEN},
        {GET("/early"), "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" HELLO,
         SL_FATE_OPEN},
        {HEAD("/hello"), OK "Content-Length: 5\r\n\r\n", SL_FATE_OPEN},
        {HEAD("/stream"), OK CHUNKED, SL_FATE_OPEN},
        {HEAD("/trailers"), OK ANNOUNCED, SL_FATE_OPEN},
        {HEAD("/file"), OK "Content-Length: 7\r\n\r\n", SL_FATE_OPEN},
        {OLD("/hello"), HELLO_CLOSE, SL_FATE_CLOSE},
        {OLD("/stream"), OK CLOSE "\r\nabcd", SL_FATE_CLOSE},
        {OLD("/trailers"), OK "Content-Length: 2\r\n" CLOSE "\r\nab",
         SL_FATE_CLOSE},
        {OLD_KEEP("/hello"), OK "Content-Length: 5\r\n" KEEP "\r\nhello",
         SL_FATE_OPEN},
        {OLD_KEEP("/stream"), OK CLOSE "\r\nabcd", SL_FATE_LINGER},
        {OLD_KEEP("/204"), "HTTP/1.1 204 No Content\r\n" KEEP "\r\n",
         SL_FATE_OPEN},
        {OLD("/early"), HELLO_CLOSE, SL_FATE_CLOSE},
        {GET("/disconnect"), HELLO_CLOSE, SL_FATE_LINGER},
    };

    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        check(talks[i].input, talks[i].expected, talks[i].fate);
    }
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    check(GET("/hello") GET("/stream") HEAD("/hello") GET("/file")
              GET("/hello"),
          HELLO OK CHUNKED "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n" OK
                           "Content-Length: 5\r\n\r\n" OK
                           "Content-Length: 7\r\n\r\n<23456>" HELLO,
          SL_FATE_OPEN);
    check(GET("/hello") OLD_KEEP("/hello") OLD_KEEP("/stream") GET("/hello"),
          HELLO OK "Content-Length: 5\r\n" KEEP "\r\nhello" OK CLOSE "\r\nabcd",
          SL_FATE_LINGER);
    check("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\n"
          "Upgrade: websocket\r\n\r\n" GET("/hello"),
          HELLO HELLO, SL_FATE_OPEN);
}

static void nothing_is_answered_after_close(void **state)
{
    check("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" GET(
              "/hello"),
          HELLO_CLOSE, SL_FATE_LINGER);
    check(GET("/disconnect") GET("/hello"), HELLO_CLOSE, SL_FATE_LINGER);
}

/* A client that asked for the end may be closed on, unless it sends more than
 * it said: that would be answered with a reset. */
static void a_client_that_parts_is_not_waited_for(void **state)
{
    check("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
          HELLO_CLOSE, SL_FATE_CLOSE);
    check("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n\r\n",
          HELLO_CLOSE, SL_FATE_LINGER);
    check("POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
          "Content-Length: 5\r\n\r\nworld",
          OK "Content-Length: 5\r\n" CLOSE "\r\nworld", SL_FATE_LINGER);
}

static void bodies_reach_their_handlers(void **state)
{
    check(POST("/echo", "Content-Length: 5\r\n") "worldx"
                                                 "GET / HTTP/1.1\r\n\r\n",
          OK "Content-Length: 5\r\n\r\nworld"
             "HTTP/1.1 501 Not Implemented\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Length: 44\r\n" CLOSE "\r\n"
             "501 Not Implemented: The method is unknown.\n",
          SL_FATE_LINGER);
}

static void chunked_bodies_reach_their_handlers(void **state)
{
    check(POST("/echo",
               "Transfer-Encoding: chunked\r\n") "3;x="
                                                 "y\r\nabc\r\n4\r\ndefg\r\n0\r"
                                                 "\nT: v\r\n\r\n" GET("/hello"),
          OK "Content-Length: 7\r\n\r\nabcdefg" HELLO, SL_FATE_OPEN);
}

static void a_body_that_nobody_reads_is_drained(void **state)
{
    check(POST("/ignore", "Content-Length: 5\r\n") "world" GET("/hello"),
          HELLO HELLO, SL_FATE_OPEN);
    check(POST("/ignore", "Content-Length: 70000\r\n") "world", HELLO_CLOSE,
          SL_FATE_LINGER);
}

static void a_chunked_body_is_drained_up_to_a_limit(void **state)
{
    char chunk[0x1000 + 8];
    talk t;

    talk_open(&t);
    talk_say(&t, POST("/ignore", "Transfer-Encoding: chunked\r\n"));
    CHECK(talk_is(&t, HELLO));
    memset(chunk, 'x', sizeof chunk);
    memcpy(chunk, "1000\r\n", 6);
    memcpy(chunk + 6 + 0x1000, "\r\n", 2);
    for (int i = 0; i < 16; i++) {
        talk_receive(&t, chunk, sizeof chunk);
        CHECK(sl_session_fate_of(t.session) == SL_FATE_OPEN);
    }
    talk_receive(&t, chunk, sizeof chunk);
    CHECK(sl_session_fate_of(t.session) == SL_FATE_LINGER);
    talk_close(&t);
}

static void continue_is_sent_when_the_body_is_asked_for(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, POST("/echo", "Content-Length: 2\r\n"
                               "Expect: 100-continue\r\n"));
    CHECK(talk_is(&t, "HTTP/1.1 100 Continue\r\n\r\n"));
    talk_say(&t, "ab");
    CHECK(talk_is(&t, "HTTP/1.1 100 Continue\r\n\r\n" OK
                      "Content-Length: 2\r\n\r\nab"));
    CHECK(sl_session_fate_of(t.session) == SL_FATE_OPEN);
    talk_close(&t);
}

static void continue_is_not_sent_when_it_is_not_waited_for(void **state)
{
    talk t;

    talk_open(&t); /* the body has begun */
    talk_say(&t, POST("/echo", "Content-Length: 2\r\n"
                               "Expect: 100-continue\r\n") "a");
    CHECK(talk_is(&t, ""));
    talk_close(&t);

    talk_open(&t); /* no such thing in HTTP/1.0 */
    talk_say(&t, "POST /echo HTTP/1.0\r\nContent-Length: 2\r\n"
                 "Expect: 100-continue\r\n\r\n");
    CHECK(talk_is(&t, ""));
    talk_close(&t);

    talk_open(&t); /* the handler does without: is the next byte the body's? */
    talk_say(&t, POST("/ignore", "Content-Length: 2\r\n"
                                 "Expect: 100-continue\r\n"));
    CHECK(talk_is(&t, HELLO_CLOSE));
    CHECK(sl_session_fate_of(t.session) == SL_FATE_LINGER);
    talk_close(&t);
}

static void the_next_request_waits_for_the_handler(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, GET("/wait") GET("/hello"));
    CHECK(talk_is(&t, ""));
    talk_write(t.waiting, "late", 0);
    talk_turn(&t);
    CHECK(talk_is(&t, OK "Content-Length: 4\r\n\r\nlate"));
    talk_over(t.waiting);
    t.waiting = NULL;
    talk_turn(&t);
    CHECK(talk_is(&t, OK "Content-Length: 4\r\n\r\nlate" HELLO));
    talk_close(&t);
}

static void a_stream_does_not_keep_its_head(void **state)
{
    talk t;
    uint32_t left;

    talk_open(&t);
    talk_say(&t, GET("/wait"));
    left = t.waiting->arena.left;
    talk_write(t.waiting, "a", SL_MORE_DATA);
    talk_turn(&t);
    CHECK(talk_is(&t, OK CHUNKED "1\r\na\r\n"));
    CHECK(t.waiting->arena.left == left);
    CHECK(t.waiting->response.wire.filling == NULL);
    talk_over(t.waiting);
    t.waiting = NULL;
    talk_turn(&t);
    CHECK(talk_is(&t, OK CHUNKED "1\r\na\r\n0\r\n\r\n"));
    talk_close(&t);
}

static void answers_leave_together(void **state)
{
    talk t;
    sl_batch batch;

    talk_open(&t);
    t.allowed = 0;
    talk_say(&t, GET("/hello") GET("/hello") GET("/hello"));
    CHECK(sl_session_gather(t.session, &batch));
    t.allowed = UINT64_MAX;
    talk_turn(&t);
    CHECK(batch.bytes == t.len);
    CHECK(talk_is(&t, HELLO HELLO HELLO));
    CHECK(strcmp(t.log, "/hello 0\n/hello 0\n/hello 0\n") == 0);
    talk_close(&t);
}

static void reading_stops_at_the_limits(void **state)
{
    sl_session_settings settings = sl_session_defaults;
    talk t;

    settings.held_bytes = 64;
    settings.max_pipelined = 2;
    talk_open_with(&t, &settings);
    t.allowed = 0;
    talk_say(&t, GET("/hello") GET("/hello"));
    CHECK(sl_session_wants_read(t.session));
    talk_say(&t, GET("/hello") GET("/hello"));
    CHECK(!sl_session_wants_read(t.session));
    CHECK(t.nqueue == 0 && t.log[0] == '\0');
    t.allowed = UINT64_MAX;
    talk_turn(&t);
    CHECK(strcmp(t.log, "/hello 0\n/hello 0\n/hello 0\n/hello 0\n") == 0);
    CHECK(sl_session_wants_read(t.session));
    talk_close(&t);
}

static void answers_above_the_mark_wait_before_more_are_made(void **state)
{
    talk t;

    talk_open(&t);
    t.pipeline->settings.high_water = 2 * 5 - 1;
    t.allowed = 0;
    talk_say(&t, GET("/hello") GET("/hello") GET("/hello") GET("/hello"));
    CHECK(t.env.next_id == 2); /* requests that were started */
    t.allowed = UINT64_MAX;
    talk_turn(&t);
    CHECK(talk_is(&t, HELLO HELLO HELLO HELLO));
    talk_close(&t);
}

static void a_body_is_read_up_to_its_window_until_it_is_wanted(void **state)
{
    size_t window = (size_t)sl_pipeline_defaults.body_window;
    char *body = malloc(window);
    char part[16];
    sl_operation op = {0};
    talk t;

    CHECK(body != NULL);
    memset(body, 'x', window);
    talk_open(&t);
    talk_say(&t, POST("/wait", "Content-Length: 10000000\r\n"));
    CHECK(sl_session_wants_read(t.session));
    talk_receive(&t, body, window);
    CHECK(!sl_session_wants_read(t.session));
    CHECK(sl_request_read(&t.waiting->request, t.waiting->request.generation,
                          part, sizeof part, &op) == SL_OK);
    CHECK(sl_session_wants_read(t.session));
    talk_close(&t);
    free(body);
}

static void the_last_of_max_requests_says_close(void **state)
{
    sl_session_settings settings = sl_session_defaults;
    talk t;

    settings.server_header = false;
    settings.max_requests = 2;
    talk_open_with(&t, &settings);
    talk_say(&t, GET("/hello") GET("/hello") GET("/hello"));
    CHECK(talk_is(&t, HELLO HELLO_CLOSE));
    CHECK(sl_session_fate_of(t.session) == SL_FATE_LINGER);
    talk_close(&t);
}

static void draining_closes_after_what_has_arrived(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, GET("/wait") GET("/hello"));
    t.env.draining = true;
    talk_over(t.waiting);
    t.waiting = NULL;
    talk_turn(&t);
    CHECK(talk_is(&t, OK "Content-Length: 0\r\n\r\n" HELLO_CLOSE));
    CHECK(sl_session_fate_of(t.session) == SL_FATE_LINGER);
    talk_close(&t);
}

static void a_request_knows_its_parts(void **state)
{
    talk t;
    sl_request *request;

    talk_open(&t);
    talk_say(&t, "GET http://a/wait?q=1 HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n");
    request = &t.waiting->request;
#define PART(n, text)                             \
    (request->parts[n].len == sizeof(text) - 1 && \
     memcmp(request->parts[n].data, text, sizeof(text) - 1) == 0)
    CHECK(PART(SL_PART_METHOD, "GET"));
    CHECK(PART(SL_PART_TARGET, "http://a/wait?q=1"));
    CHECK(PART(SL_PART_PATH, "/wait"));
    CHECK(PART(SL_PART_QUERY, "q=1"));
    CHECK(PART(SL_PART_HOST, "a"));
    CHECK(PART(SL_PART_PEER, "client:1"));
    CHECK(PART(SL_PART_ID, "0000000000000000"));
    CHECK(request->version == 11 && request->headers.count == 2);
    CHECK(request->body_state == SL_BODY_COMPLETE);
    talk_close(&t);
}

static void date_and_server_are_sent_unless_the_handler_did(void **state)
{
    talk t;

    talk_open_with(&t, &sl_session_defaults);
    talk_say(&t, GET("/hello"));
    CHECK(strcmp(t.out, OK "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                           "Server: sluice\r\nContent-Length: 5\r\n\r\n"
                           "hello") == 0);
    t.len = 0;
    talk_say(&t, GET("/wait"));
    talk_set(t.waiting, "Server", "mine");
    talk_set(t.waiting, "Date", "today");
    talk_over(t.waiting);
    t.waiting = NULL;
    talk_turn(&t);
    CHECK(talk_is(&t, OK "Server: mine\r\nDate: today\r\n"
                         "Content-Length: 0\r\n\r\n"));
    talk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framing_follows_the_response_and_the_version),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(nothing_is_answered_after_close),
        cmocka_unit_test(a_client_that_parts_is_not_waited_for),
        cmocka_unit_test(bodies_reach_their_handlers),
        cmocka_unit_test(chunked_bodies_reach_their_handlers),
        cmocka_unit_test(a_body_that_nobody_reads_is_drained),
        cmocka_unit_test(a_chunked_body_is_drained_up_to_a_limit),
        cmocka_unit_test(continue_is_sent_when_the_body_is_asked_for),
        cmocka_unit_test(continue_is_not_sent_when_it_is_not_waited_for),
        cmocka_unit_test(the_next_request_waits_for_the_handler),
        cmocka_unit_test(a_stream_does_not_keep_its_head),
        cmocka_unit_test(answers_leave_together),
        cmocka_unit_test(reading_stops_at_the_limits),
        cmocka_unit_test(answers_above_the_mark_wait_before_more_are_made),
        cmocka_unit_test(a_body_is_read_up_to_its_window_until_it_is_wanted),
        cmocka_unit_test(the_last_of_max_requests_says_close),
        cmocka_unit_test(draining_closes_after_what_has_arrived),
        cmocka_unit_test(a_request_knows_its_parts),
        cmocka_unit_test(date_and_server_are_sent_unless_the_handler_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
