/* How it ends: refusals, aborts, clients that leave, deadlines. */
#include "session/session.h"

#include "talk.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST(path, lines) "POST " path " HTTP/1.1\r\nHost: h\r\n" lines "\r\n"
#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
#define CLOSE "Connection: close\r\n"
#define HELLO OK "Content-Length: 5\r\n\r\nhello"

static bool starts(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static sl_session_fate fate(const talk *t)
{
    return sl_session_fate_of(t->session);
}

/* Is `answer` a refusal with that status, and nothing else? */
static bool is_refusal(const char *answer, const char *status)
{
    const char *body = strstr(answer, "\r\n\r\n");
    const char *length = strstr(answer, "Content-Length: ");

    return starts(answer, "HTTP/1.1 ") && starts(answer + 9, status) &&
           strstr(answer, "\r\n" CLOSE) != NULL && body != NULL &&
           length != NULL && strlen(body + 4) == strtoul(length + 16, NULL, 10);
}

/* --- Refusals ------------------------------------------------------------------ */

static void a_refusal_comes_after_the_answers_before_it(void **state)
{
    static const struct {
        const char *input;
        const char *status;
    } talks[] = {
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {"GET /\r\n\r\n", "400"},
        {"PUT / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", "417"},
        {"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "501"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
    };

    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        char log[32];
        talk t;

        talk_open(&t);
        t.allowed = 20;
        talk_receive(&t, GET("/hello"), strlen(GET("/hello")));
        talk_receive(&t, talks[i].input, strlen(talks[i].input));
        talk_say(&t, GET("/hello"));
        CHECK(fate(&t) == SL_FATE_OPEN);
        t.allowed = UINT64_MAX;
        talk_turn(&t);
        CHECK(starts(talk_got(&t), HELLO));
        CHECK(is_refusal(t.out + strlen(HELLO), talks[i].status));
        CHECK(fate(&t) == SL_FATE_LINGER);
        (void)snprintf(log, sizeof log, "/hello 0\n- %s\n", talks[i].status);
        CHECK(strcmp(t.log, log) == 0);
        talk_close(&t);
        CHECK(strcmp(t.log, log) == 0);
    }
}

static void a_refusal_that_nobody_takes_is_logged_once(void **state)
{
    talk t;

    talk_open(&t);
    t.allowed = 3;
    talk_say(&t, "x\r\n\r\n");
    CHECK(t.log[0] == '\0');
    talk_close(&t);
    CHECK(strcmp(t.log, "- 501\n") == 0);
}

static void a_malformed_body_is_refused_in_place_of_the_handler(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, POST("/echo", "Transfer-Encoding: chunked\r\n") "1\r\na\r\n");
    talk_say(&t, "x\r\n");
    CHECK(is_refusal(talk_got(&t), "400"));
    CHECK(fate(&t) == SL_FATE_LINGER);
    CHECK(strcmp(t.log, "/echo 400\n") == 0);
    CHECK(t.reading == NULL && (t.events & SL_EVENT_ABORTED));
    talk_close(&t);
}

static void an_answer_that_has_begun_outlives_a_malformed_body(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, POST("/wait", "Transfer-Encoding: chunked\r\n"));
    talk_write(t.waiting, "ab", SL_MORE_DATA);
    talk_turn(&t);
    talk_say(&t, "x\r\n");
    CHECK(t.waiting->request.body_state == SL_BODY_FAILED);
    CHECK(fate(&t) == SL_FATE_OPEN);
    talk_write(t.waiting, "cd", 0);
    talk_over(t.waiting);
    t.waiting = NULL;
    talk_turn(&t);
    CHECK(talk_is(&t, OK CHUNKED "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"));
    CHECK(fate(&t) == SL_FATE_LINGER);
    talk_close(&t);
}

/* --- The last bytes ---------------------------------------------------------------- */

/* The socket sends them together with its FIN. */
static void the_last_batch_says_so(void **state)
{
    static const char *const last[] = {
        "GET /hello HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n",
        "GET /stream HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n",
        "GET /hello HTTP/1.0\r\n\r\n",
        GET("/disconnect"),
        GET("/hello") "GET /hello HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n",
        "BREW / HTTP/1.1\r\nHost: h\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++) {
        talk t;

        talk_open(&t);
        talk_say(&t, GET("/hello"));
        CHECK(t.ends == 0);
        talk_say(&t, last[i]);
        CHECK(t.ends == 1);
        talk_close(&t);
    }
}

