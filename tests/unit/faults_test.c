/* Faults of the network, of files and of the clock, at every place where one
 * can strike a conversation that uses everything. Whatever happens, what the
 * client got in front of it is right, and nothing is left behind: talk_close
 * counts exchanges, operations, pieces and lent memory, and each test counts
 * descriptors. */
#include "talk.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"

/* HTTP/1.1 throughout; the last one closes. */
static const char conversation[] = GET("/hello") GET("/stream") GET("/file")
    GET("/declared") GET("/lent") GET("/trailers") GET("/early") GET("/204")
        GET("/304") "HEAD /file HTTP/1.1\r\nHost: h\r\n\r\n"
                    "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: "
                    "7\r\n\r\nsized!!"
                    "POST /ignore HTTP/1.1\r\nHost: h\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: "
                    "u\r\n\r\n"
                    "POST /echo HTTP/1.1\r\nHost: h\r\n"
                    "Transfer-Encoding: "
                    "chunked\r\n\r\n5\r\nchunk\r\n2\r\ned\r\n0\r\n\r\n" GET(
                        "/disconnect");

static const size_t input_len = sizeof conversation - 1;

/* What a client gets when nothing goes wrong. */
typedef struct reference {
    char out[8192];
    size_t len;
} reference;

static int free_descriptor(void)
{
    int fd = dup(0);

    CHECK(fd >= 0);
    close(fd);
    return fd;
}

/* Ask, without letting anything happen yet. */
static void ask(talk *t, size_t len)
{
    for (size_t at = 0; at < len; at += 4096) {
        talk_receive(t, conversation + at, len - at < 4096 ? len - at : 4096);
    }
}

static bool is_gone(const talk *t)
{
    sl_session_fate fate = sl_session_fate_of(t->session);

    return fate == SL_FATE_RESET ||
           (fate != SL_FATE_OPEN && !sl_session_has_output(t->session));
}

static void learn(reference *r)
{
    talk t;

    talk_open(&t);
    ask(&t, input_len);
    talk_turn(&t);
    CHECK(is_gone(&t));
    CHECK(t.len < sizeof r->out);
    r->len = t.len;
    memcpy(r->out, t.out, t.len + 1);
    talk_close(&t);
    CHECK(strstr(r->out, "sized!!") && strstr(r->out, "chunked") &&
          strstr(r->out, "<23456>") && strstr(r->out, "lent"));
}

static bool is_start_of(const talk *t, const reference *r)
{
    return t->len <= r->len && memcmp(t->out, r->out, t->len) == 0;
}

/* --- Writes ------------------------------------------------------------------- */

static void every_write_may_take_any_number_of_bytes(void **state)
{
    int before = free_descriptor();
    reference r;

    learn(&r);
    for (uint64_t k = 1; k < 200; k++) {
        size_t turns = 0;
        talk t;

        talk_open(&t);
        t.allowed = 0; /* EAGAIN first */
        ask(&t, input_len);
        talk_turn(&t);
        while (!is_gone(&t)) {
            CHECK(++turns <= r.len + 100);
            t.allowed = k;
            talk_turn(&t);
            t.allowed = 0;
            talk_turn(&t); /* nothing is sent twice */
            CHECK(is_start_of(&t, &r));
        }
        CHECK(t.len == r.len);
        talk_close(&t);
    }
    CHECK(free_descriptor() == before);
}

/* ECONNRESET after so many bytes. */
static void a_connection_may_break_after_every_byte_sent(void **state)
{
    int before = free_descriptor();
    reference r;

    learn(&r);
    for (size_t n = 0; n <= r.len; n++) {
        talk t;

        talk_open(&t);
        t.allowed = n;
        ask(&t, input_len);
        talk_turn(&t);
        CHECK(t.len == n && is_start_of(&t, &r));
        sl_session_lost(t.session);
        talk_turn(&t);
        CHECK(t.len == n);
        CHECK(sl_session_fate_of(t.session) == SL_FATE_CLOSE);
        talk_close(&t);
    }
    CHECK(free_descriptor() == before);
}

/* --- Reads -------------------------------------------------------------------- */

static void every_read_may_end_anywhere(void **state)
{
    reference r;

    learn(&r);
    for (size_t cut = 0; cut <= input_len; cut++) {
        talk t;

        talk_open(&t);
        talk_receive(&t, conversation, cut);
        talk_turn(&t);
        talk_receive(&t, conversation + cut, input_len - cut);
        talk_turn(&t);
        CHECK(is_gone(&t));
        CHECK(t.len == r.len && memcmp(t.out, r.out, r.len) == 0);
        talk_close(&t);
    }
}

