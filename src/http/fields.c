#include "http/fields.h"

#include <string.h>

#include "http/characters.h"

enum { FIRST_CAPACITY = 2 };

void sl_fields_init(sl_fields *fields, sl_arena *arena)
{
    *fields = (sl_fields){.arena = arena};
}

sl_fields *sl_fields_create(sl_arena *arena)
{
    sl_fields *fields = sl_arena_take(arena, sizeof *fields);

    sl_fields_init(fields, arena);
    return fields;
}

void sl_fields_clear(sl_fields *fields)
{
    fields->count = 0;
    fields->bytes = 0;
}

/* Where it cannot grow in place, the old array stays in the arena until the
 * exchange ends; doubling keeps that waste below what is in use. */
static void grow(sl_fields *fields)
{
    uint32_t old = fields->capacity;
    uint32_t capacity = old > 0 ? old * 2 : FIRST_CAPACITY;
    size_t size = sizeof fields->items[0];
    sl_field *items;

    fields->capacity = capacity;
    if (old > 0 && sl_arena_extend(fields->arena, fields->items, old * size,
                                   capacity * size)) {
        return;
    }
    items = sl_arena_take(fields->arena, capacity * size);
    if (fields->count > 0) {
        memcpy(items, fields->items, fields->count * size);
    }
    fields->items = items;
}

void sl_fields_push(sl_fields *fields, sl_span name, sl_span value)
{
    if (fields->count == fields->capacity) {
        grow(fields);
    }
    fields->items[fields->count++] = (sl_field){name, value};
    fields->bytes += name.len + value.len;
}

void sl_fields_add(sl_fields *fields, const char *name, size_t name_len,
                   const char *value, size_t value_len)
{
    sl_fields_push(
        fields,
        (sl_span){sl_arena_copy(fields->arena, name, name_len), name_len},
        (sl_span){sl_arena_copy(fields->arena, value, value_len), value_len});
}

uint32_t sl_fields_remove(sl_fields *fields, const char *name, size_t len)
{
    uint32_t kept = 0;
    uint32_t removed;

    for (uint32_t i = 0; i < fields->count; i++) {
        sl_field item = fields->items[i];

        if (sl_field_is(item.name, name, len)) {
            fields->bytes -= item.name.len + item.value.len;
        } else {
            fields->items[kept++] = item;
        }
    }
    removed = fields->count - kept;
    fields->count = kept;
    return removed;
}

const sl_field *sl_fields_find(const sl_fields *fields, const char *name,
                               size_t len, uint32_t nth)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        const sl_field *item = &fields->items[i];

        if (sl_field_is(item->name, name, len) && nth-- == 0) {
            return item;
        }
    }
    return NULL;
}

static unsigned char lower(char c)
{
    unsigned char byte = (unsigned char)c;

    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte | 0x20) : byte;
}

bool sl_field_is(sl_span name, const char *other, size_t len)
{
    if (name.len != len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (name.data[i] != other[i] &&
            lower(name.data[i]) != lower(other[i])) {
            return false;
        }
    }
    return true;
}

bool sl_is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!sl_character_is(text[i], SL_IN_TOKEN)) {
            return false;
        }
    }
    return len > 0;
}

/* Is there a control character, or a DEL, among eight? Perhaps: a tab, and what
 * stands behind one, are looked at again. */
static bool may_have_control(const char *eight)
{
    const uint64_t ones = 0x0101010101010101U;
    uint64_t word;
    uint64_t below;
    uint64_t del;

    memcpy(&word, eight, sizeof word);
    below = (word - ones * ' ') & ~word;
    del = word ^ ones * 0x7f;
    del = (del - ones) & ~del;
    return ((below | del) & ones * 0x80) != 0;
}

bool sl_is_field_value(const char *text, size_t len)
{
    size_t i = 0;

    while (len - i >= 8 && !may_have_control(text + i)) {
        i += 8;
    }
    for (; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];

        if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

static sl_span trimmed(const char *start, const char *end)
{
    while (start < end && (*start == ' ' || *start == '\t')) {
        start++;
    }
    while (end > start && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    return (sl_span){start, (size_t)(end - start)};
}

bool sl_list_has_token(sl_span list, const char *token, size_t len)
{
    const char *at = list.data;
    const char *end = at + list.len;

    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma != NULL ? comma : end;

        if (sl_field_is(trimmed(at, stop), token, len)) {
            return true;
        }
        at = stop + 1;
    }
    return false;
}
