/* Conditions and ranges: what the fields say, and what a stage sends then. */
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>

#include <sluice/ranges.h>

#include "http/condition.h"
#include "http/date.h"
#include "http/range.h"

static sl_span span(const char *text)
{
    return (sl_span){.data = text, .len = strlen(text)};
}

/* --- The Range field -------------------------------------------------------------- */

/* The ranges as "first-last first-last", "none", or "ignored". */
static const char *parsed(const char *field, uint64_t size)
{
    static char text[4096];
    sl_range ranges[SL_MAX_RANGES];
    int count = sl_ranges_parse(span(field), size, ranges);
    size_t len = 0;

    if (count <= 0) {
        return count < 0 ? "ignored" : "none";
    }
    for (int i = 0; i < count; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%llu-%llu",
                                i > 0 ? " " : "",
                                (unsigned long long)ranges[i].first,
                                (unsigned long long)ranges[i].last);
    }
    return text;
}

static void CHECK_RANGES(const char *field, uint64_t size, const char *expected)
{
    const char *found = parsed(field, size);

    if (strcmp(found, expected) != 0) {
        fail_msg("%s of %llu: %s, not %s", field, (unsigned long long)size,
                 found, expected);
    }
}

static void a_range_field_is_read(void **state)
{
    CHECK_RANGES("bytes=0-0", 10, "0-0");
    CHECK_RANGES("bytes=2-5", 10, "2-5");
    CHECK_RANGES("bytes=2-", 10, "2-9");
    CHECK_RANGES("bytes=-3", 10, "7-9");
    CHECK_RANGES("bytes=-30", 10, "0-9");
    CHECK_RANGES("BYTES= 5-99 ,, 0-1", 10, "5-9 0-1");
    CHECK_RANGES("bytes=10-", 10, "none");
    CHECK_RANGES("bytes=-0", 10, "none");
    CHECK_RANGES("bytes=0-", 0, "none");
    CHECK_RANGES("bytes=-1", 0, "none");
    CHECK_RANGES("bytes=10-, 1-2", 10, "1-2");
    CHECK_RANGES("bytes=0-99999999999999999999999999", 10, "0-9");
    CHECK_RANGES("bytes=99999999999999999999999999-", 10, "none");
}

static void a_range_field_that_is_wrong_or_too_much_is_ignored(void **state)
{
    static const char *const wrong[] = {
        "",           "bytes",       "bytes=",      "bytes=,",
        "bytes=-",    "bytes=1",     "bytes=3-2",   "bytes=a-b",
        "bytes=1-2x", "bytes=1 - 2", "lines=0-1",   "bytes 0-1",
        "bytes=+1-2", "bytes=--1",   "bytes=0-1-2", "bytes=0-8, 1-9",
    };
    char many[SL_MAX_RANGES * 4 + 32] = "bytes=";

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_RANGES(wrong[i], 10, "ignored");
    }
    for (int i = 0; i < SL_MAX_RANGES; i++) {
        memcpy(many + strlen(many), "0-0,", 5);
    }
    CHECK(strcmp(parsed(many, 100), "ignored") != 0);
    memcpy(many + strlen(many), "0-0", 4);
    CHECK_RANGES(many, 100, "ignored");
}

static void ranges_that_overlap_or_touch_become_one(void **state)
{
    sl_range ranges[] = {{8, 9}, {0, 1}, {4, 6}, {2, 2}, {5, 5}};

    CHECK(sl_ranges_sort(ranges, 5) == 3);
    CHECK(ranges[0].first == 0 && ranges[0].last == 2);
    CHECK(ranges[1].first == 4 && ranges[1].last == 6);
    CHECK(ranges[2].first == 8 && ranges[2].last == 9);
    CHECK(sl_ranges_sort(ranges, 0) == 0);
}

/* --- Dates ------------------------------------------------------------------------- */

static const int64_t SECOND = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */

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

static void open_request(request *r, const char *name, const char *value)
{
    sl_arena_pool_init(&r->pool, 4);
    sl_arena_init(&r->arena, &r->pool);
    sl_fields_init(&r->fields, &r->arena);
    if (name != NULL) {
        sl_fields_add(&r->fields, name, strlen(name), value, strlen(value));
    }
}