static void a_batch_is_not_the_last_while_a_handler_runs(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, "GET /wait HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n");
    talk_write(t.waiting, "ab", SL_MORE_DATA);
    talk_flush(t.waiting);
    talk_turn(&t);
    CHECK(sl_response_finish(&t.waiting->response,
                             t.waiting->response.generation) == SL_OK);
    talk_turn(&t);
    CHECK(strstr(talk_got(&t), "\r\n0\r\n\r\n") != NULL);
    CHECK(t.ends == 0);
    talk_over(t.waiting);
    t.waiting = NULL;
    talk_turn(&t);
    CHECK(t.ends == 0 && fate(&t) == SL_FATE_CLOSE);
    talk_close(&t);
}

/* --- Aborts ----------------------------------------------------------------------- */

static void an_abort_truncates_after_earlier_answers(void **state)
{
    talk t;

    talk_open(&t);
    t.allowed = 20;
    talk_say(&t, GET("/hello") GET("/wait") GET("/hello"));
    talk_write(t.waiting, "ab", SL_MORE_DATA);
    talk_turn(&t);
    CHECK(sl_response_abort(&t.waiting->response,
                            t.waiting->response.generation) == SL_OK);
    talk_turn(&t);
    CHECK(fate(&t) == SL_FATE_OPEN);
    t.allowed = UINT64_MAX;
    talk_turn(&t);
    CHECK(talk_is(&t, HELLO));
    CHECK(fate(&t) == SL_FATE_LINGER);
    CHECK(strcmp(t.log, "/hello 0\n/wait 0\n") == 0);
    talk_close(&t);
}

static void an_aborted_chunked_answer_lacks_its_end(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, GET("/abort"));
    CHECK(talk_is(&t, OK CHUNKED "2\r\nab\r\n"));
    CHECK(fate(&t) == SL_FATE_LINGER);
    talk_close(&t);
}

static void an_aborted_answer_without_an_end_is_reset(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, "GET /abort HTTP/1.0\r\n\r\n");
    CHECK(talk_is(&t, OK CLOSE "\r\nab"));
    CHECK(fate(&t) == SL_FATE_RESET);
    talk_close(&t);
}

static void a_file_that_cannot_be_read_aborts_its_answer(void **state)
{
    talk t;

    talk_open(&t);
    t.file_broken = true;
    talk_say(&t, GET("/hello") GET("/file") GET("/hello"));
    CHECK(talk_is(&t, HELLO OK "Content-Length: 7\r\n\r\n<"));
    CHECK(fate(&t) == SL_FATE_LINGER);
    talk_close(&t);
}

/* --- The client leaves -------------------------------------------------------------- */

static void what_is_finished_in_the_turn_of_a_fin_is_sent(void **state)
{
    talk t;

    talk_open(&t);
    talk_receive(&t, GET("/hello") GET("/stream"),
                 strlen(GET("/hello") GET("/stream")));
    talk_eof(&t);
    CHECK(talk_is(&t, HELLO OK CHUNKED "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"));
    CHECK(fate(&t) == SL_FATE_CLOSE);
    CHECK(!sl_session_wants_read(t.session));
    talk_close(&t);
}

static void
a_slow_client_gets_all_that_was_finished_before_its_fin(void **state)
{
    talk t;

    talk_open(&t);
    t.allowed = 10;
    talk_receive(&t, GET("/hello"), strlen(GET("/hello")));
    talk_eof(&t);
    CHECK(fate(&t) == SL_FATE_OPEN);
    t.allowed = UINT64_MAX;
    talk_turn(&t);
    CHECK(talk_is(&t, HELLO));
    CHECK(fate(&t) == SL_FATE_CLOSE);
    talk_close(&t);
}

