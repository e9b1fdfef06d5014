/* Settings: one table, four sources, and refusals that help. */
#include "settings/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "server/options.h"

static const char *const no_variables[] = {NULL};

static void check_refused(const char *name, const char *value,
                          const char *expected)
{
    char *error = NULL;
    sl_settings settings;

    sl_settings_init(&settings);
    CHECK(sl_settings_set(&settings, SL_SOURCE_COMMAND_LINE, "--set", name,
                          value, &error) == SL_EINVAL);
    assert_string_equal(error, expected);
    free(error);
    sl_settings_deinit(&settings);
}

static void a_refusal_names_source_setting_value_and_range(void **state)
{
    check_refused("header_timeout", "10x",
                  "--set: header_timeout cannot be \"10x\": it is a time from "
                  "1ms to 24h with its unit (500ms, 10s, 5m, 1h)");
    check_refused("read_buffer", "1k",
                  "--set: read_buffer cannot be \"1k\": it is a size from 4k "
                  "to 16m (1024, 64k, 1m)");
    check_refused("log_level", "loud",
                  "--set: log_level cannot be \"loud\": it is one of debug, "
                  "info, warn, error, off");
    check_refused("half_close", "perhaps",
                  "--set: half_close cannot be \"perhaps\": it is true or "
                  "false");
    check_refused("header_count", "-1",
                  "--set: header_count cannot be \"-1\": it is a number from 1 "
                  "to 10000");
    check_refused("listen", "a:1,,b:2",
                  "--set: listen cannot be \"a:1,,b:2\": it is one, or several "
                  "with commas");
}

static void an_unknown_name_brings_the_nearest_one(void **state)
{
    check_refused("header_timout", "1s",
                  "--set: there is no setting \"header_timout\"; did you mean "
                  "\"header_timeout\"?");
    check_refused("zebra", "1",
                  "--set: there is no setting \"zebra\"; \"sluice help "
                  "settings\" lists them");
}

static void a_refused_value_changes_nothing(void **state)
{
    char *error = NULL;
    sl_settings settings;

    sl_settings_init(&settings);
    CHECK(sl_settings_set(&settings, SL_SOURCE_COMMAND_LINE, "--set",
                          "max_requests", "4294967296", &error) < 0);
    free(error);
    CHECK(settings.session.max_requests == sl_session_defaults.max_requests);
    sl_settings_deinit(&settings);
}

/* Read options that are expected to be fine. */
static void read_options(sl_options *options, const char *const *arguments,
                         const char *const *variables)
{
    char *error = NULL;

    if (sl_options_read(options, arguments, variables, NULL, &error) != SL_OK) {
        fail_msg("%s", error);
    }
}

static void check_options_refused(const char *const *arguments,
                                  const char *const *variables, const char *why)
{
    char *error = NULL;
    sl_options options;

    CHECK(sl_options_read(&options, arguments, variables, NULL, &error) < 0);
    if (strstr(error, why) == NULL) {
        fail_msg("%s", error);
    }
    free(error);
    sl_options_deinit(&options);
}

static void without_options_the_layers_defaults_count(void **state)
{
    const char *const arguments[] = {"app.lua", NULL};
    sl_options options;

    read_options(&options, arguments, no_variables);
    assert_string_equal(options.app, "app.lua");
    CHECK(options.settings.session.header_timeout_ms ==
          sl_session_defaults.header_timeout_ms);
    CHECK(options.settings.listen.count == 1);
    assert_string_equal(options.settings.listen.items[0], "127.0.0.1:8080");
    sl_options_deinit(&options);
}

static void flags_have_four_forms(void **state)
{
    const char *const arguments[] = {
        "--set",   "log_level=warn", "--header-count", "7",
        "app.lua", "--half-close",   "--grace=250ms",  NULL};
    sl_options options;

    read_options(&options, arguments, no_variables);
    assert_string_equal(options.app, "app.lua");
    CHECK(options.settings.log_level == SL_LOG_WARN);
    CHECK(options.settings.session.header_count == 7);
    CHECK(options.settings.session.half_close);
    CHECK(options.settings.grace_ms == 250);
    sl_options_deinit(&options);
}

static void a_flag_beats_a_variable(void **state)
{
    const char *const arguments[] = {"--max-requests", "3", NULL};
    const char *const variables[] = {"HOME=/", "SLUICE_MAX_REQUESTS=2",
                                     "SLUICE_HEADER_SIZE=1k", NULL};
    sl_options options;

    read_options(&options, arguments, variables);
    CHECK(options.settings.session.max_requests == 3);
    CHECK(options.settings.session.header_bytes == 1024);
    sl_options_deinit(&options);
}