static void close_request(request *r)
{
    sl_arena_reset(&r->arena);
    sl_arena_pool_deinit(&r->pool);
}

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

static int condition(const char *name, const char *value, const char *tag)
{
    sl_validators now = {.tag = tag != NULL ? span(tag) : (sl_span){0},
                         .modified = SECOND};
    request r;
    int status;

    open_request(&r, name, value);
    status = sl_condition_of(&r.fields, &now);
    close_request(&r);
    return status;
}

static void conditions_are_evaluated(void **state)
{
    CHECK(condition("Accept", "*/*", "\"a\"") == 0);
    CHECK(condition("If-None-Match", "\"a\"", "\"a\"") == 304);
    CHECK(condition("If-None-Match", "\"b\", W/\"a\"", "\"a\"") == 304);
    CHECK(condition("If-None-Match", "\"a\"", "W/\"a\"") == 304);
    CHECK(condition("If-None-Match", " * ", NULL) == 304);
    CHECK(condition("If-None-Match", "\"b\"", "\"a\"") == 0);
    CHECK(condition("If-None-Match", "\"a", "\"a\"") == 0);
    CHECK(condition("If-None-Match", "a", "\"a\"") == 0);
    CHECK(condition("If-None-Match", "\"a\"", NULL) == 0);
    CHECK(condition("If-Match", "\"a\"", "\"a\"") == 0);
    CHECK(condition("If-Match", "*", "\"a\"") == 0);
    CHECK(condition("If-Match", "W/\"a\"", "\"a\"") == 412);
    CHECK(condition("If-Match", "\"a\"", "W/\"a\"") == 412);
    CHECK(condition("If-Match", "\"b\"", "\"a\"") == 412);
    CHECK(condition("If-Modified-Since", DATE, NULL) == 304);
    CHECK(condition("If-Modified-Since", AFTER, NULL) == 304);
    CHECK(condition("If-Modified-Since", BEFORE, NULL) == 0);
    CHECK(condition("If-Modified-Since", "tomorrow", NULL) == 0);
    CHECK(condition("If-Unmodified-Since", DATE, NULL) == 0);
    CHECK(condition("If-Unmodified-Since", BEFORE, NULL) == 412);
}

static void of_two_conditions_the_tag_counts(void **state)
{
    sl_validators now = {.tag = span("\"a\""), .modified = SECOND};
    request r;

    open_request(&r, "If-None-Match", "\"b\"");
    sl_fields_add(&r.fields, "If-Modified-Since", 17, DATE, strlen(DATE));
    CHECK(sl_condition_of(&r.fields, &now) == 0);
    sl_fields_add(&r.fields, "If-None-Match", 13, "\"a\"", 3);
    CHECK(sl_condition_of(&r.fields, &now) == 304);
    close_request(&r);
}

static bool has_range(const char *value, const char *tag, int64_t modified)
{
    sl_validators now = {.tag = tag != NULL ? span(tag) : (sl_span){0},
                         .modified = modified};
    request r;
    bool has;

    open_request(&r, value != NULL ? "If-Range" : NULL, value);
    has = sl_condition_has_range(&r.fields, &now);
    close_request(&r);
    return has;
}

static void a_range_is_of_the_version_that_was_meant(void **state)
{
    CHECK(has_range(NULL, NULL, -1));
    CHECK(has_range("\"a\"", "\"a\"", -1));
    CHECK(has_range(DATE, NULL, SECOND));
    CHECK(!has_range("W/\"a\"", "W/\"a\"", SECOND));
    CHECK(!has_range("\"b\"", "\"a\"", SECOND));
    CHECK(!has_range("\"a\"", NULL, SECOND));
    CHECK(!has_range(AFTER, NULL, SECOND));
    CHECK(!has_range(BEFORE, NULL, SECOND));
    CHECK(!has_range(DATE, NULL, -1));
    CHECK(!has_range(DATE, "W/\"a\"", SECOND));
}

/* --- The stage ------------------------------------------------------------------------ */

static void ask(sink *s, const char *name, const char *value)
{
    sl_fields_add(&s->exchange->request.headers, name, strlen(name), value,
                  strlen(value));
}

