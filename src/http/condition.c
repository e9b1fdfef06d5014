#include "http/condition.h"

#include <string.h>

#include "http/date.h"

/* A clock may be this coarse: two changes within that time can leave the same time
 * behind. */
enum { SETTLED_S = 2 };

static bool is_weak(sl_span tag)
{
    return tag.len >= 2 && memcmp(tag.data, "W/", 2) == 0;
}

static sl_span opaque_of(sl_span tag)
{
    return is_weak(tag) ? (sl_span){tag.data + 2, tag.len - 2} : tag;
}

/* The next tag of a list; what is between them is skipped. */
static bool next_tag(sl_span *list, sl_span *tag)
{
    const char *end = list->data + list->len;
    const char *open =
        list->len > 0 ? memchr(list->data, '"', list->len) : NULL;
    const char *close;

    if (open == NULL) {
        return false;
    }
    close = memchr(open + 1, '"', (size_t)(end - open - 1));
    if (close == NULL) {
        return false;
    }
    tag->data = open - list->data >= 2 && memcmp(open - 2, "W/", 2) == 0
                    ? open - 2
                    : open;
    tag->len = (size_t)(close + 1 - tag->data);
    list->data = close + 1;
    list->len = (size_t)(end - list->data);
    return true;
}

static bool is_any(sl_span list)
{
    size_t stars = 0;

    for (size_t i = 0; i < list.len; i++) {
        char c = list.data[i];

        if (c != '*' && c != ' ' && c != '\t') {
            return false;
        }
        stars += c == '*' ? 1 : 0;
    }
    return stars == 1;
}

/* Is the tag in the list? The strong comparison wants both to be strong. */
static bool lists(sl_span list, sl_span tag, bool strong)
{
    sl_span wanted = opaque_of(tag);
    sl_span one;

    if (is_any(list)) {
        return true;
    }
    if (tag.data == NULL || (strong && is_weak(tag))) {
        return false;
    }
    while (next_tag(&list, &one)) {
        sl_span opaque = opaque_of(one);

        if (opaque.len == wanted.len && !(strong && is_weak(one)) &&
            memcmp(opaque.data, wanted.data, wanted.len) == 0) {
            return true;
        }
    }
    return false;
}

static const sl_field *find(const sl_fields *request, const char *name,
                            uint32_t nth)
{
    return sl_fields_find(request, name, strlen(name), nth);
}

/* Is the tag in one of the lines? `has_field`: there are some. */
static bool field_lists(const sl_fields *request, const char *name, sl_span tag,
                        bool strong, bool *has_field)
{
    const sl_field *field;
    uint32_t nth = 0;

    while ((field = find(request, name, nth)) != NULL) {
        if (lists(field->value, tag, strong)) {
            break;
        }
        nth++;
    }
    *has_field = nth > 0 || field != NULL;
    return field != NULL;
}

/* What is no date, or are several, is ignored. */
static bool read_date(const sl_fields *request, const char *name,
                      const sl_validators *now, int64_t *date)
{
    const sl_field *field = find(request, name, 0);

    return field != NULL && now->modified >= 0 &&
           find(request, name, 1) == NULL &&
           sl_date_parse(field->value, now->clock, date);
}

static bool is_other_version(const sl_fields *request, const sl_validators *now)
{
    bool has_field;
    int64_t since;
    bool is_listed =
        field_lists(request, "If-Match", now->tag, true, &has_field);

    if (has_field) {
        return !is_listed;
    }
    return read_date(request, "If-Unmodified-Since", now, &since) &&
           now->modified > since;
}

static bool is_known(const sl_fields *request, const sl_validators *now,
                     bool looks)
{
    bool has_field;
    int64_t since;
    bool is_listed =
        field_lists(request, "If-None-Match", now->tag, false, &has_field);

    if (has_field) {
        return is_listed;
    }
    return looks && read_date(request, "If-Modified-Since", now, &since) &&
           now->modified <= since;
}

int sl_condition_of(const sl_fields *request, const sl_validators *now,
                    bool looks)
{
    if (is_other_version(request, now)) {
        return 412;
    }
    if (!is_known(request, now, looks)) {
        return 0;
    }
    return looks ? 304 : 412;
}

bool sl_condition_is_asked(const sl_fields *request)
{
    for (uint32_t i = 0; i < request->count; i++) {
        sl_span name = request->items[i].name;

        if ((name.len == 5 && sl_field_is(name, "Range", 5)) ||
            (name.len > 3 && sl_field_is((sl_span){name.data, 3}, "If-", 3))) {
            return true;
        }
    }
    return false;
}

static bool is_date_of(const sl_fields *request, const sl_validators *now)
{
    int64_t date;

    return !is_weak(now->tag) && now->modified + SETTLED_S <= now->clock &&
           read_date(request, "If-Range", now, &date) && date == now->modified;
}

bool sl_condition_has_range(const sl_fields *request, const sl_validators *now)
{
    const sl_field *field = find(request, "If-Range", 0);

    if (field == NULL) {
        return true;
    }
    if (memchr(field->value.data, '"', field->value.len) == NULL) {
        return is_date_of(request, now);
    }
    return find(request, "If-Range", 1) == NULL && now->tag.data != NULL &&
           !is_weak(now->tag) && now->tag.len == field->value.len &&
           memcmp(now->tag.data, field->value.data, now->tag.len) == 0;
}
