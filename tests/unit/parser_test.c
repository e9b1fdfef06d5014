/* Bytes in, events out: each conversation is fed whole, and again split at
 * every point, and must give the same events. */
#include "parts.h"

static void well_formed_requests_are_taken(void **state)
{
    static const char *const talks[][2] = {
        {"GET / HTTP/1.1" H "\r\n", "GET / 11 0 keep @h\nend\n"},
        {"\r\n\r\nGET /a?b=c HTTP/1.1" H "\r\n",
         "GET /a?b=c 11 0 keep @h\nend\n"},
        {"GET / HTTP/1.0\r\n\r\n", "GET / 10 0 close\nend\n"},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
         "GET / 10 0 keep\nend\n"},
        {"GET / HTTP/1.1" H "Connection: x, Close\r\n\r\n",
         "GET / 11 0 close @h\nend\n"},
        {"GET / HTTP/1.2" H "\r\n", "GET / 11 0 keep @h\nend\n"},
        {"GET / HTTP/1.1\r\nHost:\r\nX:  a b \t \r\n\r\n",
         "GET / 11 0 keep @ X=a b\nend\n"},
        {"GET / HTTP/1.1" H "X:\r\nX: \xff\r\n\r\n",
         "GET / 11 0 keep @h X= X=\xff\nend\n"},
        {"POST / HTTP/1.1" H "Content-Length: 3\r\n\r\nabcGET /2 HTTP/1.1" H
         "\r\n",
         "POST / 11 3 keep @h\nabc\nend\nGET /2 11 0 keep @h\nend\n"},
        {"POST / HTTP/1.1" H "Transfer-Encoding: Chunked\r\n\r\n"
         "2;x=\"y\"\r\nab\r\n00A\r\n0123456789\r\n0\r\nT: u\r\n\r\n"
         "GET /2 HTTP/1.1" H "\r\n",
         "POST / 11 -1 keep @h\nab0123456789\nT: u\nend\n"
         "GET /2 11 0 keep @h\nend\n"},
        {"PUT / HTTP/1.1" H "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n"
         "x",
         "PUT / 11 1 keep expect @h\nx\nend\n"},
        {"GET / HTTP/1.1" H "Expect: 100-continue\r\n\r\n",
         "GET / 11 0 keep @h\nend\n"},
        {"OPTIONS * HTTP/1.1" H "\r\n", "OPTIONS * 11 0 keep @h\nend\n"},
        {"OPTIONS http://a HTTP/1.1" H "\r\n", "OPTIONS * 11 0 keep @a\nend\n"},
        {"GET http://a:1/b?c HTTP/1.1" H "\r\n",
         "GET /b?c 11 0 keep @a:1\nend\n"},
        {"GET HTTPS://a?c HTTP/1.1" H "\r\n", "GET /?c 11 0 keep @a\nend\n"},
        {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
         "GET / 11 0 keep @[::1]:80\nend\n"},
        /* After an upgrade, and a Connection: close, which is the session's
         * to obey, comes HTTP. */
        {"GET / HTTP/1.1" H "Connection: upgrade\r\nUpgrade: ws\r\n\r\n"
         "GET /2 HTTP/1.1" H "\r\n",
         "GET / 11 0 keep @h\nend\nGET /2 11 0 keep @h\nend\n"},
        {"POST / HTTP/1.1" H "Connection: upgrade\r\nUpgrade: x\r\n"
         "Content-Length: 1\r\n\r\n!GET /2 HTTP/1.1" H "\r\n",
         "POST / 11 1 keep @h\n!\nend\nGET /2 11 0 keep @h\nend\n"},
        {"GET / HTTP/1.1" H "Connection: close\r\n\r\nGET /2 HTTP/1.1" H "\r\n",
         "GET / 11 0 close @h\nend\nGET /2 11 0 keep @h\nend\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        parts_check(talks[i][0], talks[i][1]);
    }
}