static void open_ranged(sink *s)
{
    sink_open(s, &sl_pipeline_defaults);
    s->exchange->request.parts[SL_PART_METHOD] = span("GET");
    CHECK(sl_response_ranges(s->response, s->generation, 1) == SL_OK);
}

static void say(sink *s, const char *name, const char *value)
{
    CHECK(sl_response_set_header(s->response, s->generation, name, strlen(name),
                                 value, strlen(value), 1) == SL_OK);
}

static bool says(const sink *s, const char *name, const char *value)
{
    const sl_field *field =
        sl_fields_find(&s->response->headers, name, strlen(name), 0);

    if (value == NULL || field == NULL) {
        return value == NULL && field == NULL;
    }
    return field->value.len == strlen(value) &&
           memcmp(field->value.data, value, field->value.len) == 0;
}

static void finish_with(sink *s, const char *text)
{
    sl_operation op;

    CHECK(sink_write(s, text, 0, &op) == SL_OK);
    sink_turn(s, 1);
    CHECK(s->response->phase == SL_PHASE_DONE);
}

static void a_part_of_a_body_is_sent(void **state)
{
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=2-5");
    finish_with(&s, "0123456789");
    CHECK(sink_took(&s, "2345") && s.response->status == 206);
    CHECK(s.response->shaped == 4);
    CHECK(says(&s, "Content-Range", "bytes 2-5/10"));
    CHECK(says(&s, "Accept-Ranges", "bytes"));
    sink_close(&s);
}

static void without_a_range_the_stage_is_not_there(void **state)
{
    sink s;

    open_ranged(&s);
    finish_with(&s, "0123456789");
    CHECK(sink_took(&s, "0123456789") && s.response->stages == NULL);
    CHECK(says(&s, "Accept-Ranges", "bytes") && !s.response->reshaped);
    sink_close(&s);
}

static void operations_complete_with_what_was_skipped(void **state)
{
    static const uint32_t async = SL_ASYNC | SL_MORE_DATA;
    static const char *const texts[] = {"0123", "4567", "89ab"};
    sl_operation ops[3];
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=5-6");
    say(&s, "Content-Length", "12");
    for (int i = 0; i < 3; i++) {
        CHECK(sink_write(&s, texts[i], async, &ops[i]) == SL_PENDING);
    }
    s.allowed = 1;
    CHECK(sl_response_finish(s.response, s.generation) == SL_OK);
    sink_turn(&s, 1);
    for (int i = 0; i < 3; i++) {
        sl_completion done;
        sl_status rc = sink_collect(&s, ops[i].id, &done);

        CHECK(i == 0 ? rc == SL_OK && done.bytes == 4 : rc == SL_PENDING);
    }
    s.allowed = 100;
    sink_turn(&s, 1);
    for (int i = 1; i < 3; i++) {
        sl_completion done;

        CHECK(sink_collect(&s, ops[i].id, &done) == SL_OK && done.bytes == 4);
    }
    CHECK(sink_took(&s, "56") && s.response->phase == SL_PHASE_DONE);
    sink_close(&s);
}

static void several_parts_have_their_boundary_and_length(void **state)
{
    sink s;
    char first[128];

    open_ranged(&s);
    ask(&s, "Range", "bytes=6-7, 0-1, 1-2");
    say(&s, "Content-Type", "text/plain");
    finish_with(&s, "0123456789");
    s.text[s.len] = '\0';
    CHECK(s.response->status == 206 && s.response->shaped == (double)s.len);
    CHECK(says(&s, "Content-Range", NULL));
    (void)snprintf(first, sizeof first,
                   "\r\nContent-Type: text/plain\r\n"
                   "Content-Range: bytes 0-2/10\r\n\r\n012\r\n--%.32s\r\n",
                   s.text + 2);
    CHECK(memcmp(s.text, "--", 2) == 0 && strstr(s.text, first) == s.text + 34);
    CHECK(strstr(s.text, "bytes 6-7/10\r\n\r\n67\r\n--") != NULL);
    CHECK(memcmp(s.text + s.len - 4, "--\r\n", 4) == 0);
    sink_close(&s);
}

static void what_is_asked_for_in_vain_is_416(void **state)
{
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=10-");
    say(&s, "Content-Type", "text/plain");
    finish_with(&s, "0123456789");
    CHECK(s.len == 0 && s.response->status == 416 && s.response->shaped == 0);
    CHECK(says(&s, "Content-Range", "bytes */10"));
    CHECK(says(&s, "Content-Type", NULL));
    sink_close(&s);
}

