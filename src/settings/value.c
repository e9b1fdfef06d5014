#include "settings/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct unit {
    const char *name;
    uint64_t factor;
} unit;

/* Largest first: that is how they are printed. */
static const unit byte_units[] = {
    {"g", 1 << 30}, {"m", 1 << 20}, {"k", 1 << 10}, {"", 1}};
static const unit time_units[] = {
    {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

enum {
    BYTE_UNITS = sizeof byte_units / sizeof byte_units[0],
    TIME_UNITS = sizeof time_units / sizeof time_units[0]
};

/* Digits at the front of *text, which moves behind them. */
static bool take_number(const char **text, uint64_t *number)
{
    const char *s = *text;
    uint64_t value = 0;

    if (*s < '0' || *s > '9') {
        return false;
    }
    for (; *s >= '0' && *s <= '9'; s++) {
        uint64_t digit = (uint64_t)(*s - '0');

        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *text = s;
    *number = value;
    return true;
}

static bool parse_with_unit(const char *text, const unit *units, size_t count,
                            uint64_t *result)
{
    uint64_t number;

    if (!take_number(&text, &number)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(text, units[i].name) == 0) {
            if (number > UINT64_MAX / units[i].factor) {
                return false;
            }
            *result = number * units[i].factor;
            return true;
        }
    }
    return false;
}

bool sl_value_parse_count(const char *text, uint64_t *count)
{
    uint64_t number;

    if (!take_number(&text, &number) || *text != '\0') {
        return false;
    }
    *count = number;
    return true;
}

bool sl_value_parse_bytes(const char *text, uint64_t *bytes)
{
    return parse_with_unit(text, byte_units, BYTE_UNITS, bytes);
}

bool sl_value_parse_duration(const char *text, uint64_t *ms)
{
    if (strcmp(text, "0") == 0) {
        *ms = 0;
        return true;
    }
    return parse_with_unit(text, time_units, TIME_UNITS, ms);
}

bool sl_value_parse_boolean(const char *text, bool *value)
{
    static const char *const words[] = {"false", "true", "no", "yes",
                                        "off",   "on",   "0",  "1"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *value = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static void format_with_unit(uint64_t number, const unit *units, size_t count,
                             char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (number > 0 && number % units[i].factor == 0) {
            (void)snprintf(text, SL_VALUE_TEXT, "%" PRIu64 "%s",
                           number / units[i].factor, units[i].name);
            return;
        }
    }
    (void)snprintf(text, SL_VALUE_TEXT, "0");
}

void sl_value_format_bytes(uint64_t bytes, char *text)
{
    format_with_unit(bytes, byte_units, BYTE_UNITS, text);
}

void sl_value_format_duration(uint64_t ms, char *text)
{
    format_with_unit(ms, time_units, TIME_UNITS, text);
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein's distance, with one row of the table. */
size_t sl_value_distance(const char *a, const char *b)
{
    size_t row[64];
    size_t len = strlen(b);

    if (len >= 64 || strlen(a) >= 64) {
        return SIZE_MAX;
    }
    for (size_t i = 0; i <= len; i++) {
        row[i] = i;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t k = 0; k < len; k++) {
            size_t above = row[k + 1];

            row[k + 1] =
                least(row[k] + 1, above + 1, diagonal + (a[i] != b[k]));
            diagonal = above;
        }
    }
    return row[len];
}
