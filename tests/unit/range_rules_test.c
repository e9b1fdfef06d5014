/* The rules of ranges and conditions (RFC 9110, 13 and 14), as tables. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/condition.h"
#include "http/date.h"
#include "http/range.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

static const int64_t SECOND = 784111777; /* DATE */

static sl_span span(const char *text)
{
    return (sl_span){.data = text, .len = strlen(text)};
}

/* --- The Range field -------------------------------------------------------------- */

/* As "first-last first-last". */
static const char *written(const sl_range *ranges, int count)
{
    static char text[4096];
    size_t len = 0;

    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%llu-%llu",
                                i > 0 ? " " : "",
                                (unsigned long long)ranges[i].first,
                                (unsigned long long)ranges[i].last);
    }
    return text;
}

/* The ranges, "none", or "ignored". */
static const char *parsed(const char *field, uint64_t size)
{
    sl_range ranges[SL_MAX_RANGES];
    int count = sl_ranges_parse(span(field), size, ranges);

    if (count <= 0) {
        return count < 0 ? "ignored" : "none";
    }
    return written(ranges, count);
}

static void CHECK_SAME(const char *what, const char *found,
                       const char *expected)
{
    if (strcmp(found, expected) != 0) {
        fail_msg("%s: %s, not %s", what, found, expected);
    }
}

static void a_range_field_is_read(void **state)
{
    static const struct {
        const char *field;
        uint64_t size;
        const char *ranges;
    } table[] = {
        {"bytes=0-0", 10, "0-0"},
        {"bytes=2-5", 10, "2-5"},
        {"bytes=2-", 10, "2-9"},
        {"bytes=9-", 10, "9-9"},
        {"bytes=-3", 10, "7-9"},
        {"bytes=-10", 10, "0-9"},
        {"bytes=-30", 10, "0-9"},
        {"bytes=8-, ,0-1", 10, "8-9 0-1"},
        {"BYTES= 5-99 ,, 0-1", 10, "5-9 0-1"},
        {"bytes=,\t1-2\t,", 10, "1-2"},
        {"bytes=10-, 1-2", 10, "1-2"},
        {"bytes=-0, 1-2", 10, "1-2"},
        {"bytes=0-99999999999999999999999999", 10, "0-9"},
        {"bytes=-99999999999999999999999999", 10, "0-9"},
        {"bytes=-2", UINT64_C(1) << 53, "9007199254740990-9007199254740991"},
        {"bytes=10-", 10, "none"},
        {"bytes=10-11,99-", 10, "none"},
        {"bytes=-0", 10, "none"},
        {"bytes=0-", 0, "none"},
        {"bytes=-1", 0, "none"},
        {"bytes=99999999999999999999999999-", 10, "none"},
        {"", 10, "ignored"},
        {"bytes", 10, "ignored"},
        {"bytes=", 10, "ignored"},
        {"bytes=,", 10, "ignored"},
        {"bytes=-", 10, "ignored"},
        {"bytes=1", 10, "ignored"},
        {"bytes=3-2", 10, "ignored"},
        {"bytes=a-b", 10, "ignored"},
        {"bytes=1-2x", 10, "ignored"},
        {"bytes=1 - 2", 10, "ignored"},
        {"bytes=0-1;2-3", 10, "ignored"},
        {"bytes =0-1", 10, "ignored"},
        {"lines=0-1", 10, "ignored"},
        {"bytes 0-1", 10, "ignored"},
        {"bytes=+1-2", 10, "ignored"},
        {"bytes=--1", 10, "ignored"},
        {"bytes=0-1-2", 10, "ignored"},
        {"bytes=0-1, x", 10, "ignored"},
        {"bytes=0-8, 1-9", 10, "ignored"}, /* more than there is */
        {"bytes=0-, 0-0", 10, "ignored"},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CHECK_SAME(table[i].field, parsed(table[i].field, table[i].size),
                   table[i].ranges);
    }
}

static void too_many_ranges_are_ignored(void **state)
{
    char many[SL_MAX_RANGES * 4 + 32] = "bytes=";

    for (int i = 0; i < SL_MAX_RANGES; i++) {
        memcpy(many + strlen(many), "0-0,", 5);
    }
    CHECK(strcmp(parsed(many, 100), "ignored") != 0);
    memcpy(many + strlen(many), "0-0", 4);
    CHECK_SAME(many, parsed(many, 100), "ignored");
}

