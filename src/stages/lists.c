#include "stages/lists.h"

#include <string.h>

#include "http/fields.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static sl_span trim(sl_span text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* What stands in front of `mark`; the rest stays in *text. */
static sl_span cut(sl_span *text, char mark)
{
    const char *end =
        text->len > 0 ? memchr(text->data, mark, text->len) : NULL;
    sl_span front = *text;

    if (end == NULL) {
        text->data += text->len;
        text->len = 0;
        return trim(front);
    }
    front.len = (size_t)(end - front.data);
    text->data = end + 1;
    text->len -= front.len + 1;
    return trim(front);
}

bool sl_list_next(sl_span *list, sl_span *element)
{
    while (list->len > 0) {
        *element = cut(list, ',');
        if (element->len > 0) {
            return true;
        }
    }
    return false;
}

sl_coding sl_coding_of(sl_span name)
{
    for (int i = 0; i < SL_CODINGS; i++) {
        const char *known = sl_coding_table[i]->name;

        if (sl_field_is(name, known, strlen(known))) {
            return (sl_coding)i;
        }
    }
    return SL_CODINGS;
}

/* A weight in thousandths (RFC 9110, 12.4.2); what is none counts as 0. */
static int weight_of(sl_span text)
{
    int value;

    if (text.len == 0 || text.len > 5 ||
        (text.data[0] != '0' && text.data[0] != '1') ||
        (text.len > 1 && text.data[1] != '.')) {
        return 0;
    }
    value = (text.data[0] - '0') * 1000;
    for (size_t i = 2, unit = 100; i < text.len; i++, unit /= 10) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }
        value += (text.data[i] - '0') * (int)unit;
    }
    return value <= 1000 ? value : 0;
}

/* The weight of an element, and its name. */
static int read_element(sl_span element, sl_span *name)
{
    int weight = 1000;

    *name = cut(&element, ';');
    while (element.len > 0) {
        sl_span parameter = cut(&element, ';');
        sl_span key = cut(&parameter, '=');

        if (sl_field_is(key, "q", 1)) {
            weight = weight_of(trim(parameter));
        }
    }
    return weight;
}

/* What the fields say of a coding: its weight; -1: nothing. "*" speaks for all
 * that are not named, and x-gzip is an old name. */
static int weigh(const sl_span *fields, size_t count, const char *coding)
{
    int weight = -1, of_all = -1;

    for (size_t i = 0; i < count; i++) {
        sl_span list = fields[i], element, name;

        while (sl_list_next(&list, &element)) {
            int q = read_element(element, &name);

            if (sl_field_is(name, coding, strlen(coding)) ||
                (strcmp(coding, "gzip") == 0 &&
                 sl_field_is(name, "x-gzip", 6))) {
                weight = q;
            } else if (sl_field_is(name, "*", 1)) {
                of_all = q;
            }
        }
    }
    return weight >= 0 ? weight : of_all;
}

sl_coding sl_choose_coding(const sl_span *fields, size_t count, sl_span offers)
{
    int most = 0, identity = weigh(fields, count, "identity");
    sl_coding best = SL_CODINGS;
    sl_span name;

    while (sl_list_next(&offers, &name)) {
        sl_coding coding = sl_coding_of(name);
        int weight = coding < SL_CODINGS
                         ? weigh(fields, count, sl_coding_table[coding]->name)
                         : 0;

        if (weight > most) {
            most = weight;
            best = coding;
        }
    }
    return identity > most ? SL_CODINGS : best;
}

static bool is_listed_as(sl_span type, sl_span wanted)
{
    const char *slash = memchr(type.data, '/', type.len);

    if (wanted.data[0] == '+') {
        return type.len > wanted.len &&
               sl_field_is(
                   (sl_span){type.data + type.len - wanted.len, wanted.len},
                   wanted.data, wanted.len);
    }
    if (slash != NULL && memchr(wanted.data, '/', wanted.len) == NULL) {
        type.len = (size_t)(slash - type.data);
    }
    return sl_field_is(type, wanted.data, wanted.len);
}

bool sl_is_type_listed(sl_span type, sl_span list)
{
    sl_span wanted;

    type = cut(&type, ';');
    while (type.len > 0 && sl_list_next(&list, &wanted)) {
        if (is_listed_as(type, wanted)) {
            return true;
        }
    }
    return false;
}
