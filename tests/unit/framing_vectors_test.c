/* Vectors that are about where a body ends: Transfer-Encoding, Content-Length,
 * chunks, trailers. */
#include "vectors.h"

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
        {CODING(" chunkedchunked"), "400"},
        {CODING(" 'chunked'"), "400"},
        {CODING(" %63hunked"), "400"},
        {CODING(" ch\x96nked"), "400"},
        {CODING("\xff"
                "chunked"),
         "400"},
        {CODING(" x chunked"), "501"},
        {CODING(" chunked\r"), "400"},
        {CODING(" \r\r\n chunked"), "400"},
        {POST "Transf\x82r-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {POST "Transfer Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {POST "Transfer-Encoding x: chunked\r\n\r\n0\r\n\r\n", "400"},
        {POST "Transfer\\Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {POST "Transfer-\r-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {POST "X: y\r\n\rTransfer-Encoding: chunked\r\n\r\n", "400"},
        {POST "content-length: 4\r\nTRANSFER-ENCODING: chunked\r\n\r\n", "400"},
        /* Optional white space and letters of any case are no disguise. */
        {CODING("chunked"), TAKEN "end\n"},
        {CODING("\t cHuNkEd "), TAKEN "end\n"},
        /* A tab behind it is allowed, but no sender puts one there. Here it is
         * all or nothing: it was once taken for chunked, and not read so. */
        {CODING(" chunked\t"), "400"},
        /* Another name is another field, and a line of the next request is none. */
        {POST "Content-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "POST / 11 0 keep @h\nend\n501"},
        {POST "Transfer_Encoding: chunked\r\n\r\n0\r\n\r\n",
         "POST / 11 0 keep @h\nend\n501"},
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
        {CHUNKED "1 x=y\r\na\r\n", TAKEN "400"},
        {CHUNKED "1;\r\na\r\n0\r\n\r\n", TAKEN "400"},
        {CHUNKED "1;x=\"y\r\na\r\n0\r\n\r\n", TAKEN "400"},
        {CHUNKED "1\r\nab\r\n0\r\n\r\n", TAKEN "a\n400"},
        {CHUNKED "2\r\na\r\n0\r\n\r\n", TAKEN "a\r\n400"},
        {CHUNKED "1\r\naXX0\r\n\r\n", TAKEN "a\n400"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_coding_that_is_dressed_up_is_refused),
        cmocka_unit_test(a_length_that_is_no_plain_number_is_refused),
        cmocka_unit_test(a_chunk_that_is_dressed_up_is_refused),
        cmocka_unit_test(trailers_change_no_framing),
        cmocka_unit_test(chunk_extensions_are_bounded_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
