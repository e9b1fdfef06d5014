/* Heads, dates and chunks as they are written. */
#include "http/head.h"

#include <string.h>
#include <time.h>

#include "check.h"
#include "http/chunked.h"
#include "http/date.h"
#include "http/status.h"

#define SPAN(text) ((sl_span){(text), sizeof(text) - 1})

typedef struct bench {
    sl_arena_pool pool;
    sl_arena arena;
    sl_fields fields;
} bench;

static void setup(bench *b)
{
    sl_arena_pool_init(&b->pool, 4);
    sl_arena_init(&b->arena, &b->pool);
    sl_fields_init(&b->fields, &b->arena);
}

static void teardown(bench *b)
{
    sl_arena_reset(&b->arena);
    sl_arena_pool_deinit(&b->pool);
}

static bool is(sl_span text, const char *expected)
{
    return text.len == strlen(expected) &&
           memcmp(text.data, expected, text.len) == 0;
}

static void a_head_has_all_its_lines(void **state)
{
    bench b;
    sl_head head = {
        .status = 404,
        .fields = &b.fields,
        .date = SPAN("today"),
        .server = true,
        .length = 9007199254740992.0,
        .connection = SPAN("close"),
        .after = SPAN("body"),
    };

    setup(&b);
    sl_fields_add(&b.fields, "X", 1, "y", 1);
    sl_fields_add(&b.fields, "Empty", 5, "", 0);
    CHECK(is(sl_head_render(&b.arena, &head),
             "HTTP/1.1 404 Not Found\r\nX: y\r\nEmpty: \r\nDate: today\r\n"
             "Server: sluice\r\nContent-Length: 9007199254740992\r\n"
             "Connection: close\r\n\r\nbody"));
    teardown(&b);
}

static void trailers_are_announced_once_by_name(void **state)
{
    bench b;
    sl_fields none;
    sl_fields trailers;
    sl_head head = {
        .status = 299, .fields = &none, .chunked = true, .length = -1};

    setup(&b);
    sl_fields_init(&none, &b.arena);
    sl_fields_init(&trailers, &b.arena);
    head.trailers = &trailers;
    CHECK(is(sl_head_render(&b.arena, &head),
             "HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\n\r\n"));
    sl_fields_add(&trailers, "Sum", 3, "1", 1);
    sl_fields_add(&trailers, "Time", 4, "2", 1);
    sl_fields_add(&trailers, "sum", 3, "3", 1);
    CHECK(is(sl_head_render(&b.arena, &head),
             "HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\n"
             "Trailer: Sum, Time\r\n\r\n"));
    teardown(&b);
}

static void framing_fields_of_a_handler_are_left_out(void **state)
{
    bench b;
    sl_head head = {
        .status = 299, .fields = &b.fields, .chunked = true, .length = -1};

    setup(&b);
    sl_fields_add(&b.fields, "content-length", 14, "1", 1);
    sl_fields_add(&b.fields, "transfer-ENCODING", 17, "gzip", 4);
    sl_fields_add(&b.fields, "Connection", 10, "x", 1);
    sl_fields_add(&b.fields, "Connectio-", 10, "y", 1);
    CHECK(is(sl_head_render(&b.arena, &head),
             "HTTP/1.1 299 \r\nConnectio-: y\r\n"
             "Transfer-Encoding: chunked\r\n\r\n"));
    head.reason = SPAN("Fine");
    sl_fields_clear(&b.fields);
    CHECK(is(sl_head_render(&b.arena, &head),
             "HTTP/1.1 299 Fine\r\nTransfer-Encoding: chunked\r\n\r\n"));
    teardown(&b);
}

static void a_handler_may_date_its_answer(void **state)
{
    bench b;
    sl_head head = {.status = 200,
                    .fields = &b.fields,
                    .date = SPAN("today"),
                    .server = true,
                    .length = -1};

    setup(&b);
    sl_fields_add(&b.fields, "date", 4, "d", 1);
    sl_fields_add(&b.fields, "SERVER", 6, "s", 1);
    CHECK(is(sl_head_render(&b.arena, &head),
             "HTTP/1.1 200 OK\r\ndate: d\r\nSERVER: s\r\n\r\n"));
    teardown(&b);
}

static void an_interim_head_has_only_its_fields(void **state)
{
    bench b;

    setup(&b);
    CHECK(is(sl_head_render_interim(&b.arena, 100, NULL),
             "HTTP/1.1 100 Continue\r\n\r\n"));
    sl_fields_add(&b.fields, "Link", 4, "</a>", 4);
    CHECK(is(sl_head_render_interim(&b.arena, 103, &b.fields),
             "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"));
    teardown(&b);
}

/* A head is written into memory of the size that was reckoned, which a
 * sanitizer sees only when the arena has taken it for this one alone. */
