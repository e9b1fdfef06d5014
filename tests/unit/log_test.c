/* Log lines: what they look like, and that nothing in them can forge one. */
#include "base/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "check.h"

enum { FIRST_OF_2026 = 1767225600 };

static sl_log_field field(const char *key, const char *value)
{
    return (sl_log_field){.key = key, .value = value, .len = strlen(value)};
}

/* The line for a message and a field; the caller frees it. */
static char *line_of(bool json, const char *message, const sl_log_field *fields,
                     size_t count)
{
    sl_buffer line = {0};

    sl_log_format(&line, json, FIRST_OF_2026 * 1000LL + 7, SL_LOG_WARN, message,
                  strlen(message), fields, count);
    sl_buffer_append(&line, "", 1);
    return line.data;
}

static void check_line(bool json, const char *message, sl_log_field f,
                       const char *expected)
{
    char *line = line_of(json, message, &f, 1);

    assert_string_equal(line, expected);
    free(line);
}

static void a_text_line_has_time_level_message_and_fields(void **state)
{
    check_line(false, "client left", field("id", "42"),
               "2026-01-01T00:00:00.007Z warn  client left id=42\n");
}

static void values_with_spaces_are_quoted(void **state)
{
    check_line(false, "x", field("key", "two words"),
               "2026-01-01T00:00:00.007Z warn  x key=\"two words\"\n");
    check_line(false, "x", field("key", ""),
               "2026-01-01T00:00:00.007Z warn  x key=\"\"\n");
}

static void a_json_line_is_an_object(void **state)
{
    check_line(true, "say \"hi\"", field("path", "a\\b\n"),
               "{\"time\":\"2026-01-01T00:00:00.007Z\",\"level\":\"warn\","
               "\"message\":\"say \\\"hi\\\"\",\"path\":\"a\\\\b\\n\"}\n");
}

static void a_line_feed_cannot_start_an_entry(void **state)
{
    check_line(false, "one\ntwo \"x\"", field("err", "a\nb"),
               "2026-01-01T00:00:00.007Z warn  one\n"
               "    two \"x\" err=\"a\n"
               "    b\"\n");
}

static void control_characters_are_escaped(void **state)
{
    check_line(false, "\x1b[2J\r", field("k", "\x7f\xc2\x9b"),
               "2026-01-01T00:00:00.007Z warn  \\x1b[2J\\r "
               "k=\"\\x7f\\xc2\\x9b\"\n");
}

static void escaped_json(const char *text, size_t len, const char *expected)
{
    sl_buffer out = {0};

    sl_escape_json(&out, text, len);
    CHECK(sl_buffer_len(&out) == strlen(expected));
    CHECK(memcmp(sl_buffer_data(&out), expected, strlen(expected)) == 0);
    sl_buffer_deinit(&out);
}

static void json_is_always_utf8(void **state)
{
    escaped_json("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", 15,
                 "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
    escaped_json("\0", 1, "\\u0000");
    escaped_json("\xff", 1, "\\ufffd");
    escaped_json("\xc0\xaf", 2, "\\ufffd\\ufffd");            /* overlong */
    escaped_json("\xed\xa0\x80", 3, "\\ufffd\\ufffd\\ufffd"); /* surrogate */
    escaped_json("\xe2\x82", 2, "\\ufffd\\ufffd");            /* cut off */
    escaped_json("\xf4\x90\x80\x80", 4, "\\ufffd\\ufffd\\ufffd\\ufffd");
}

static void lines_below_the_level_are_dropped(void **state)
{
    char text[256] = "";
    int ends[2];
    sl_log log;

    CHECK(pipe(ends) == 0);
    log = (sl_log){.fd = ends[1], .level = SL_LOG_WARN};
    sl_log_line(&log, SL_LOG_INFO, "quiet %d", 1);
    sl_log_line(&log, SL_LOG_ERROR, "loud %d", 2);
    close(ends[1]);
    CHECK(read(ends[0], text, sizeof text - 1) > 0);
    close(ends[0]);
    CHECK(strstr(text, "quiet") == NULL);
    CHECK(strstr(text, " error loud 2\n") != NULL);
}

static void a_reader_that_stalls_loses_lines_and_stops_nobody(void **state)
{
    sl_log log = {.level = SL_LOG_INFO};
    char text[10000];
    int ends[2];

    CHECK(pipe(ends) == 0);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 16384) >= 0);
    log.fd = ends[1];
    for (int i = 0; i < 100; i++) {
        sl_log_line(&log, SL_LOG_INFO, "%0200d", i);
    }
    CHECK(read(ends[0], text, sizeof text) > 1000);
    memset(text, 'x', sizeof text);
    sl_log_write(&log, SL_LOG_INFO, text, sizeof text, NULL, 0);
    CHECK(read(ends[0], text, sizeof text) > 1000);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_line_has_time_level_message_and_fields),
        cmocka_unit_test(values_with_spaces_are_quoted),
        cmocka_unit_test(a_json_line_is_an_object),
        cmocka_unit_test(a_line_feed_cannot_start_an_entry),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(json_is_always_utf8),
        cmocka_unit_test(lines_below_the_level_are_dropped),
        cmocka_unit_test(a_reader_that_stalls_loses_lines_and_stops_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