static void a_handler_that_still_runs_is_told_of_a_fin(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, GET("/hello") GET("/wait") GET("/hello"));
    talk_eof(&t);
    CHECK(t.events & SL_EVENT_ABORTED);
    CHECK(t.waiting->response.failure == SL_EABORTED);
    CHECK(talk_is(&t, HELLO));
    CHECK(fate(&t) == SL_FATE_CLOSE);
    talk_close(&t);
}

static void a_fin_is_noticed_while_the_client_takes_nothing(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, GET("/wait"));
    talk_write(t.waiting, "ab", SL_MORE_DATA);
    t.allowed = 0;
    talk_turn(&t);
    talk_eof(&t);
    CHECK(t.waiting->response.failure == SL_EABORTED);
    talk_close(&t);
}

static void a_fin_behind_unread_bytes_is_leaving_too(void **state)
{
    talk t;

    talk_open(&t);
    t.settings.held_bytes = 10;
    talk_say(&t, GET("/wait") GET("/hello"));
    CHECK(!sl_session_wants_read(t.session));
    sl_session_fin(t.session);
    talk_turn(&t);
    CHECK(t.waiting->response.failure == SL_EABORTED);
    talk_close(&t);
}

static void a_handler_that_had_no_turn_is_not_left_by_a_fin(void **state)
{
    talk t;

    talk_open(&t);
    sl_pipeline_turn(t.pipeline, t.pipeline->now_ms);
    talk_receive(&t, GET("/hello"), strlen(GET("/hello")));
    sl_session_eof(t.session);
    sl_session_end_turn(t.session);
    CHECK(t.events == 0);
    talk_turn(&t);
    CHECK(talk_is(&t, HELLO));
    talk_close(&t);
}

static void a_half_closed_client_is_answered_when_that_is_set(void **state)
{
    talk t;

    talk_open(&t);
    t.settings.half_close = true;
    talk_say(&t, GET("/wait") GET("/hello"));
    talk_eof(&t);
    CHECK(fate(&t) == SL_FATE_OPEN && t.events == 0);
    talk_write(t.waiting, "hello", 0);
    talk_over(t.waiting);
    t.waiting = NULL;
    talk_turn(&t);
    CHECK(talk_is(&t, HELLO HELLO));
    CHECK(fate(&t) == SL_FATE_CLOSE);
    talk_close(&t);
}

static void a_fin_cuts_a_body_short(void **state)
{
    talk t;

    talk_open(&t);
    t.settings.half_close = true;
    talk_say(&t, POST("/echo", "Content-Length: 5\r\n") "ab");
    talk_eof(&t);
    CHECK(t.reading == NULL);
    CHECK(starts(talk_got(&t), "HTTP/1.1 500 "));
    CHECK(fate(&t) == SL_FATE_CLOSE);
    talk_close(&t);
}

static void a_lost_connection_aborts_everything(void **state)
{
    talk t;

    talk_open(&t);
    t.allowed = 0;
    talk_say(&t, GET("/hello") GET("/wait"));
    sl_session_lost(t.session);
    CHECK(strcmp(t.log, "/hello 0\n/wait 0\n") == 0);
    CHECK(t.waiting->response.failure == SL_EABORTED);
    CHECK(fate(&t) == SL_FATE_CLOSE);
    CHECK(!sl_session_has_output(t.session));
    talk_close(&t);
}

/* --- Deadlines ---------------------------------------------------------------------- */

static void an_idle_connection_is_closed(void **state)
{
    talk t;

    talk_open(&t);
    talk_pass(&t, 75000 - 1);
    CHECK(sl_session_is_idle(t.session));
    CHECK(fate(&t) == SL_FATE_OPEN);
    talk_say(&t, GET("/hello"));
    talk_pass(&t, 75000 - 1);
    CHECK(fate(&t) == SL_FATE_OPEN);
    talk_pass(&t, 1);
    CHECK(fate(&t) == SL_FATE_CLOSE);
    CHECK(talk_is(&t, HELLO));
    talk_close(&t);
}