static void the_longest_head_fits(void **state)
{
    static char big[SL_ARENA_BLOCK];
    bench b;
    sl_head head = {
        .status = 599,
        .reason = {big, 300},
        .fields = &b.fields,
        .date = {big, SL_DATE_LEN},
        .server = true,
        .chunked = true,
        .length = 9007199254740992.0,
        .connection = SPAN("keep-alive"),
        .after = {big, SL_CHUNK_LINE},
    };

    memset(big, 'x', sizeof big);
    setup(&b);
    sl_fields_push(&b.fields, (sl_span){big, sizeof big}, SPAN(""));
    CHECK(sl_head_render(&b.arena, &head).len > sizeof big);
    teardown(&b);
}

static void chunk_lines_are_hexadecimal(void **state)
{
    char line[SL_CHUNK_LINE];

    CHECK(is((sl_span){line, sl_chunk_line(line, 1)}, "1\r\n"));
    CHECK(is((sl_span){line, sl_chunk_line(line, 15)}, "f\r\n"));
    CHECK(is((sl_span){line, sl_chunk_line(line, 16)}, "10\r\n"));
    CHECK(is((sl_span){line, sl_chunk_line(line, 131072)}, "20000\r\n"));
    CHECK(is((sl_span){line, sl_chunk_line(line, UINT64_MAX)},
             "ffffffffffffffff\r\n"));
}

static void the_last_chunk_carries_the_trailers(void **state)
{
    bench b;

    setup(&b);
    CHECK(is(sl_chunk_end(&b.fields, false), "0\r\n\r\n"));
    CHECK(is(sl_chunk_end(&b.fields, true), "\r\n0\r\n\r\n"));
    sl_fields_add(&b.fields, "A", 1, "b", 1);
    sl_fields_add(&b.fields, "C", 1, "", 0);
    CHECK(is(sl_chunk_end(&b.fields, false), "0\r\nA: b\r\nC: \r\n\r\n"));
    CHECK(is(sl_chunk_end(&b.fields, true), "\r\n0\r\nA: b\r\nC: \r\n\r\n"));
    teardown(&b);
}

static void dates_are_those_of_the_c_library(void **state)
{
    static const int64_t last = 253402300799;
    char ours[SL_DATE_LEN + 1];
    char theirs[64];

    /* A step that visits every weekday, month, leap year and hour. */
    for (int64_t at = 0; at <= last; at += 86400 * 17 + 3661) {
        time_t seconds = (time_t)at;
        struct tm date;

        CHECK(gmtime_r(&seconds, &date) != NULL);
        CHECK(strftime(theirs, sizeof theirs, "%a, %d %b %Y %H:%M:%S GMT",
                       &date) == SL_DATE_LEN);
        sl_date_format(ours, at);
        CHECK(strcmp(ours, theirs) == 0);
    }
}

static void dates_outside_of_the_calendar_are_moved_into_it(void **state)
{
    char text[SL_DATE_LEN + 1];

    sl_date_format(text, -1);
    CHECK(strcmp(text, "Thu, 01 Jan 1970 00:00:00 GMT") == 0);
    sl_date_format(text, INT64_MAX);
    CHECK(strcmp(text, "Fri, 31 Dec 9999 23:59:59 GMT") == 0);
    sl_date_format(text, 951782400);
    CHECK(strcmp(text, "Tue, 29 Feb 2000 00:00:00 GMT") == 0);
}

static void reasons_are_known_or_empty(void **state)
{
    CHECK(strcmp(sl_status_reason(100), "Continue") == 0);
    CHECK(strcmp(sl_status_reason(200), "OK") == 0);
    CHECK(strcmp(sl_status_reason(308), "Permanent Redirect") == 0);
    CHECK(strcmp(sl_status_reason(431), "Request Header Fields Too Large") ==
          0);
    CHECK(strcmp(sl_status_reason(451), "Unavailable For Legal Reasons") == 0);
    CHECK(strcmp(sl_status_reason(505), "HTTP Version Not Supported") == 0);
    for (int status = -1; status < 1000; status++) {
        CHECK(sl_status_reason(status) != NULL);
    }
    CHECK(*sl_status_reason(99) == '\0' && *sl_status_reason(600) == '\0');
    CHECK(*sl_status_reason(299) == '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_has_all_its_lines),
        cmocka_unit_test(trailers_are_announced_once_by_name),
        cmocka_unit_test(framing_fields_of_a_handler_are_left_out),
        cmocka_unit_test(a_handler_may_date_its_answer),
        cmocka_unit_test(an_interim_head_has_only_its_fields),
        cmocka_unit_test(the_longest_head_fits),
        cmocka_unit_test(chunk_lines_are_hexadecimal),
        cmocka_unit_test(the_last_chunk_carries_the_trailers),
        cmocka_unit_test(dates_are_those_of_the_c_library),
        cmocka_unit_test(dates_outside_of_the_calendar_are_moved_into_it),
        cmocka_unit_test(reasons_are_known_or_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