static void ranges_that_are_near_are_one(void **state)
{
    static const struct {
        const char *field;
        const char *joined;
        bool ascend;
    } table[] = {
        {"bytes=0-1", "0-1", true},
        {"bytes=0-9, 1000-1009", "0-9 1000-1009", true},
        {"bytes=1000-1009, 0-9", "1000-1009 0-9", false},
        {"bytes=0-9, 10-19", "0-19", true},      /* they touch */
        {"bytes=5-14, 0-9", "0-14", true},       /* they overlap */
        {"bytes=0-99, 20-29", "0-99", true},     /* one is in the other */
        {"bytes=0-9, 89-99", "0-99", true},      /* 79 bytes are between */
        {"bytes=0-9, 90-99", "0-9 90-99", true}, /* 80 are */
        {"bytes=90-99, 0-9", "90-99 0-9", false},
        {"bytes=0-0, 79-79, 158-158", "0-158", true}, /* each to the next */
        {"bytes=0-0, 158-158, 79-79", "0-158", true}, /* found by and by */
        {"bytes=900-909, 500-509, 905-919, 0-9, 515-519", "900-919 500-519 0-9",
         false},
        {"bytes=0-9, 900-909, 400-409, 910-919", "0-9 900-919 400-409", false},
        {"bytes=-10, 0-0", "1990-1999 0-0", false},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        sl_range ranges[SL_MAX_RANGES];
        int count = sl_ranges_parse(span(table[i].field), 2000, ranges);

        count = sl_ranges_join(ranges, count);
        CHECK_SAME(table[i].field, written(ranges, count), table[i].joined);
        CHECK(sl_ranges_ascend(ranges, count) == table[i].ascend);
        sl_ranges_sort(ranges, count);
        CHECK(sl_ranges_ascend(ranges, count));
    }
}

/* --- Dates ------------------------------------------------------------------------- */

static void a_date_is_read_in_its_three_forms(void **state)
{
    static const char *const forms[] = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994",
    };

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        int64_t date = 0;

        CHECK(sl_date_parse(span(forms[i]), SECOND, &date) && date == SECOND);
    }
}

static void what_is_written_as_a_date_is_read_again(void **state)
{
    for (int64_t at = 0; at < 253402300799; at += 86400 * 37 + 12345) {
        char text[SL_DATE_LEN + 1];
        int64_t date;

        sl_date_format(text, at);
        CHECK(sl_date_parse(span(text), 0, &date) && date == at);
    }
}

static int year_of(const char *text, int64_t near_s)
{
    char again[SL_DATE_LEN + 1];
    int64_t date;

    CHECK(sl_date_parse(span(text), near_s, &date));
    if (date < 0) {
        return 0; /* before what we write */
    }
    sl_date_format(again, date);
    return (int)strtol(again + 12, NULL, 10);
}

static void a_year_of_two_digits_is_at_most_50_years_ahead(void **state)
{
    const int64_t in_2026 = INT64_C(1767225600);

    CHECK(year_of("Monday, 01-Jan-44 00:00:00 GMT", SECOND) == 2044);
    CHECK(year_of("Monday, 01-Jan-45 00:00:00 GMT", SECOND) == 0);
    CHECK(year_of("Monday, 01-Jan-94 00:00:00 GMT", SECOND) == 1994);
    CHECK(year_of("Monday, 01-Jan-76 00:00:00 GMT", in_2026) == 2076);
    CHECK(year_of("Monday, 01-Jan-77 00:00:00 GMT", in_2026) == 1977);
}

static void some_dates_are_known(void **state)
{
    static const struct {
        const char *text;
        int64_t at;
    } table[] = {
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Tue, 29 Feb 2000 00:00:00 GMT", 951782400},
        {"Wed, 31 Dec 1969 00:00:00 GMT", -86400},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
    };
    int64_t date;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CHECK(sl_date_parse(span(table[i].text), SECOND, &date));
        CHECK(date == table[i].at);
    }
}

static void what_is_no_date_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "tomorrow",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "784111777",
        "2026-01-01T00:00:00Z",
    };
    int64_t date;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK(!sl_date_parse(span(wrong[i]), SECOND, &date));
    }
}

/* --- Conditions ----------------------------------------------------------------------- */