static void malformed_heads_are_refused(void **state)
{
    static const char *const talks[][2] = {
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {"GET http://a/ HTTP/1.1\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "Host: h\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h:8x\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400"},
        {"GET / HTTP/1.0\r\nHost: a/b\r\n\r\n", "400"},
        {"GET / HTTP/1.1\nHost: h\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h\n\r\n", "400"},
        {"GET / HTTP/1.1" H "\n", "400"},
        {"GET / HTTP/1.1" H "X: a\rb\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "X: a\r\n b\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "X: a\r\n\tb\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "X : a\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H ": a\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "X\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "X(: a\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "X: a\x01\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "X: a\x7f\r\n\r\n", "400"},
        {"GET  / HTTP/1.1" H "\r\n", "400"},
        {"GET /  HTTP/1.1" H "\r\n", "400"},
        {"GET / HTTP/1.1 " H "\r\n", "400"},
        {"GET /\tHTTP/1.1" H "\r\n", "400"},
        {"GET /\r\n\r\n", "400"},
        {"GET /\r\nHost: h\r\n\r\n", "400"},
        {"GET / RTSP/1.0" H "\r\n", "400"},
        {"SOURCE / ICE/1.0" H "\r\n", "400"},
        {"GET / HTTP/1.10" H "\r\n", "400"},
        {"GET / http/1.1" H "\r\n", "400"},
        {"GET /a#b HTTP/1.1" H "\r\n", "400"},
        {"GET /\x80 HTTP/1.1" H "\r\n", "400"},
        {"GET /\x01 HTTP/1.1" H "\r\n", "400"},
        {"GET a HTTP/1.1" H "\r\n", "400"},
        {"GET * HTTP/1.1" H "\r\n", "400"},
        {"GET ftp://a/ HTTP/1.1" H "\r\n", "400"},
        {"GET http:///a HTTP/1.1" H "\r\n", "400"},
        {"GET http://u@a/ HTTP/1.1" H "\r\n", "400"},
        {"\nGET / HTTP/1.1" H "\r\n", "400"},
        {"\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1" H "\r\n", "400"},
        {"\x16\x03\x01", "400"},
        {"G\x01", "400"},
        {"FETCH / HTTP/1.1" H "\r\n", "501"},
        {"get / HTTP/1.1" H "\r\n", "501"},
        {"CONNECT a:1 HTTP/1.1" H "\r\n", "501"},
        {"GET / HTTP/2.0" H "\r\n", "505"},
        {"GET / HTTP/0.9" H "\r\n", "505"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
        {"PRI * HTTP/1.1\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "Expect: tea\r\n\r\n", "417"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        parts_check(talks[i][0], talks[i][1]);
    }
    parts_check_bytes("GET / HTTP/1.1" H "X: a\0b\r\n\r\n", 33, "400");
}

static void ambiguous_lengths_are_refused(void **state)
{
    static const char *const talks[][2] = {
        {POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "400"},
        {POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "400"},
        {POST "Content-Length: 5, 5\r\n\r\n", "400"},
        {POST "Content-Length: -5\r\n\r\n", "400"},
        {POST "Content-Length: +5\r\n\r\n", "400"},
        {POST "Content-Length: 0x5\r\n\r\n", "400"},
        {POST "Content-Length: 5 5\r\n\r\n", "400"},
        {POST "Content-Length:\r\n\r\n", "400"},
        {POST "Content-Length: 99999999999999999999\r\n\r\n", "400"},
        {POST "Content-Length: 9999999999999999999\r\n\r\n", "413"},
        {POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
        {POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "400"},
        {POST "Transfer-Encoding: gzip\r\n\r\n", "400"},
        {POST "Transfer-Encoding: chunked, gzip\r\n\r\n", "400"},
        {POST "Transfer-Encoding: xchunked\r\n\r\n", "400"},
        {POST "Transfer-Encoding:\r\n\r\n", "400"},
        {POST "Transfer-Encoding: gzip, chunked\r\n\r\n", "501"},
        {POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
         "501"},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        parts_check(talks[i][0], talks[i][1]);
    }
}

static void malformed_chunks_are_refused(void **state)
{
    static const char *const talks[][2] = {
        {CHUNKED "x\r\n", TAKEN "400"},
        {CHUNKED "\r\n", TAKEN "400"},
        {CHUNKED "-1\r\n", TAKEN "400"},
        {CHUNKED "0x1\r\na\r\n", TAKEN "400"},
        {CHUNKED "1 \r\na\r\n", TAKEN "400"},
        {CHUNKED "1\na\r\n", TAKEN "400"},
        {CHUNKED "1\r\nab\r\n", TAKEN "a\n400"},
        {CHUNKED "1\r\na\n0\r\n", TAKEN "a\n400"},
        {CHUNKED "ffffffffffffffff1\r\n", TAKEN "400"},
        {CHUNKED "0\r\nT: a\n\r\n", TAKEN "400"},
        {CHUNKED "0\r\nT : a\r\n\r\n", TAKEN "400"},
        {CHUNKED "0\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\n\r\n", TAKEN "431"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        parts_check(talks[i][0], talks[i][1]);
    }
}

static void limits_are_kept(void **state)
{
    char line[256];
    char room[128];

    (void)state;
    /* "GET " + " HTTP/1.1\r\n" leaves 49 of 64 bytes to the target. */
    memset(room, 'a', sizeof room);
    (void)snprintf(line, sizeof line, "GET /%.48s HTTP/1.1" H "\r\n", room);
    (void)snprintf(room, sizeof room, "GET %.49s 11 0 keep @h\nend\n",
                   line + 4);
    parts_check(line, room);
    memset(room, 'a', sizeof room);
    (void)snprintf(line, sizeof line, "GET /%.49s HTTP/1.1" H "\r\n", room);
    parts_check(line, "414");
    parts_check("GET / HTTP/1.1" H "A:\r\nB:\r\nC:\r\n\r\n",
                "GET / 11 0 keep @h\nend\n");
    parts_check("GET / HTTP/1.1" H "A:\r\nB:\r\nC:\r\nD:\r\n\r\n", "431");
    (void)snprintf(line, sizeof line, "GET / HTTP/1.1" H "A: %0120d\r\n\r\n",
                   0);
    parts_check(line, "431");
}

/* Endless white space or digits cost an attacker nothing and us nothing. */
static void endless_lines_are_refused(void **state)
{
    static const char *const starts[] = {"GET / HTTP/1.1" H "X: ",
                                         CHUNKED "1;"};
    static const char fills[] = {' ', 'x'};
    static const int statuses[] = {400, 413};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        parts rec;
        size_t fed = 0;

        parts_setup(&rec);
        CHECK(parts_feed(&rec, starts[i], strlen(starts[i])));
        while (parts_feed(&rec, &fills[i], 1)) {
            CHECK(++fed < 8192);
        }
        CHECK(sl_parser_refusal(rec.parser).status == statuses[i]);
        parts_teardown(&rec);
    }
}

static void a_head_is_under_way_from_its_first_byte_to_its_end(void **state)
{
    parts rec;

    (void)state;
    parts_setup(&rec);
    CHECK(!sl_parser_is_in_head(rec.parser));
    CHECK(parts_feed(&rec, "\r\n", 2));
    CHECK(!sl_parser_is_in_head(rec.parser));
    CHECK(parts_feed(&rec, "G", 1));
    CHECK(sl_parser_is_in_head(rec.parser));
    CHECK(parts_feed(&rec, "ET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", 37));
    CHECK(!sl_parser_is_in_head(rec.parser));
    parts_teardown(&rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_requests_are_taken),
        cmocka_unit_test(malformed_heads_are_refused),
        cmocka_unit_test(ambiguous_lengths_are_refused),
        cmocka_unit_test(malformed_chunks_are_refused),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(endless_lines_are_refused),
        cmocka_unit_test(a_head_is_under_way_from_its_first_byte_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