static void a_list_grows_within_a_source_and_replaces_another(void **state)
{
    const char *const arguments[] = {"--listen", ":1", "--listen", ":2,:3",
                                     NULL};
    const char *const variables[] = {"SLUICE_LISTEN=:8,:9", NULL};
    sl_options options;

    read_options(&options, arguments, variables);
    CHECK(options.settings.listen.count == 3);
    assert_string_equal(options.settings.listen.items[0], ":1");
    assert_string_equal(options.settings.listen.items[2], ":3");
    sl_options_deinit(&options);
}

static void operands_and_what_is_behind_two_dashes_are_kept(void **state)
{
    const char *const arguments[] = {"a",  "b",        "--grace=1s", "c",
                                     "--", "--output", NULL};
    sl_options options;

    read_options(&options, arguments, no_variables);
    CHECK(options.noperands == 3 && options.operands[3] == NULL);
    assert_string_equal(options.app, "a");
    assert_string_equal(options.operands[2], "c");
    CHECK(options.settings.grace_ms == 1000);
    assert_string_equal(options.rest[0], "--output");
    CHECK(options.rest[1] == NULL);
    sl_options_deinit(&options);
}

static void wrong_usage_is_refused(void **state)
{
    check_options_refused((const char *const[]){"-x", NULL}, no_variables,
                          "no option -x");
    check_options_refused((const char *const[]){"--listen", NULL}, no_variables,
                          "--listen needs a value");
    check_options_refused((const char *const[]){"--set", "listen", NULL},
                          no_variables, "write name=value");
    check_options_refused((const char *const[]){"--lisen", ":1", NULL},
                          no_variables,
                          "--lisen: there is no setting \"lisen\"; did you "
                          "mean \"listen\"?");
    check_options_refused((const char *const[]){NULL},
                          (const char *const[]){"SLUICE_LOG_LEVLE=warn", NULL},
                          "SLUICE_LOG_LEVLE: there is no setting");
    check_options_refused(
        (const char *const[]){"--config", "/nonexistent/sluice.lua", NULL},
        no_variables, "/nonexistent/sluice.lua");
}

static void the_hard_limit_follows_the_mark(void **state)
{
    const char *const arguments[] = {"--high-water", "1m", NULL};
    sl_options options;

    read_options(&options, arguments, no_variables);
    CHECK(options.settings.pipeline.hard_limit == 4 << 20);
    sl_options_deinit(&options);
    check_options_refused((const char *const[]){"--hard-limit", "1k", NULL},
                          no_variables, "must not be below high_water");
}

/* A configuration file with that text; the caller unlinks and frees it. */
static char *config_file(const char *text)
{
    char *path = strdup("/tmp/sluice-settings-XXXXXX");
    int fd = mkstemp(path);

    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void a_file_stands_below_variables(void **state)
{
    char *path = config_file("header_count = 5\n"
                             "max_requests = 6\n"
                             "half_close = true\n"
                             "write_timeout = '5s'\n"
                             "listen = { ':1', 'unix:/tmp/x' }\n");
    const char *const arguments[] = {"--config", path, NULL};
    const char *const variables[] = {
        "SLUICE_MAX_REQUESTS=2",
        "SLUICE_CONFIG=/nonexistent/replaced-by-the-flag", NULL};
    sl_options options;

    read_options(&options, arguments, variables);
    unlink(path);
    free(path);
    CHECK(options.settings.session.header_count == 5);
    CHECK(options.settings.session.max_requests == 2);
    CHECK(options.settings.session.half_close);
    CHECK(options.settings.session.write_timeout_ms == 5000);
    CHECK(options.settings.listen.count == 2);
    assert_string_equal(options.settings.listen.items[1], "unix:/tmp/x");
    sl_options_deinit(&options);
}

static void a_mistake_in_a_file_names_the_file(void **state)
{
    char *path = config_file("header_count = 'many'\n");
    const char *const arguments[] = {"--config", path, NULL};

    check_options_refused(arguments, no_variables, path);
    check_options_refused(arguments, no_variables, "header_count cannot be");
    unlink(path);
    free(path);
}

static void the_printed_table_shows_defaults(void **state)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    sl_settings_print(out);
    fclose(out);
    CHECK(strstr(text, "\nheader_timeout        10s ") != NULL);
    CHECK(strstr(text, "\nlisten                127.0.0.1:8080 ") != NULL);
    free(text);
}

