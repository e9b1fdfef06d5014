/* Vectors in the request line and in fields. */
#include "vectors.h"

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
        {LINE("M-SEARCH * HTTP/1.1"), "400"},
        {LINE("PUT / RTSP/1.0"), "400"},
        {LINE("GET / HTTP/5.6"), "505"},
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
        {POST "Expect: y 100-continue\r\n\r\n", "417"},
        {POST "Expect: \r\n 100-continue\r\n\r\n", "400"},
        {POST "Expect: 100-continue\r\nExpect: x\r\n\r\n", "417"},
        {POST "Expect:\r\n\r\n", "417"},
        {"POST / HTTP/1.0\r\nExpect: x\r\n\r\n", "POST / 10 0 close\nend\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
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
        cmocka_unit_test(a_request_line_that_is_dressed_up_is_refused),
        cmocka_unit_test(fields_that_are_dressed_up_are_refused),
        cmocka_unit_test(fields_about_the_connection_are_understood),
        cmocka_unit_test(a_long_method_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
