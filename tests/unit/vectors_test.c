/* What the public lists of request-smuggling vectors and of parser cases hold,
 * one line each: two readings of one message are never both possible here. */
#include "parts.h"

typedef struct vector {
    const char *input;
    const char *expected;
} vector;

static void check_all(const vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        parts_check(vectors[i].input, vectors[i].expected);
    }
}

#define CHECK_ALL(vectors) \
    check_all(vectors, sizeof(vectors) / sizeof((vectors)[0]))

/* With a NUL in it. */
#define CHECK_BYTES(text, expected) \
    parts_check_bytes(text, sizeof(text) - 1, expected)

#define CODING(value) POST "Transfer-Encoding:" value "\r\n\r\n0\r\n\r\n"
#define LENGTH(value) POST "Content-Length:" value "\r\n\r\n"
#define LINE(text) text H "\r\n"
#define FIELD(text) "GET / HTTP/1.1" H text "\r\n\r\n"
#define HOST(value) "GET / HTTP/1.1\r\nHost:" value "\r\n\r\n"

/* RFC 9112, 6.1: one coding, spelled in one way. */
static void a_coding_that_is_dressed_up_is_refused(void **state)
{
    static const vector vectors[] = {
        {CODING(" \x0b"
                "chunked"),
         "400"},
        {CODING(" chunked\x0b"), "400"},
        {CODING(" chunked\x0c"), "400"},
        {CODING(" \x7f"
                "chunked"),
         "400"},
        {CODING(" \xa0"
                "chunked"),
         "400"},
        {CODING(" chunked;q=1"), "400"},
        {CODING(" \"chunked\""), "400"},
        {CODING(" chunke"), "400"},
        {CODING(" chunkedd"), "400"},
        {CODING(" identity"), "400"},
        {CODING(" chunked, identity"), "400"},
        {CODING(" chunked,"), "400"},
        {CODING(" identity, chunked"), "501"},
        {CODING(" chunked, chunked"), "400"},
        {CODING(" ,chunked"), "501"},
        {CODING(" cow, chunked"), "501"},
        {CODING(" chunked\r\nTransfer-Encoding: chunked"), "400"},
        {CODING(" chunked\r\nTransfer-Encoding: identity"), "400"},
        {CODING(" identity\r\nTransfer-Encoding: chunked"), "501"},
        {CODING(" chunked\r\ntransfer-encoding: cow"), "400"},
        {CODING("\r\n chunked"), "400"},
        {CODING("\n chunked"), "400"},
        {CODING(" cow\r chunked"), "400"},
        {POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400"},
        {POST "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", "400"},
        {POST "Transfer-Encoding\r\n: chunked\r\n\r\n0\r\n\r\n", "400"},
        {POST " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {POST "X: y\rTransfer-Encoding: chunked\r\n\r\n", "400"},
        {POST "X: y\nTransfer-Encoding: chunked\r\n\r\n", "400"},
        {POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", "400"},
        {POST "Content-Length: 4\r\nTransfer-Encoding: cow\r\n\r\n", "400"},
        {POST "content-length: 4\r\nTRANSFER-ENCODING: chunked\r\n\r\n", "400"},
        /* Optional white space and letters of any case are no disguise. */
        {CODING("chunked"), TAKEN "end\n"},
        {CODING("\t cHuNkEd "), TAKEN "end\n"},
        /* A tab behind it is allowed, but no sender puts one there. Here it is
         * all or nothing: it was once taken for chunked, and not read so. */
        {CODING(" chunked\t"), "400"},
        {CODING(" chunked \t "), "400"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

/* RFC 9112, 6.3: digits, once. */
static void a_length_that_is_no_plain_number_is_refused(void **state)
{
    static const vector vectors[] = {
        {LENGTH(" 5;x"), "400"},
        {LENGTH(" 5.0"), "400"},
        {LENGTH(" 1e1"), "400"},
        {LENGTH(" 5\x0b"), "400"},
        {LENGTH(" \x0b"
                "5"),
         "400"},
        {LENGTH(" 5,"), "400"},
        {LENGTH(" ,5"), "400"},
        {LENGTH(" 5,6"), "400"},
        {LENGTH(" \"5\""), "400"},
        {LENGTH(" 5_0"), "400"},
        {LENGTH(" 1 2"), "400"},
        {LENGTH(" 1\t2"), "400"},
        {LENGTH(" \xd9\xa5"), "400"},
        {LENGTH("\r\n 5"), "400"},
        {LENGTH(" 5\r\nContent-Length:"), "400"},
        {LENGTH(" 0\r\ncontent-length: 5"), "400"},
        {LENGTH(" 18446744073709551616"), "400"},
        {LENGTH(" 18446744073709551621"), "400"},
        {LENGTH(" 18446744073709551615"), "413"},
        {LENGTH(" 9223372036854775808"), "413"},
        {LENGTH(" 9007199254740993"), "413"},
        {POST "Content-Length : 5\r\n\r\n", "400"},
        {POST "Content\rLength: 5\r\n\r\n", "400"},
        {"GET / HTTP/1.0\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
         "400"},
        {LENGTH(" 0001") "x", "POST / 11 1 keep @h\nx\nend\n"},
        {LENGTH("\t1 ") "x", "POST / 11 1 keep @h\nx\nend\n"},
        /* A tab is white space too, but no sender of lengths uses one there. */
        {LENGTH(" 1\t") "x", "400"},
        /* Another name is another field. */
        {POST "Content_Length: 5\r\n\r\n", "POST / 11 0 keep @h\nend\n"},
        {POST "Content-Lengt: 5\r\n\r\n", "POST / 11 0 keep @h\nend\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

/* RFC 9112, 7.1. */
static void a_chunk_that_is_dressed_up_is_refused(void **state)
{
    static const vector vectors[] = {
        {CHUNKED "+1\r\na\r\n", TAKEN "400"},
        {CHUNKED " 1\r\na\r\n", TAKEN "400"},
        {CHUNKED "1\t\r\na\r\n", TAKEN "400"},
        {CHUNKED "1_0\r\na\r\n", TAKEN "400"},
        {CHUNKED "1,1\r\na\r\n", TAKEN "400"},
        {CHUNKED "1\r\r\na\r\n", TAKEN "400"},
        {CHUNKED "1\rXa\r\n", TAKEN "400"},
        {CHUNKED "10000000000000001\r\na\r\n", TAKEN "400"},
        {CHUNKED "1;x\na\r\n0\r\n\r\n", TAKEN "400"},
        {CHUNKED "1;\na\r\n0\r\n\r\n", TAKEN "400"},
        {CHUNKED "1;x\rya\r\n0\r\n\r\n", TAKEN "400"},
        {CHUNKED "1;x=\"a\nb\"\r\na\r\n", TAKEN "400"},
        {CHUNKED "1;x=\"a\r\nb\"\r\na\r\n", TAKEN "400"},
        {CHUNKED "1;x=a\x01\r\na\r\n", TAKEN "400"},
        {CHUNKED "1;x y\r\na\r\n", TAKEN "400"},
        {CHUNKED "1\r\na0\r\n\r\n", TAKEN "a\n400"},
        {CHUNKED "1\r\na\r0\r\n\r\n", TAKEN "a\n400"},
        {CHUNKED "1\r\na\r\r\n0\r\n\r\n", TAKEN "a\n400"},
        {CHUNKED "1\r\na\r\n\r\n", TAKEN "a\n400"},
        {CHUNKED "0\n\r\n", TAKEN "400"},
        {CHUNKED "0\r\n\rX", TAKEN "400"},
        {CHUNKED "0\r\nX\r\n\r\n", TAKEN "400"},
        {CHUNKED "0\r\n X: y\r\n\r\n", TAKEN "400"},
        {CHUNKED "0\r\nX: a\rb\r\n\r\n", TAKEN "400"},
        {CHUNKED "0\r\nX: a\r\n b\r\n\r\n", TAKEN "400"},
        {CHUNKED "0;x\r\n\r\n", TAKEN "end\n"},
        {CHUNKED "000\r\n\r\n", TAKEN "end\n"},
        {CHUNKED "0000000000000000000000001\r\na\r\n0\r\n\r\n",
         TAKEN "a\nend\n"},
        {CHUNKED "1;a;b=c;d=\"e;f\"\r\na\r\n0\r\n\r\n", TAKEN "a\nend\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

/* RFC 9110, 6.5.1: what comes behind the body says nothing about it, and what
 * tries to is refused. */
static void trailers_change_no_framing(void **state)
{
    static const vector vectors[] = {
        {CHUNKED "0\r\nContent-Length: 5\r\n\r\n" FIELD("X: 1"), TAKEN "400"},
        {CHUNKED "0\r\nTransfer-Encoding: chunked\r\n\r\n" FIELD("X: 1"),
         TAKEN "400"},
        {CHUNKED "0\r\nHost: evil\r\nConnection: close\r\n\r\n" FIELD("X: 1"),
         TAKEN "Host: evil\nConnection: close\nend\n"
               "GET / 11 0 keep @h X=1\nend\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

/* RFC 9112, 3. */
static void a_request_line_that_is_dressed_up_is_refused(void **state)
{
    static const vector vectors[] = {
        {LINE(" GET / HTTP/1.1"), "400"},
        {LINE("\tGET / HTTP/1.1"), "400"},
        {LINE("\r\n GET / HTTP/1.1"), "400"},
        {LINE("\rGET / HTTP/1.1"), "400"},
        {LINE("GET\t/ HTTP/1.1"), "400"},
        {LINE("GET /\x0b HTTP/1.1"), "400"},
        {LINE("GET / \x0bHTTP/1.1"), "400"},
        {LINE("GET /\xa0 HTTP/1.1"), "400"},
        {LINE("GET /\xc3\xa9 HTTP/1.1"), "400"},
        {LINE("GET /\x7f HTTP/1.1"), "400"},
        {LINE("GET /a\rb HTTP/1.1"), "400"},
        {LINE("GET /a\\\nb HTTP/1.1"), "400"},
        {LINE("GET / HTTP/1.1\t"), "400"},
        {LINE("GET / HTTP/1.1\r"), "400"},
        {LINE("GET / HTTP/1.1 X"), "400"},
        {LINE("GET / HTTP/1.1,"), "400"},
        {LINE("GET / hTTP/1.1"), "400"},
        {LINE("GET / HTTP /1.1"), "400"},
        {LINE("GET / HTTP/ 1.1"), "400"},
        {LINE("GET / HTTP/1 .1"), "400"},
        {LINE("GET / HTTP/1,1"), "400"},
        {LINE("GET / HTTP/01.1"), "400"},
        {LINE("GET / HTTP/1.01"), "400"},
        {LINE("GET / HTTP/11.1"), "400"},
        {LINE("GET / HTTP/-1.1"), "400"},
        {LINE("GET / HTTP/1."), "400"},
        {LINE("GET / HTTP/1"), "400"},
        {LINE("GET / HTTPS/1.1"), "400"},
        {LINE("GET / HTTP/9.9"), "505"},
        {LINE("GET HTTP/1.1"), "400"},
        {LINE("GET"), "400"},
        {LINE("G(T / HTTP/1.1"), "400"},
        {LINE("GE T / HTTP/1.1"), "501"},
        {LINE("GETT / HTTP/1.1"), "501"},
        {LINE("DESCRIBE / HTTP/1.1"), "400"},
        /* Forms of the target where they do not belong. */
        {LINE("POST * HTTP/1.1"), "400"},
        {LINE("OPTIONS ** HTTP/1.1"), "400"},
        {LINE("OPTIONS */ HTTP/1.1"), "400"},
        {LINE("GET h:80 HTTP/1.1"), "400"},
        {LINE("OPTIONS h:80 HTTP/1.1"), "400"},
        {LINE("CONNECT / HTTP/1.1"), "501"},
        {LINE("GET ?x HTTP/1.1"), "400"},
        {LINE("GET ../x HTTP/1.1"), "400"},
        {LINE("GET \\x HTTP/1.1"), "400"},
        {LINE("GET http:/h/ HTTP/1.1"), "400"},
        {LINE("GET http:// HTTP/1.1"), "400"},
        {LINE("GET http://? HTTP/1.1"), "400"},
        {LINE("GET http://h:x/ HTTP/1.1"), "400"},
        {LINE("GET http://a b/ HTTP/1.1"), "400"},
        {LINE("GET http://a@b@c/ HTTP/1.1"), "400"},
        {LINE("GET file:///etc/passwd HTTP/1.1"), "400"},
        /* RFC 3986, 2.1: a percent sign starts an escape; and no NUL. */
        {LINE("GET /% HTTP/1.1"), "400"},
        {LINE("GET /%4 HTTP/1.1"), "400"},
        {LINE("GET /%4g HTTP/1.1"), "400"},
        {LINE("GET /%%41 HTTP/1.1"), "400"},
        {LINE("GET /%u0041 HTTP/1.1"), "400"},
        {LINE("GET http://h/%zz HTTP/1.1"), "400"},
        {LINE("GET /a%00b HTTP/1.1"), "400"},
        {LINE("GET /%41%2f HTTP/1.1"), "GET /%41%2f 11 0 keep @h\nend\n"},
        {LINE("GET /?100% HTTP/1.1"), "GET /?100% 11 0 keep @h\nend\n"},
        {LINE("GET //e/..%2f HTTP/1.1"), "GET //e/..%2f 11 0 keep @h\nend\n"},
        /* The absolute form wins over Host (RFC 9112, 3.2.2). */
        {LINE("GET http://a/ HTTP/1.1"), "GET / 11 0 keep @a\nend\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

/* RFC 9112, 5, and RFC 9110, 5.5 and 7.2. */
static void fields_that_are_dressed_up_are_refused(void **state)
{
    static const vector vectors[] = {
        {FIELD("X\x0b: y"), "400"},
        {FIELD("X\xa0: y"), "400"},
        {FIELD("\xff: y"), "400"},
        {FIELD("X[]: y"), "400"},
        {FIELD("X/Y: z"), "400"},
        {FIELD("\"X\": z"), "400"},
        {FIELD("X Y: z"), "400"},
        {FIELD("X: y\n"), "400"},
        {FIELD("X: y\x0b"), "400"},
        {FIELD("X: y\x1b[0m"), "400"},
        {FIELD("X: y\r"), "400"},
        {FIELD("X:\ry"), "400"},
        {FIELD("\r: y"), "400"},
        {FIELD(" "), "400"},
        {FIELD("\t"), "400"},
        {"GET / HTTP/1.1\r\n\tHost: h\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "\rX: y\r\n\r\n", "400"},
        {"GET / HTTP/1.1" H "\r\r\n\r\n", "400"},
        {HOST(" h:80:80"), "400"},
        {HOST(" h, h"), "400"},
        {HOST(" http://h"), "400"},
        {HOST(" h/"), "400"},
        {HOST(" h?"), "400"},
        {HOST(" h#"), "400"},
        {HOST(" h\\"), "400"},
        {HOST(" h%zz"), "400"},
        {HOST(" [::1"), "400"},
        {HOST(" []"), "400"},
        {HOST(" ::1"), "400"},
        {HOST(" [::1]x"), "400"},
        {HOST(" :80"), "400"},
        {HOST(" h\tx"), "400"},
        {HOST(" h\xff"), "400"},
        {HOST(" h\r\nhost: h"), "400"},
        {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
        {HOST(""), "GET / 11 0 keep @\nend\n"},
        {HOST("\th:\t"), "GET / 11 0 keep @h:\nend\n"},
        {FIELD("X: \xe9\xff"), "GET / 11 0 keep @h X=\xe9\xff\nend\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
    CHECK_BYTES("GET / HTTP/1.1\r\nHost: h\0\r\n\r\n", "400");
    CHECK_BYTES("GET /\0 HTTP/1.1" H "\r\n", "400");
    CHECK_BYTES("G\0T / HTTP/1.1" H "\r\n", "400");
}

/* RFC 9110, 7.6.1, 7.8, 10.1.1, 10.1.4; RFC 9112, 9.6. */
static void fields_about_the_connection_are_understood(void **state)
{
    static const vector vectors[] = {
        {FIELD("Connection: close, keep-alive"), "GET / 11 0 close @h\nend\n"},
        {FIELD("Connection: keep-alive\r\nConnection: CLOSE"),
         "GET / 11 0 close @h\nend\n"},
        {FIELD("Connection: ,,close ,"), "GET / 11 0 close @h\nend\n"},
        {FIELD("Connection: closed"), "GET / 11 0 keep @h\nend\n"},
        {FIELD("Connection: Host, X\r\nX: 1"), "GET / 11 0 keep @h X=1\nend\n"},
        {FIELD("TE: trailers, gzip;q=0.5"), "GET / 11 0 keep @h\nend\n"},
        {FIELD("Trailer: Content-Length"), "GET / 11 0 keep @h\nend\n"},
        {"GET / HTTP/1.1" H "Connection: Upgrade, HTTP2-Settings\r\n"
         "Upgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n" FIELD("X: 1"),
         "GET / 11 0 keep @h\nend\nGET / 11 0 keep @h X=1\nend\n"},
        {POST "Expect: 100-continue, x\r\n\r\n", "417"},
        {POST "Expect: 100-continue\r\nExpect: x\r\n\r\n", "417"},
        {POST "Expect:\r\n\r\n", "417"},
        {"POST / HTTP/1.0\r\nExpect: x\r\n\r\n", "POST / 10 0 close\nend\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

/* However they are spread over the chunks. */
static void chunk_extensions_are_bounded_together(void **state)
{
    char body[2048];
    size_t len = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        len += (size_t)snprintf(body + len, sizeof body - len,
                                "%s1;name=value\r\na\r\n", i ? "" : CHUNKED);
    }
    parts_check(body, TAKEN "aaaaaaaaaaaaaa\n413");
}

/* Of a method as of a line: what no request can be is refused at once. */
static void a_long_method_is_refused_at_once(void **state)
{
    parts rec;
    size_t fed = 0;

    (void)state;
    parts_setup(&rec);
    while (parts_feed(&rec, "A", 1)) {
        CHECK(++fed < 64);
    }
    CHECK(sl_parser_refusal(rec.parser).status == 501);
    parts_teardown(&rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_coding_that_is_dressed_up_is_refused),
        cmocka_unit_test(a_length_that_is_no_plain_number_is_refused),
        cmocka_unit_test(a_chunk_that_is_dressed_up_is_refused),
        cmocka_unit_test(trailers_change_no_framing),
        cmocka_unit_test(a_request_line_that_is_dressed_up_is_refused),
        cmocka_unit_test(fields_that_are_dressed_up_are_refused),
        cmocka_unit_test(fields_about_the_connection_are_understood),
        cmocka_unit_test(chunk_extensions_are_bounded_together),
        cmocka_unit_test(a_long_method_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