static void settings_come_back_as_they_were_saved(void **state)
{
    sl_settings before;
    sl_settings after;
    sl_buffer bytes = {0};
    sl_buffer again = {0};
    char *error = NULL;

    sl_settings_init(&before);
    sl_settings_init(&after);
    CHECK(sl_settings_set(&before, SL_SOURCE_FILE, "f", "listen", "a:1,b:2",
                          &error) == SL_OK);
    CHECK(sl_settings_set(&before, SL_SOURCE_FILE, "f", "high_water", "65537",
                          &error) == SL_OK);
    CHECK(sl_settings_set(&before, SL_SOURCE_FILE, "f", "log",
                          "a path\nwith =", &error) == SL_OK);
    CHECK(sl_settings_set(&before, SL_SOURCE_FILE, "f", "trusted_proxies",
                          "10.0.0.0/8,unix", &error) == SL_OK);
    CHECK(sl_settings_finish(&before, &error) == SL_OK);
    sl_settings_save(&before, &bytes);
    CHECK(sl_settings_restore(&after, sl_buffer_data(&bytes),
                              sl_buffer_len(&bytes), &error) == SL_OK);
    sl_settings_save(&after, &again);
    CHECK(sl_buffer_len(&bytes) == sl_buffer_len(&again));
    assert_memory_equal(sl_buffer_data(&bytes), sl_buffer_data(&again),
                        sl_buffer_len(&bytes));
    CHECK(after.listen.count == 2 && after.workers == SL_AUTO);
    CHECK(after.trusted.count == 1 && after.trusted.has_unix);
    CHECK(after.pipeline.hard_limit == before.pipeline.hard_limit);
    assert_string_equal(after.log, "a path\nwith =");
    assert_string_equal(after.listen.items[1], "b:2");
    sl_buffer_deinit(&bytes);
    sl_buffer_deinit(&again);
    sl_settings_deinit(&before);
    sl_settings_deinit(&after);
}

static void half_of_the_saved_settings_is_refused(void **state)
{
    sl_settings settings;
    char *error = NULL;

    sl_settings_init(&settings);
    CHECK(sl_settings_restore(&settings, "listen", 6, &error) == SL_EINVAL);
    free(error);
    CHECK(sl_settings_restore(&settings, "listen\0a:1", 10, &error) ==
          SL_EINVAL);
    free(error);
    sl_settings_deinit(&settings);
}

static void workers_are_a_number_or_auto(void **state)
{
    sl_settings settings;
    char *error = NULL;

    sl_settings_init(&settings);
    CHECK(settings.workers == SL_AUTO);
    CHECK(sl_settings_set(&settings, SL_SOURCE_FILE, "f", "workers", "3",
                          &error) == SL_OK);
    CHECK(settings.workers == 3);
    CHECK(sl_settings_set(&settings, SL_SOURCE_FILE, "f", "workers", "auto",
                          &error) == SL_OK);
    CHECK(settings.workers == SL_AUTO);
    sl_settings_deinit(&settings);
    check_refused("workers", "many",
                  "--set: workers cannot be \"many\": it is auto, or a number "
                  "from 0 to 1024");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_names_source_setting_value_and_range),
        cmocka_unit_test(an_unknown_name_brings_the_nearest_one),
        cmocka_unit_test(a_refused_value_changes_nothing),
        cmocka_unit_test(without_options_the_layers_defaults_count),
        cmocka_unit_test(flags_have_four_forms),
        cmocka_unit_test(a_flag_beats_a_variable),
        cmocka_unit_test(a_list_grows_within_a_source_and_replaces_another),
        cmocka_unit_test(operands_and_what_is_behind_two_dashes_are_kept),
        cmocka_unit_test(wrong_usage_is_refused),
        cmocka_unit_test(the_hard_limit_follows_the_mark),
        cmocka_unit_test(a_file_stands_below_variables),
        cmocka_unit_test(a_mistake_in_a_file_names_the_file),
        cmocka_unit_test(the_printed_table_shows_defaults),
        cmocka_unit_test(settings_come_back_as_they_were_saved),
        cmocka_unit_test(half_of_the_saved_settings_is_refused),
        cmocka_unit_test(workers_are_a_number_or_auto),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
