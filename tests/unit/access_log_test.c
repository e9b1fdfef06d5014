/* Lines of the access log. */
#include "worker/access_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

/* What stands between the braces of a span. */
#define SPAN(text) .data = (text), .len = sizeof(text) - 1

static const sl_access_entry plain = {
    .unix_s = 1767225600,
    .peer = {"127.0.0.1:50000", 15},
    .method = {SPAN("GET")},
    .target = {SPAN("/a?b=c")},
    .version = 11,
    .status = 200,
    .bytes = 6e9,
    .user_agent = {SPAN("curl/8.5")},
    .id = {SPAN("0123456789abcdef")},
    .duration_ms = 3,
};

static void check_line(sl_access_format format, const sl_access_entry *entry,
                       const char *expected)
{
    sl_buffer line = {0};

    sl_access_format_entry(&line, format, false, entry);
    sl_buffer_append(&line, "", 1);
    assert_string_equal(sl_buffer_data(&line), expected);
    sl_buffer_deinit(&line);
}

static void combined_is_what_tools_know(void **state)
{
    check_line(SL_ACCESS_COMBINED, &plain,
               "127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "
               "\"GET /a?b=c HTTP/1.1\" 200 6000000000 \"-\" \"curl/8.5\" "
               "0123456789abcdef 3ms\n");
}

static void json_leaves_out_what_is_absent(void **state)
{
    check_line(SL_ACCESS_JSON, &plain,
               "{\"time\":\"2026-01-01T00:00:00Z\","
               "\"peer\":\"127.0.0.1:50000\",\"method\":\"GET\","
               "\"target\":\"/a?b=c\",\"version\":\"1.1\",\"status\":200,"
               "\"bytes\":6000000000,\"user_agent\":\"curl/8.5\","
               "\"id\":\"0123456789abcdef\",\"duration_ms\":3}\n");
}

static void a_request_that_could_not_be_parsed_has_dashes(void **state)
{
    sl_access_entry entry = {
        .unix_s = 1767225600, .peer = {"[::1]:5", 7}, .status = 400};

    check_line(SL_ACCESS_COMBINED, &entry,
               "::1 - - [01/Jan/2026:00:00:00 +0000] \"-\" 400 0 \"-\" \"-\" "
               "- 0ms\n");
}

static void a_request_cannot_forge_a_line(void **state)
{
    sl_access_entry entry = plain;

    entry.user_agent = (sl_span){SPAN("a\" 200\n\x1b\xff")};
    check_line(SL_ACCESS_COMBINED, &entry,
               "127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "
               "\"GET /a?b=c HTTP/1.1\" 200 6000000000 \"-\" "
               "\"a\\\" 200\\n\\x1b\\xff\" 0123456789abcdef 3ms\n");
}

/* --- Writing -------------------------------------------------------------- */

/* What came out of a pipe so far. */
static size_t drain(int fd)
{
    char bytes[8192];
    size_t total = 0;
    ssize_t n;

    while ((n = read(fd, bytes, sizeof bytes)) > 0) {
        total += (size_t)n;
    }
    return total;
}

static void a_reader_that_stalls_loses_lines_and_stops_nobody(void **state)
{
    sl_log errors = {.fd = -1, .level = SL_LOG_OFF};
    sl_access_log log;
    sl_timers timers;
    char path[64];
    size_t taken;
    int ends[2];

    sl_timers_init(&timers);
    CHECK(pipe(ends) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", ends[1]);
    CHECK(sl_access_log_open(&log, path, SL_ACCESS_COMBINED, &timers,
                             &errors) == SL_OK);
    for (int i = 0; i < 20000; i++) { /* more than 2 MB */
        sl_access_log_add(&log, &plain, 0);
    }
    CHECK(log.lost > 0 && sl_timer_is_running(&log.timer));
    CHECK(sl_buffer_len(&log.lines) <= (1 << 20) + 1024);

    /* When it reads again, what was kept comes, and new lines after it. */
    taken = drain(ends[0]);
    for (uint64_t now = 1000; sl_timer_is_running(&log.timer); now += 1000) {
        sl_timers_run(&timers, now);
        taken += drain(ends[0]);
    }
    CHECK(taken > 1 << 20 && log.lost == 0);
    sl_access_log_add(&log, &plain, 0);
    sl_access_log_close(&log);
    CHECK(drain(ends[0]) > 0);
    close(ends[0]);
    close(ends[1]);
    sl_timers_deinit(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(combined_is_what_tools_know),
        cmocka_unit_test(json_leaves_out_what_is_absent),
        cmocka_unit_test(a_request_that_could_not_be_parsed_has_dashes),
        cmocka_unit_test(a_request_cannot_forge_a_line),
        cmocka_unit_test(a_reader_that_stalls_loses_lines_and_stops_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
