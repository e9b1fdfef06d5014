/* Bytes in, events out: each conversation is fed whole, and again split at
 * every point, and must give the same events. */
#include "http/parser.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

static const sl_parser_limits limits = {
    .request_line_bytes = 64,
    .header_bytes = 128,
    .header_count = 4,
};

typedef struct record {
    sl_arena_pool pool;
    sl_arena arena;
    sl_fields trailers;
    sl_parser *parser;
    char text[4096];
    size_t len;
    bool in_data;
} record;

static void setup(record *rec)
{
    memset(rec, 0, sizeof *rec);
    sl_arena_pool_init(&rec->pool, 16);
    sl_arena_init(&rec->arena, &rec->pool);
    sl_fields_init(&rec->trailers, &rec->arena);
    rec->parser = sl_parser_create(&rec->pool, &limits);
}

static void teardown(record *rec)
{
    sl_parser_destroy(rec->parser);
    sl_arena_reset(&rec->arena);
    sl_arena_pool_deinit(&rec->pool);
}

static void put(record *rec, sl_span text)
{
    CHECK(rec->len + text.len < sizeof rec->text);
    memcpy(rec->text + rec->len, text.data, text.len);
    rec->len += text.len;
    rec->text[rec->len] = '\0';
}

static void say(record *rec, const char *text)
{
    put(rec, (sl_span){text, strlen(text)});
}

static void put_head(record *rec)
{
    const sl_request_head *head = sl_parser_head(rec->parser);
    char numbers[64];

    put(rec, head->method);
    say(rec, " ");
    put(rec, head->path);
    if (head->query.data != NULL) {
        say(rec, "?");
        put(rec, head->query);
    }
    (void)snprintf(numbers, sizeof numbers, " %d %d", head->version,
                   (int)head->body_bytes);
    say(rec, numbers);
    say(rec, head->keep_alive ? " keep" : " close");
    say(rec, head->expects_continue ? " expect" : "");
    if (head->host.data != NULL) {
        say(rec, " @");
        put(rec, head->host);
    }
    for (uint32_t i = 0; i < head->fields.count; i++) {
        if (sl_field_is(head->fields.items[i].name, "X", 1)) {
            say(rec, " X=");
            put(rec, head->fields.items[i].value);
        }
    }
    say(rec, "\n");
    sl_fields_clear(&rec->trailers);
    sl_parser_set_trailers(rec->parser, &rec->trailers);
}

static void put_end(record *rec)
{
    for (uint32_t i = 0; i < rec->trailers.count; i++) {
        say(rec, rec->in_data ? "\n" : "");
        rec->in_data = false;
        put(rec, rec->trailers.items[i].name);
        say(rec, ": ");
        put(rec, rec->trailers.items[i].value);
        say(rec, "\n");
    }
    say(rec, rec->in_data ? "\nend\n" : "end\n");
    rec->in_data = false;
}

/* False when the parser refused. */
static bool feed(record *rec, const char *data, size_t len)
{
    sl_parser_event event;
    char status[8];

    do {
        size_t taken = sl_parser_feed(rec->parser, data, len, &event);

        CHECK(taken <= len);
        data += taken;
        len -= taken;
        switch (event) {
        case SL_PARSER_HEAD:
            put_head(rec);
            break;
        case SL_PARSER_DATA:
            put(rec, sl_parser_data(rec->parser));
            rec->in_data = true;
            break;
        case SL_PARSER_END:
            put_end(rec);
            break;
        case SL_PARSER_REFUSED:
            (void)snprintf(status, sizeof status, "%d",
                           sl_parser_refusal(rec->parser).status);
            say(rec, rec->in_data ? "\n" : "");
            say(rec, status);
            CHECK(sl_parser_refusal(rec->parser).reason != NULL);
            return false;
        case SL_PARSER_MORE:
            CHECK(len == 0);
            break;
        }
    } while (event != SL_PARSER_MORE);
    return true;
}

/* `input` of `len` bytes, cut at `cut`, or byte by byte when it is 0. */
static void check_cut(const char *input, size_t len, size_t cut,
                      const char *expected)
{
    record rec;
    bool fine = true;

    setup(&rec);
    if (cut > 0) {
        /* Copies, so that a sanitizer sees a read past a part's end. */
        char *first = test_malloc(cut);
        char *second = test_malloc(len - cut + 1);

        memcpy(first, input, cut);
        memcpy(second, input + cut, len - cut);
        fine = feed(&rec, first, cut);
        memset(first, '~', cut);
        if (fine) {
            (void)feed(&rec, second, len - cut);
        }
        test_free(first);
        test_free(second);
    } else {
        for (size_t i = 0; fine && i < len; i++) {
            fine = feed(&rec, input + i, 1);
        }
    }
    if (strcmp(rec.text, expected) != 0) {
        print_error("input: %.*s\ncut at %zu: %s\nexpected: %s\n", (int)len,
                    input, cut, rec.text, expected);
    }
    CHECK(strcmp(rec.text, expected) == 0);
    teardown(&rec);
}

static void check_bytes(const char *input, size_t len, const char *expected)
{
    for (size_t cut = 0; cut <= len; cut++) {
        check_cut(input, len, cut, expected);
    }
}

static void check(const char *input, const char *expected)
{
    check_bytes(input, strlen(input), expected);
}

#define H "\r\nHost: h\r\n"

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
        check(talks[i][0], talks[i][1]);
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
        check(talks[i][0], talks[i][1]);
    }
    check_bytes("GET / HTTP/1.1" H "X: a\0b\r\n\r\n", 33, "400");
}

#define POST "POST / HTTP/1.1" H

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
        check(talks[i][0], talks[i][1]);
    }
}

#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define TAKEN "POST / 11 -1 keep @h\n"

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
        check(talks[i][0], talks[i][1]);
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
    check(line, room);
    memset(room, 'a', sizeof room);
    (void)snprintf(line, sizeof line, "GET /%.49s HTTP/1.1" H "\r\n", room);
    check(line, "414");
    check("GET / HTTP/1.1" H "A:\r\nB:\r\nC:\r\n\r\n",
          "GET / 11 0 keep @h\nend\n");
    check("GET / HTTP/1.1" H "A:\r\nB:\r\nC:\r\nD:\r\n\r\n", "431");
    (void)snprintf(line, sizeof line, "GET / HTTP/1.1" H "A: %0120d\r\n\r\n",
                   0);
    check(line, "431");
}

/* Endless white space or digits cost an attacker nothing and us nothing. */
static void endless_lines_are_refused(void **state)
{
    static const char *const starts[] = {"GET / HTTP/1.1" H "X: ",
                                         CHUNKED "1;"};
    static const char fills[] = {' ', 'x'};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        record rec;
        size_t fed = 0;

        setup(&rec);
        CHECK(feed(&rec, starts[i], strlen(starts[i])));
        while (feed(&rec, &fills[i], 1)) {
            CHECK(++fed < 8192);
        }
        CHECK(sl_parser_refusal(rec.parser).status == 400);
        teardown(&rec);
    }
}

static void a_head_is_under_way_from_its_first_byte_to_its_end(void **state)
{
    record rec;

    (void)state;
    setup(&rec);
    CHECK(!sl_parser_is_in_head(rec.parser));
    CHECK(feed(&rec, "\r\n", 2));
    CHECK(!sl_parser_is_in_head(rec.parser));
    CHECK(feed(&rec, "G", 1));
    CHECK(sl_parser_is_in_head(rec.parser));
    CHECK(feed(&rec, "ET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", 37));
    CHECK(!sl_parser_is_in_head(rec.parser));
    teardown(&rec);
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