static void every_byte_may_come_alone(void **state)
{
    reference r;
    talk t;

    learn(&r);
    talk_open(&t);
    for (size_t at = 0; at < input_len; at++) {
        talk_receive(&t, conversation + at, 1);
        talk_turn(&t);
        CHECK(is_start_of(&t, &r));
    }
    CHECK(t.len == r.len);
    talk_close(&t);
}

/* The answer to a request whose body ends too early is the handler's: 500. */
static bool is_start_or_failure(const talk *t, const reference *r)
{
    size_t same = 0;

    while (same < t->len && same < r->len && t->out[same] == r->out[same]) {
        same++;
    }
    return same == t->len ||
           (same >= 9 && strncmp(t->out + same - 9, "HTTP/1.1 500 ", 13) == 0);
}

/* FIN, or a reset, after every byte: with a turn in between, and without. */
static void a_client_may_leave_after_every_byte(void **state)
{
    int before = free_descriptor();
    reference r;

    learn(&r);
    for (size_t n = 0; n <= input_len; n++) {
        for (int how = 0; how < 4; how++) {
            talk t;

            talk_open(&t);
            talk_receive(&t, conversation, n);
            if (how & 1) {
                talk_turn(&t);
            }
            if (how & 2) {
                sl_session_lost(t.session);
            } else {
                sl_session_eof(t.session);
            }
            talk_turn(&t);
            talk_turn(&t);
            CHECK(is_gone(&t));
            CHECK(is_start_or_failure(&t, &r));
            talk_close(&t);
        }
    }
    CHECK(free_descriptor() == before);
}

/* --- Files -------------------------------------------------------------------- */

/* Shorter, or failing, before each byte of it: never a whole answer. */
static void a_file_may_fail_at_every_byte(void **state)
{
    int before = free_descriptor();
    reference r;
    size_t start;

    talk whole;

    (void)state;
    talk_open(&whole);
    talk_say(&whole, GET("/file"));
    CHECK(whole.len < sizeof r.out);
    r.len = whole.len;
    memcpy(r.out, whole.out, r.len + 1);
    talk_close(&whole);
    start = (size_t)(strstr(r.out, "<23456>") - r.out) + 1;
    for (size_t n = 0; n < 5; n++) {
        for (int how = 0; how < 2; how++) {
            talk t;

            talk_open(&t);
            t.allowed = start + n;
            talk_receive(&t, GET("/file"), strlen(GET("/file")));
            talk_turn(&t);
            CHECK(t.len == start + n);
            if (how == 0) {
                t.file_broken = true;
            } else {
                CHECK(ftruncate(t.file, 2 + (off_t)n) == 0);
            }
            t.allowed = UINT64_MAX;
            talk_turn(&t);
            CHECK(t.len == start + n && is_start_of(&t, &r));
            CHECK(is_gone(&t));
            talk_close(&t);
        }
    }
    CHECK(free_descriptor() == before);
}

/* --- Time --------------------------------------------------------------------- */

/* A machine that slept, between any two bytes. */
static void the_clock_may_jump_at_every_byte(void **state)
{
    static const uint64_t jumps[] = {1, 29999, 30000, 86400000,
                                     (uint64_t)1 << 40};
    reference r;

    learn(&r);
    for (size_t n = 0; n <= input_len; n += 3) {
        for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
            talk t;

            talk_open(&t);
            t.allowed = n; /* so that output waits too */
            talk_receive(&t, conversation, n);
            talk_turn(&t);
            talk_pass(&t, jumps[i]);
            t.allowed = UINT64_MAX / 2;
            talk_turn(&t);
            CHECK(i < 4 || is_gone(&t));
            talk_close(&t);
        }
    }
}

/* The calendar goes where it likes; the Date line only has to be one. */
static void the_calendar_may_jump(void **state)
{
    static const int64_t times[] = {INT64_MIN, -1,           0,        1,
                                    951782400, 253402300799, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        talk t;
        const char *date;

        talk_open(&t);
        talk_say(&t, GET("/hello"));
        t.len = 0;
        t.env.pipeline->unix_s = times[i];
        talk_say(&t, GET("/hello"));
        date = strstr(t.out, "Date: ");
        CHECK(date != NULL && strncmp(date + 31, " GMT\r\n", 6) == 0);
        talk_close(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_write_may_take_any_number_of_bytes),
        cmocka_unit_test(a_connection_may_break_after_every_byte_sent),
        cmocka_unit_test(every_read_may_end_anywhere),
        cmocka_unit_test(every_byte_may_come_alone),
        cmocka_unit_test(a_client_may_leave_after_every_byte),
        cmocka_unit_test(a_file_may_fail_at_every_byte),
        cmocka_unit_test(the_clock_may_jump_at_every_byte),
        cmocka_unit_test(the_calendar_may_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
