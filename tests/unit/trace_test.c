#include "http/trace.h"

#include <string.h>

#include "check.h"

#define ID "4bf92f3577b34da6a3ce929d0e0e4736"
#define REST "-00f067aa0ba902b7-01"

static bool reads(const char *text)
{
    sl_span id = {0};

    return sl_trace_read((sl_span){text, strlen(text)}, &id) && id.len == 32 &&
           memcmp(id.data, ID, 32) == 0;
}

static void a_well_formed_field_names_its_trace(void **state)
{
    CHECK(reads("00-" ID REST));
    CHECK(reads("00-" ID "-00f067aa0ba902b7-00"));
    CHECK(reads("cc-" ID REST));
    CHECK(reads("cc-" ID REST "-what-comes-later"));
}

static void a_malformed_field_is_ignored(void **state)
{
    CHECK(!reads(""));
    CHECK(!reads("00-" ID));
    CHECK(!reads("ff-" ID REST));
    CHECK(!reads("00-" ID REST "-more"));
    CHECK(!reads("cc-" ID REST ".more"));
    CHECK(!reads("0x-" ID REST));
    CHECK(!reads("00_" ID REST));
    CHECK(!reads("00-" ID "_00f067aa0ba902b7-01"));
    CHECK(!reads("00-" ID "-0000000000000000-01"));
    CHECK(!reads("00-" ID "-00F067AA0BA902B7-01"));
    CHECK(!reads("00-" ID "-00f067aa0ba902b7-0g"));
    CHECK(!reads("00-00000000000000000000000000000000" REST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_well_formed_field_names_its_trace),
        cmocka_unit_test(a_malformed_field_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