static void a_slow_head_is_refused(void **state)
{
    talk t;

    talk_open(&t);
    talk_pass(&t, 20000);
    talk_say(&t, "G");
    CHECK(!sl_session_is_idle(t.session));
    talk_pass(&t, 9000);
    talk_say(&t, "E");
    talk_pass(&t, 999);
    CHECK(fate(&t) == SL_FATE_OPEN);
    talk_pass(&t, 1);
    CHECK(is_refusal(talk_got(&t), "408"));
    CHECK(fate(&t) == SL_FATE_LINGER);
    CHECK(strcmp(t.log, "- 408\n") == 0);
    talk_close(&t);
}

static void a_body_that_stalls_is_refused_while_it_is_wanted(void **state)
{
    talk t;

    talk_open(&t);
    t.settings.min_rate_in = 0;
    talk_say(&t, POST("/echo", "Content-Length: 5\r\n") "a");
    talk_pass(&t, 29999);
    talk_say(&t, "b");
    talk_pass(&t, 29999);
    CHECK(fate(&t) == SL_FATE_OPEN);
    talk_pass(&t, 1);
    CHECK(is_refusal(talk_got(&t), "408"));
    CHECK(strcmp(t.log, "/echo 408\n") == 0);
    talk_close(&t);

    talk_open(&t);
    talk_say(&t, POST("/wait", "Content-Length: 5\r\n"));
    CHECK(sl_session_deadline(t.session) == UINT64_MAX);
    talk_close(&t);
}

static void a_client_that_takes_nothing_is_reset(void **state)
{
    talk t;

    talk_open(&t);
    t.settings.min_rate_out = 0;
    t.allowed = 5;
    talk_say(&t, GET("/hello"));
    talk_pass(&t, 29999);
    t.allowed = 1;
    talk_turn(&t);
    talk_pass(&t, 29999);
    CHECK(fate(&t) == SL_FATE_OPEN);
    talk_pass(&t, 1);
    CHECK(fate(&t) == SL_FATE_RESET);
    CHECK(strcmp(t.log, "/hello 0\n") == 0);
    talk_close(&t);
}

static void a_handler_may_think_as_long_as_it_likes(void **state)
{
    talk t;

    talk_open(&t);
    talk_say(&t, GET("/wait"));
    CHECK(sl_session_deadline(t.session) == UINT64_MAX);
    talk_write(t.waiting, "ab", SL_MORE_DATA);
    talk_turn(&t);
    CHECK(sl_session_deadline(t.session) == UINT64_MAX);
    talk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_comes_after_the_answers_before_it),
        cmocka_unit_test(a_refusal_that_nobody_takes_is_logged_once),
        cmocka_unit_test(a_malformed_body_is_refused_in_place_of_the_handler),
        cmocka_unit_test(an_answer_that_has_begun_outlives_a_malformed_body),
        cmocka_unit_test(the_last_batch_says_so),
        cmocka_unit_test(a_batch_is_not_the_last_while_a_handler_runs),
        cmocka_unit_test(an_abort_truncates_after_earlier_answers),
        cmocka_unit_test(an_aborted_chunked_answer_lacks_its_end),
        cmocka_unit_test(an_aborted_answer_without_an_end_is_reset),
        cmocka_unit_test(a_file_that_cannot_be_read_aborts_its_answer),
        cmocka_unit_test(what_is_finished_in_the_turn_of_a_fin_is_sent),
        cmocka_unit_test(
            a_slow_client_gets_all_that_was_finished_before_its_fin),
        cmocka_unit_test(a_handler_that_still_runs_is_told_of_a_fin),
        cmocka_unit_test(a_fin_is_noticed_while_the_client_takes_nothing),
        cmocka_unit_test(a_fin_behind_unread_bytes_is_leaving_too),
        cmocka_unit_test(a_handler_that_had_no_turn_is_not_left_by_a_fin),
        cmocka_unit_test(a_half_closed_client_is_answered_when_that_is_set),
        cmocka_unit_test(a_fin_cuts_a_body_short),
        cmocka_unit_test(a_lost_connection_aborts_everything),
        cmocka_unit_test(an_idle_connection_is_closed),
        cmocka_unit_test(a_slow_head_is_refused),
        cmocka_unit_test(a_body_that_stalls_is_refused_while_it_is_wanted),
        cmocka_unit_test(a_client_that_takes_nothing_is_reset),
        cmocka_unit_test(a_handler_may_think_as_long_as_it_likes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
