#include "http/range.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "http/fields.h"

static const uint64_t most = UINT64_C(1) << 53; /* larger numbers count as it */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Digits at the front of *text; false: there are none. */
static bool read_number(sl_span *text, uint64_t *number)
{
    size_t len = text->len;

    *number = 0;
    while (text->len > 0 && *text->data >= '0' && *text->data <= '9') {
        *number = *number * 10 + (uint64_t)(*text->data - '0');
        *number = *number < most ? *number : most;
        text->data++;
        text->len--;
    }
    return text->len < len;
}

static bool skip(sl_span *text, char c)
{
    if (text->len == 0 || *text->data != c) {
        return false;
    }
    text->data++;
    text->len--;
    return true;
}

typedef enum reading { READ_WRONG, READ_OUTSIDE, READ_RANGE } reading;

/* "first-last", "first-", or "-count" from the end. */
static reading read_range(sl_span text, uint64_t size, sl_range *range)
{
    uint64_t first, last;
    bool has_first = read_number(&text, &first);
    bool has_dash = skip(&text, '-');
    bool has_last = read_number(&text, &last);

    if (!has_dash || text.len > 0 || (!has_first && !has_last) ||
        (has_first && has_last && last < first)) {
        return READ_WRONG;
    }
    if (!has_first) {
        *range = (sl_range){last < size ? size - last : 0, size - 1};
        return last > 0 && size > 0 ? READ_RANGE : READ_OUTSIDE;
    }
    *range = (sl_range){first, has_last && last < size ? last : size - 1};
    return first < size ? READ_RANGE : READ_OUTSIDE;
}

/* The next element of a list, without blanks around it. */
static bool next_element(sl_span *list, sl_span *element)
{
    size_t end = 0;

    if (list->len == 0) {
        return false;
    }
    while (end < list->len && list->data[end] != ',') {
        end++;
    }
    *element = (sl_span){list->data, end};
    end += end < list->len ? 1 : 0;
    list->data += end;
    list->len -= end;
    while (element->len > 0 && is_blank(element->data[0])) {
        element->data++;
        element->len--;
    }
    while (element->len > 0 && is_blank(element->data[element->len - 1])) {
        element->len--;
    }
    return true;
}

int sl_ranges_parse(sl_span field, uint64_t size, sl_range *ranges)
{
    uint64_t bytes = 0;
    sl_span element;
    int seen = 0;
    int count = 0;

    if (field.len < 6 || !sl_field_is((sl_span){field.data, 6}, "bytes=", 6)) {
        return -1;
    }
    field.data += 6;
    field.len -= 6;
    while (next_element(&field, &element)) {
        sl_range range;
        reading found;

        if (element.len == 0) {
            continue;
        }
        found = read_range(element, size, &range);
        if (found == READ_WRONG || ++seen > SL_MAX_RANGES) {
            return -1;
        }
        if (found == READ_RANGE) {
            bytes += range.last - range.first + 1;
            ranges[count++] = range;
        }
    }
    return seen == 0 || bytes > size ? -1 : count;
}

static int compare(const void *a, const void *b)
{
    const sl_range *one = a;
    const sl_range *other = b;

    return one->first < other->first ? -1 : one->first > other->first;
}

void sl_ranges_sort(sl_range *ranges, int count)
{
    qsort(ranges, (size_t)count, sizeof *ranges, compare);
}

static bool is_near(const sl_range *one, const sl_range *other)
{
    const sl_range *low = one->first < other->first ? one : other;
    const sl_range *high = low == one ? other : one;

    return high->first <= low->last || high->first - low->last <= SL_RANGE_GAP;
}

/* Take one that is near `ranges[at]` and stands behind it into it. */
static bool take_neighbour(sl_range *ranges, int *count, int at)
{
    sl_range *into = &ranges[at];

    for (int i = at + 1; i < *count; i++) {
        const sl_range *one = &ranges[i];

        if (is_near(into, one)) {
            into->first = one->first < into->first ? one->first : into->first;
            into->last = one->last > into->last ? one->last : into->last;
            --*count;
            memmove(&ranges[i], &ranges[i + 1],
                    (size_t)(*count - i) * sizeof *ranges);
            return true;
        }
    }
    return false;
}

/* There are few: at most SL_MAX_RANGES are looked at as often. */
int sl_ranges_join(sl_range *ranges, int count)
{
    for (int at = 0; at < count; at++) {
        while (take_neighbour(ranges, &count, at)) {
        }
    }
    return count;
}

bool sl_ranges_ascend(const sl_range *ranges, int count)
{
    for (int i = 1; i < count; i++) {
        if (ranges[i].first < ranges[i - 1].first) {
            return false;
        }
    }
    return true;
}