typedef struct request {
    sl_arena_pool pool;
    sl_arena arena;
    sl_fields fields;
} request;

static void open_request(request *r)
{
    sl_arena_pool_init(&r->pool, 4);
    sl_arena_init(&r->arena, &r->pool);
    sl_fields_init(&r->fields, &r->arena);
}

static void close_request(request *r)
{
    sl_arena_reset(&r->arena);
    sl_arena_pool_deinit(&r->pool);
}

/* Lines as "Name: value" with a line break between them. */
static void add_lines(request *r, const char *lines)
{
    while (*lines != '\0') {
        size_t len = strcspn(lines, "\n");
        size_t name = strcspn(lines, ":");

        sl_fields_add(&r->fields, lines, name, lines + name + 2,
                      len - name - 2);
        lines += len + (lines[len] == '\n' ? 1 : 0);
    }
}

/* What has that tag, and was changed at DATE. */
static sl_validators version(const char *tag)
{
    return (sl_validators){.tag = tag != NULL ? span(tag) : (sl_span){0},
                           .modified = SECOND,
                           .clock = SECOND + 100};
}

static int condition(const char *lines, const char *tag)
{
    sl_validators now = version(tag);
    request r;
    int status;

    open_request(&r);
    add_lines(&r, lines);
    status = sl_condition_of(&r.fields, &now, true);
    close_request(&r);
    return status;
}

/* In the order of RFC 9110, 13.2.2. */
static void conditions_are_evaluated(void **state)
{
    static const struct {
        const char *lines;
        const char *tag;
        int status;
    } table[] = {
        {"Accept: */*", "\"a\"", 0},

        {"If-Match: \"a\"", "\"a\"", 0},
        {"If-Match: \"b\", \"a\"", "\"a\"", 0},
        {"If-Match: *", "\"a\"", 0},
        {"If-Match: *", NULL, 0},
        {"If-Match: \"a\"", NULL, 412},
        {"If-Match: \"b\"", "\"a\"", 412},
        {"If-Match: W/\"a\"", "\"a\"", 412},
        {"If-Match: \"a\"", "W/\"a\"", 412},
        {"If-Match: W/\"a\"", "W/\"a\"", 412},

        {"If-Unmodified-Since: " DATE, NULL, 0},
        {"If-Unmodified-Since: " AFTER, NULL, 0},
        {"If-Unmodified-Since: " BEFORE, NULL, 412},
        {"If-Unmodified-Since: yesterday", NULL, 0},
        {"If-Unmodified-Since: " BEFORE "\nIf-Unmodified-Since: " BEFORE, NULL,
         0},
        {"If-Unmodified-Since: " BEFORE "\nIf-Match: \"a\"", "\"a\"", 0},

        {"If-None-Match: \"a\"", "\"a\"", 304},
        {"If-None-Match: \"b\", W/\"a\"", "\"a\"", 304},
        {"If-None-Match: \"a, b\", \"a\"", "\"a\"", 304},
        {"If-None-Match: \"b\"\nIf-None-Match: \"a\"", "\"a\"", 304},
        {"If-None-Match: \"a\"", "W/\"a\"", 304},
        {"If-None-Match:  * ", NULL, 304},
        {"If-None-Match: \"b\"", "\"a\"", 0},
        {"If-None-Match: \"A\"", "\"a\"", 0},
        {"If-None-Match: \"a", "\"a\"", 0},
        {"If-None-Match: a", "\"a\"", 0},
        {"If-None-Match: \"a\"", NULL, 0},
        {"If-None-Match: \"b\"\nIf-Match: \"a\"", "\"a\"", 0},
        {"If-None-Match: \"a\"\nIf-Match: \"a\"", "\"a\"", 304},
        {"If-None-Match: \"a\"\nIf-Match: \"b\"", "\"a\"", 412},
        {"If-None-Match: \"a\"\nIf-Unmodified-Since: " BEFORE, "\"a\"", 412},

        {"If-Modified-Since: " DATE, NULL, 304},
        {"If-Modified-Since: " AFTER, NULL, 304},
        {"If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT", NULL, 304},
        {"If-Modified-Since: " BEFORE, NULL, 0},
        {"If-Modified-Since: tomorrow", NULL, 0},
        {"If-Modified-Since: " DATE "\nIf-None-Match: \"b\"", "\"a\"", 0},
        {"If-Modified-Since: " BEFORE "\nIf-None-Match: \"a\"", "\"a\"", 304},
        {"If-Modified-Since: " DATE "\nIf-Unmodified-Since: " BEFORE, NULL,
         412},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int status = condition(table[i].lines, table[i].tag);

        if (status != table[i].status) {
            fail_msg("%s: %d, not %d", table[i].lines, status, table[i].status);
        }
    }
}

