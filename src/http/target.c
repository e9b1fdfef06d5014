#include "http/target.h"

#include <string.h>

#include "http/characters.h"
#include "http/fields.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* What a registered name holds; percent signs must start an escape. */
static bool is_name_char(const char *at, const char *end)
{
    if (sl_character_is(*at, SL_IN_NAME)) {
        return true;
    }
    return *at == '%' && end - at > 2 && is_hex(at[1]) && is_hex(at[2]);
}

/* Where the host ends: an address in brackets, or a name; NULL: neither. */
static const char *skip_host(const char *at, const char *end)
{
    if (at < end && *at == '[') {
        const char *start = ++at;

        while (at < end && (is_hex(*at) || *at == ':' || *at == '.')) {
            at++;
        }
        return at > start && at < end && *at == ']' ? at + 1 : NULL;
    }
    while (at < end && is_name_char(at, end)) {
        at++;
    }
    return at;
}

bool sl_is_authority(sl_span text)
{
    const char *end = text.data + text.len;
    const char *at = skip_host(text.data, end);

    if (at == NULL || at == text.data) {
        return false;
    }
    if (at < end && *at == ':') {
        at++;
        while (at < end && is_digit(*at)) {
            at++;
        }
    }
    return at == end;
}

/* Visible ASCII; a fragment is never sent. */
static bool has_only_target_chars(sl_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~' || text.data[i] == '#') {
            return false;
        }
    }
    return text.len > 0;
}

/* Percent signs of a path start escapes, and none of them is a NUL, which
 * would end the name in what is made with it. (A query is the script's: "100%"
 * is what people type.) */
static bool has_good_escapes(sl_span path)
{
    const char *end = path.data + path.len;

    for (const char *at = path.data; at < end; at++) {
        if (*at == '%' &&
            (!is_name_char(at, end) || (at[1] == '0' && at[2] == '0'))) {
            return false;
        }
    }
    return true;
}

static void split_query(sl_span text, sl_target *target)
{
    const char *mark = memchr(text.data, '?', text.len);

    target->path = text;
    if (mark != NULL) {
        target->path.len = (size_t)(mark - text.data);
        target->query.data = mark + 1;
        target->query.len = text.len - target->path.len - 1;
    }
}

/* How long the scheme of an absolute target is, "://" included; 0: none. */
static size_t scheme_len(sl_span text)
{
    if (text.len > 7 && sl_field_is((sl_span){text.data, 7}, "http://", 7)) {
        return 7;
    }
    if (text.len > 8 && sl_field_is((sl_span){text.data, 8}, "https://", 8)) {
        return 8;
    }
    return 0;
}

static bool parse_absolute(sl_span text, bool is_options, sl_target *target)
{
    size_t start = scheme_len(text);
    size_t at = start;

    if (start == 0) {
        return false;
    }
    while (at < text.len && text.data[at] != '/' && text.data[at] != '?') {
        at++;
    }
    target->authority = (sl_span){text.data + start, at - start};
    if (at == text.len && is_options) {
        target->path = (sl_span){"*", 1}; /* RFC 9112, 3.2.4 */
    } else {
        split_query((sl_span){text.data + at, text.len - at}, target);
    }
    if (target->path.len == 0) {
        target->path = (sl_span){"/", 1};
    }
    return sl_is_authority(target->authority);
}

static bool parse_form(sl_span text, bool is_options, sl_target *target)
{
    if (!has_only_target_chars(text)) {
        return false;
    }
    if (text.data[0] == '/') {
        split_query(text, target);
        return true;
    }
    if (text.len == 1 && text.data[0] == '*' && is_options) {
        target->path = text;
        return true;
    }
    return parse_absolute(text, is_options, target);
}

bool sl_target_parse(sl_span text, bool is_options, sl_target *target)
{
    *target = (sl_target){0};
    return parse_form(text, is_options, target) &&
           has_good_escapes(target->path);
}
