/* Header table: field lines in order, with case-insensitive names.
 *
 * Names and values live in the arena of the exchange (or longer). The table
 * itself grows in that arena too, so that nothing is freed one by one.
 */
#ifndef SLUICE_HTTP_FIELDS_H
#define SLUICE_HTTP_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include <sluice/chunk.h>

#include "base/arena.h"

typedef sl_field_spec sl_field;

typedef struct sl_fields {
    sl_arena *arena;
    sl_field *items;
    uint32_t count;
    uint32_t capacity;
    size_t bytes; /* names and values */
} sl_fields;

void sl_fields_init(sl_fields *fields, sl_arena *arena);

/* A table that lies in the arena itself. */
sl_fields *sl_fields_create(sl_arena *arena);

/* Forget all lines; their memory goes with the arena. */
void sl_fields_clear(sl_fields *fields);

/* Append a line whose texts are copied into the arena, or (push) are taken as
 * they are. */
void sl_fields_add(sl_fields *fields, const char *name, size_t name_len,
                   const char *value, size_t value_len);
void sl_fields_push(sl_fields *fields, sl_span name, sl_span value);

/* Remove all lines of that name; how many there were. */
uint32_t sl_fields_remove(sl_fields *fields, const char *name, size_t len);

/* The nth (from 0) line of that name, or NULL. */
const sl_field *sl_fields_find(const sl_fields *fields, const char *name,
                               size_t len, uint32_t nth);

/* Whether two names are the same field: ASCII letters compare without case. */
bool sl_field_is(sl_span name, const char *other, size_t len);

/* Is `text` a token (RFC 9110, 5.6.2): at least one character? */
bool sl_is_token(const char *text, size_t len);

/* Is `text` a field value: no CR, LF, NUL or other control characters but the
 * tab (RFC 9110, 5.5)? */
bool sl_is_field_value(const char *text, size_t len);

/* Does a comma-separated list hold `token`, compared without case? */
bool sl_list_has_token(sl_span list, const char *token, size_t len);

#endif