static void a_body_that_is_known_already_is_not_sent(void **state)
{
    sink s;

    open_ranged(&s);
    ask(&s, "If-None-Match", "\"a\"");
    say(&s, "ETag", "\"a\"");
    finish_with(&s, "0123456789");
    CHECK(s.len == 0 && s.response->status == 304);
    sink_close(&s);
}

static void an_unknown_length_has_no_ranges(void **state)
{
    sl_operation op;
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=0-1");
    CHECK(sink_write(&s, "0123", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "0123") && s.response->status == 200);
    CHECK(says(&s, "Accept-Ranges", NULL));
    finish_with(&s, "4");
    sink_close(&s);
}

static void none_are_offered_and_none_after_all(void **state)
{
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=0-1");
    say(&s, "Accept-Ranges", "none");
    finish_with(&s, "0123");
    CHECK(sink_took(&s, "0123"));
    sink_close(&s);

    open_ranged(&s);
    ask(&s, "Range", "bytes=0-1");
    CHECK(sl_response_ranges(s.response, s.generation, 0) == SL_OK);
    finish_with(&s, "0123");
    CHECK(sink_took(&s, "0123") && says(&s, "Accept-Ranges", NULL));
    CHECK(sl_response_ranges(s.response, s.generation, 1) == SL_ECOMMITTED);
    sink_close(&s);
}

static void an_answer_that_is_begun_again_is_asked_again(void **state)
{
    sink s;
    sl_operation op;

    open_ranged(&s);
    ask(&s, "Range", "bytes=-1");
    s.allowed = 0;
    CHECK(sink_write(&s, "0123", 0, &op) == SL_OK);
    CHECK(sl_response_clear(s.response, s.generation) == SL_OK);
    s.allowed = 100;
    finish_with(&s, "abcdef");
    CHECK(sink_took(&s, "f") && says(&s, "Content-Range", "bytes 5-5/6"));
    sink_close(&s);
}

/* The file has no descriptor that could be read: only what is asked for is. */
static void a_file_is_cut_and_not_read(void **state)
{
    char name[] = "/tmp/sluice-ranges-XXXXXX";
    int fd = mkstemp(name);
    sl_chunk file = {
        .kind = SL_CHUNK_FILE, .fd = fd, .offset = 0, .extent = 1e15};
    sl_operation op = {.flags = 0};
    sink s;

    CHECK(fd >= 0 && unlink(name) == 0);
    CHECK(pwrite(fd, "tea", 3, 1000000) == 3);
    open_ranged(&s);
    ask(&s, "Range", "bytes=1000000-1000002");
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, &file, 1,
                                          &op) == SL_OK);
    for (int i = 0; i < 4 && s.response->phase != SL_PHASE_DONE; i++) {
        sink_turn(&s, 1);
    }
    CHECK(sink_took(&s, "tea") && s.closed == 1);
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_field_is_read),
        cmocka_unit_test(a_range_field_that_is_wrong_or_too_much_is_ignored),
        cmocka_unit_test(ranges_that_overlap_or_touch_become_one),
        cmocka_unit_test(a_date_is_read_in_its_three_forms),
        cmocka_unit_test(what_is_written_as_a_date_is_read_again),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(conditions_are_evaluated),
        cmocka_unit_test(of_two_conditions_the_tag_counts),
        cmocka_unit_test(a_range_is_of_the_version_that_was_meant),
        cmocka_unit_test(a_part_of_a_body_is_sent),
        cmocka_unit_test(without_a_range_the_stage_is_not_there),
        cmocka_unit_test(operations_complete_with_what_was_skipped),
        cmocka_unit_test(several_parts_have_their_boundary_and_length),
        cmocka_unit_test(what_is_asked_for_in_vain_is_416),
        cmocka_unit_test(a_body_that_is_known_already_is_not_sent),
        cmocka_unit_test(an_unknown_length_has_no_ranges),
        cmocka_unit_test(none_are_offered_and_none_after_all),
        cmocka_unit_test(an_answer_that_is_begun_again_is_asked_again),
        cmocka_unit_test(a_file_is_cut_and_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
