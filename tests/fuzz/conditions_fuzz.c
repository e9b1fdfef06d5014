/* Range, dates and the fields of conditions: what comes of any text can be used. The
 * first byte is the size of the body. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "http/condition.h"
#include "http/date.h"
#include "http/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 2048 };

static bool has_byte(const sl_range *ranges, int count, uint64_t at)
{
    for (int i = 0; i < count; i++) {
        if (at >= ranges[i].first && at <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* All that was asked for is in what is left, which is far enough apart. */
static void check_joined(const sl_range *asked, int count)
{
    sl_range ranges[SL_MAX_RANGES];
    int left;

    memcpy(ranges, asked, (size_t)count * sizeof *ranges);
    left = sl_ranges_join(ranges, count);
    CHECK(left > 0 && left <= count);
    for (int i = 0; i < count; i++) {
        CHECK(has_byte(ranges, left, asked[i].first));
        CHECK(has_byte(ranges, left, asked[i].last));
    }
    CHECK(has_byte(ranges, 1, asked[0].first));
    sl_ranges_sort(ranges, left);
    CHECK(sl_ranges_ascend(ranges, left));
    for (int i = 1; i < left; i++) {
        CHECK(ranges[i].first - ranges[i - 1].last > SL_RANGE_GAP);
    }
}

static void check_ranges(sl_span text, uint64_t size)
{
    sl_range ranges[SL_MAX_RANGES];
    int count = sl_ranges_parse(text, size, ranges);
    uint64_t bytes = 0;

    CHECK(count >= -1 && count <= SL_MAX_RANGES);
    for (int i = 0; i < count; i++) {
        CHECK(ranges[i].first <= ranges[i].last && ranges[i].last < size);
        bytes += ranges[i].last - ranges[i].first + 1;
    }
    CHECK(bytes <= size);
    if (count > 0) {
        check_joined(ranges, count);
    }
}

/* With the unit in front, too: few texts begin with it. */
static void check_elements(sl_span text, uint64_t size)
{
    static const char unit[] = "bytes=";
    char *whole = malloc(sizeof unit - 1 + text.len);

    CHECK(whole != NULL);
    memcpy(whole, unit, sizeof unit - 1);
    memcpy(whole + sizeof unit - 1, text.data, text.len);
    check_ranges((sl_span){whole, sizeof unit - 1 + text.len}, size);
    free(whole);
}

/* What is a date stays the same when it is written as we write it. */
static void check_date(sl_span text)
{
    char again[SL_DATE_LEN + 1];
    int64_t date, same;

    if (!sl_date_parse(text, 0, &date) || date < 0) {
        return;
    }
    sl_date_format(again, date);
    CHECK(sl_date_parse((sl_span){again, SL_DATE_LEN}, 0, &same));
    CHECK(same == date);
}

static void check_condition(sl_span text)
{
    static const char *const names[] = {
        "If-Match",          "If-None-Match",       "If-Range",
        "If-Modified-Since", "If-Unmodified-Since",
    };
    sl_validators now = {
        .tag = {"\"a\"", 3}, .modified = 784111777, .clock = 784111800};
    sl_arena_pool pool;
    sl_arena arena;

    sl_arena_pool_init(&pool, 1);
    sl_arena_init(&arena, &pool);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        sl_fields fields;
        int status;

        sl_fields_init(&fields, &arena);
        sl_fields_push(&fields, (sl_span){names[i], strlen(names[i])}, text);
        status = sl_condition_of(&fields, &now, false);
        CHECK(status == 0 || status == 412);
        status = sl_condition_of(&fields, &now, true);
        CHECK(status == 0 || status == 304 || status == 412);
        CHECK(sl_condition_is_asked(&fields));
        CHECK(i == 2 || sl_condition_has_range(&fields, &now));
        (void)sl_condition_has_range(&fields, &now);
    }
    sl_arena_reset(&arena);
    sl_arena_pool_deinit(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy;
    sl_span text;

    if (size < 2 || size > MOST_BYTES) {
        return 0;
    }
    copy = malloc(size - 1); /* of its size, so that a read past it is seen */
    CHECK(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    text = (sl_span){copy, size - 1};
    check_ranges(text, data[0]);
    check_ranges(text, UINT64_C(1) << 53);
    check_elements(text, data[0]);
    check_elements(text, UINT64_C(1) << 53);
    check_date(text);
    check_condition(text);
    free(copy);
    return 0;
}
