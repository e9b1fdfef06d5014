/* Values of settings as people write them. */
#include "settings/value.h"

#include "check.h"

static void sizes_have_units_of_1024(void **state)
{
    uint64_t bytes = 0;

    CHECK(sl_value_parse_bytes("0", &bytes) && bytes == 0);
    CHECK(sl_value_parse_bytes("1500", &bytes) && bytes == 1500);
    CHECK(sl_value_parse_bytes("64k", &bytes) && bytes == 65536);
    CHECK(sl_value_parse_bytes("1M", &bytes) && bytes == 1048576);
    CHECK(sl_value_parse_bytes("4g", &bytes) && bytes == 4294967296);
}

static void what_is_no_size_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "k",
                                        "-1",
                                        "1.5k",
                                        "1 k",
                                        "1kk",
                                        "0x1",
                                        "+1",
                                        " 1",
                                        "18446744073709551616",
                                        "18014398509481984k"};
    uint64_t bytes = 7;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK(!sl_value_parse_bytes(texts[i], &bytes));
    }
    CHECK(bytes == 7);
    CHECK(sl_value_parse_bytes("18446744073709551615", &bytes));
    CHECK(bytes == UINT64_MAX);
}

static void times_need_a_unit(void **state)
{
    uint64_t ms = 0;

    CHECK(sl_value_parse_duration("500ms", &ms) && ms == 500);
    CHECK(sl_value_parse_duration("10s", &ms) && ms == 10000);
    CHECK(sl_value_parse_duration("5m", &ms) && ms == 300000);
    CHECK(sl_value_parse_duration("1h", &ms) && ms == 3600000);
    CHECK(!sl_value_parse_duration("10", &ms));
    CHECK(!sl_value_parse_duration("1d", &ms));
    CHECK(sl_value_parse_duration("0", &ms) && ms == 0);
}

static void booleans_have_four_spellings(void **state)
{
    bool value = false;

    CHECK(sl_value_parse_boolean("on", &value) && value);
    CHECK(sl_value_parse_boolean("No", &value) && !value);
    CHECK(sl_value_parse_boolean("1", &value) && value);
    CHECK(sl_value_parse_boolean("false", &value) && !value);
    CHECK(!sl_value_parse_boolean("", &value));
    CHECK(!sl_value_parse_boolean("2", &value));
}

static void what_is_formatted_parses_to_the_same(void **state)
{
    static const uint64_t numbers[] = {0,    1,       1000, 1024,
                                       1536, 1 << 20, 3600, UINT64_MAX};
    char text[SL_VALUE_TEXT];
    uint64_t back;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sl_value_format_bytes(numbers[i], text);
        CHECK(sl_value_parse_bytes(text, &back) && back == numbers[i]);
        sl_value_format_duration(numbers[i], text);
        CHECK(sl_value_parse_duration(text, &back) && back == numbers[i]);
    }
    sl_value_format_bytes(128 * 1024, text);
    assert_string_equal(text, "128k");
    sl_value_format_duration(75000, text);
    assert_string_equal(text, "75s");
}

static void distance_counts_edits(void **state)
{
    CHECK(sl_value_distance("listen", "listen") == 0);
    CHECK(sl_value_distance("lisen", "listen") == 1);
    CHECK(sl_value_distance("", "abc") == 3);
    CHECK(sl_value_distance("kitten", "sitting") == 3);
    CHECK(sl_value_distance("header_timout", "header_timeout") == 1);
    CHECK(sl_value_distance("x", "a_name_that_is_so_long_that_nobody_could_ever"
                                 "_have_meant_it_for_real") == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_have_units_of_1024),
        cmocka_unit_test(what_is_no_size_is_refused),
        cmocka_unit_test(times_need_a_unit),
        cmocka_unit_test(booleans_have_four_spellings),
        cmocka_unit_test(what_is_formatted_parses_to_the_same),
        cmocka_unit_test(distance_counts_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