static void a_time_that_nobody_knows_is_no_condition(void **state)
{
    sl_validators now = {.modified = -1, .clock = SECOND};
    request r;

    open_request(&r);
    add_lines(&r, "If-Modified-Since: " DATE "\nIf-Unmodified-Since: " BEFORE);
    CHECK(sl_condition_of(&r.fields, &now, true) == 0);
    close_request(&r);
}

static bool has_range(const char *lines, const sl_validators *now)
{
    request r;
    bool has;

    open_request(&r);
    add_lines(&r, lines);
    has = sl_condition_has_range(&r.fields, now);
    close_request(&r);
    return has;
}

static void a_range_is_of_the_version_that_was_meant(void **state)
{
    static const struct {
        const char *lines;
        const char *tag;
        bool has;
    } table[] = {
        {"", NULL, true},
        {"If-Range: \"a\"", "\"a\"", true},
        {"If-Range: " DATE, NULL, true},
        {"If-Range: " DATE, "\"a\"", true},
        {"If-Range: Sunday, 06-Nov-94 08:49:37 GMT", NULL, true},
        {"If-Range: \"b\"", "\"a\"", false},
        {"If-Range: \"a\"", NULL, false},
        {"If-Range: W/\"a\"", "\"a\"", false},
        {"If-Range: \"a\"", "W/\"a\"", false},
        {"If-Range: W/\"a\"", "W/\"a\"", false},
        {"If-Range: \"a\", \"b\"", "\"a\"", false},
        {"If-Range: \"a\"\nIf-Range: \"a\"", "\"a\"", false},
        {"If-Range: *", "\"a\"", false},
        {"If-Range: " AFTER, NULL, false},
        {"If-Range: " BEFORE, NULL, false},
        {"If-Range: some day", NULL, false},
        {"If-Range: " DATE, "W/\"a\"", false},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        sl_validators now = version(table[i].tag);

        if (has_range(table[i].lines, &now) != table[i].has) {
            fail_msg("%s", table[i].lines);
        }
    }
}

static void a_time_that_is_not_past_is_no_strong_validator(void **state)
{
    sl_validators now = version(NULL);

    for (now.clock = SECOND - 1; now.clock < SECOND + 2; now.clock++) {
        CHECK(!has_range("If-Range: " DATE, &now));
    }
    CHECK(has_range("If-Range: " DATE, &now));
    now.modified = -1;
    CHECK(!has_range("If-Range: " DATE, &now));
}

static void what_asks_for_less_than_the_whole_is_seen(void **state)
{
    static const struct {
        const char *lines;
        bool asks;
    } table[] = {
        {"", false},
        {"Accept: */*\nIf: x\nRanges: x\nIfMatch: x\nRang: x", false},
        {"Accept: */*\nrange: x", true},
        {"IF-MATCH: x", true},
        {"If-None-Match: x", true},
        {"If-Modified-Since: x", true},
        {"If-Unmodified-Since: x", true},
        {"If-Range: x", true},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        request r;

        open_request(&r);
        add_lines(&r, table[i].lines);
        CHECK(sl_condition_is_asked(&r.fields) == table[i].asks);
        close_request(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_field_is_read),
        cmocka_unit_test(too_many_ranges_are_ignored),
        cmocka_unit_test(ranges_that_are_near_are_one),
        cmocka_unit_test(a_date_is_read_in_its_three_forms),
        cmocka_unit_test(what_is_written_as_a_date_is_read_again),
        cmocka_unit_test(a_year_of_two_digits_is_at_most_50_years_ahead),
        cmocka_unit_test(some_dates_are_known),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(conditions_are_evaluated),
        cmocka_unit_test(a_time_that_nobody_knows_is_no_condition),
        cmocka_unit_test(a_range_is_of_the_version_that_was_meant),
        cmocka_unit_test(a_time_that_is_not_past_is_no_strong_validator),
        cmocka_unit_test(what_asks_for_less_than_the_whole_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
