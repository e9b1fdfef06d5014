/* Records and their moments: room for them, and finding them again. */
#include "pipeline/record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { FIRST_CAPACITY = 64, TARGET_BYTES = 1024, METHOD_BYTES = 32 };

void sl_recorder_init(sl_recorder *recorder, const char *prefix)
{
    memset(recorder, 0, sizeof *recorder);
    (void)snprintf(recorder->prefix, sizeof recorder->prefix, "%s", prefix);
}

static void deinit(sl_record *record)
{
    sl_buffer_deinit(&record->method);
    sl_buffer_deinit(&record->target);
    sl_buffer_deinit(&record->request_head);
    sl_buffer_deinit(&record->response_head);
    sl_buffer_deinit(&record->stages);
    sl_free(record->moments);
}

void sl_recorder_deinit(sl_recorder *recorder)
{
    for (int i = 0; i < SL_RECORDS; i++) {
        deinit(&recorder->records[i]);
    }
}

bool sl_record_is_live(const sl_record *record)
{
    return record->number != 0 &&
           record->exchange->response.generation == record->generation &&
           record->exchange->response.record == record;
}

/* The oldest whose exchange is over; NULL: all of them go on. */
static sl_record *oldest(sl_recorder *recorder)
{
    sl_record *found = NULL;

    for (int i = 0; i < SL_RECORDS; i++) {
        sl_record *record = &recorder->records[i];

        if ((found == NULL || record->number < found->number) &&
            !sl_record_is_live(record)) {
            found = record;
        }
    }
    return found;
}

/* --- Texts -------------------------------------------------------------------- */

static void copy(sl_buffer *to, sl_span text, size_t most)
{
    sl_buffer_append(to, text.data, text.len < most ? text.len : most);
}

/* Whoever may look at pictures may not for that reason be somebody else. */
static bool is_secret(sl_span name)
{
    static const char *const parts[] = {
        "auth", "cookie", "token", "secret", "api-key", "password", "session"};
    char lower[64];
    size_t len = name.len < sizeof lower - 1 ? name.len : sizeof lower - 1;

    for (size_t i = 0; i < len; i++) {
        char c = name.data[i];

        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    lower[len] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strstr(lower, parts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

void sl_record_copy_head(sl_buffer *text, const sl_fields *fields)
{
    static const char hidden[] = "(not shown)";

    for (uint32_t i = 0; i < fields->count; i++) {
        const sl_field *field = &fields->items[i];
        sl_span value = is_secret(field->name)
                            ? (sl_span){hidden, sizeof hidden - 1}
                            : field->value;

        if (sl_buffer_len(text) + field->name.len + value.len + 3 >
            SL_RECORD_TEXT) {
            break;
        }
        sl_buffer_append(text, field->name.data, field->name.len);
        sl_buffer_append(text, ": ", 2);
        sl_buffer_append(text, value.data, value.len);
        sl_buffer_append(text, "\n", 1);
    }
}

/* --- Life --------------------------------------------------------------------- */

sl_record *sl_record_begin(sl_recorder *recorder, sl_exchange *exchange)
{
    const sl_request *request = &exchange->request;
    sl_record *record = oldest(recorder);

    if (record == NULL) {
        recorder->missed++;
        return NULL;
    }
    deinit(record);
    *record = (sl_record){
        .recorder = recorder,
        .number = ++recorder->made,
        .exchange = exchange,
        .generation = exchange->response.generation,
        .transport = exchange->transport,
        .began_ns = recorder->now_ns(recorder->context),
        .unix_ms = recorder->unix_ms(recorder->context),
    };
    (void)snprintf(record->id, sizeof record->id, "%s%u", recorder->prefix,
                   record->number);
    sl_request_copy_id(request, record->request_id);
    copy(&record->method, request->parts[SL_PART_METHOD], METHOD_BYTES);
    copy(&record->target, request->parts[SL_PART_TARGET], TARGET_BYTES);
    sl_record_copy_head(&record->request_head, &request->headers);
    exchange->response.record = record;
    if (exchange->transport != NULL) {
        exchange->transport = &sl_record_transport;
    }
    sl_record_look(record);
    return record;
}

sl_record *sl_recorder_find(sl_recorder *recorder, const char *id)
{
    for (int i = 0; i < SL_RECORDS; i++) {
        sl_record *record = &recorder->records[i];

        if (record->number != 0 && (strcmp(record->id, id) == 0 ||
                                    strcmp(record->request_id, id) == 0)) {
            return record;
        }
    }
    return NULL;
}

/* --- Events ------------------------------------------------------------------- */

/* Where the moment with that number is: in a ring behind the first ones. */
static uint32_t place_of(uint64_t number)
{
    uint64_t ring = SL_RECORD_MOMENTS - SL_RECORD_FIRST;

    return number < SL_RECORD_FIRST
               ? (uint32_t)number
               : (uint32_t)(SL_RECORD_FIRST +
                            (number - SL_RECORD_FIRST) % ring);
}

static void make_room(sl_record *record)
{
    if (record->count < record->capacity ||
        record->capacity == SL_RECORD_MOMENTS) {
        return;
    }
    record->capacity =
        record->capacity == 0 ? FIRST_CAPACITY : 2 * record->capacity;
    record->moments =
        sl_realloc(record->moments, record->capacity * sizeof(sl_moment));
}

void sl_record_add(sl_record *record, sl_moment_kind kind, int detail,
                   uint32_t id, double a, double b)
{
    const sl_recorder *recorder = record->recorder;

    make_room(record);
    record->moments[place_of(record->count++)] = (sl_moment){
        .at_ns = recorder->now_ns(recorder->context) - record->began_ns,
        .a = a,
        .b = b,
        .id = id,
        .kind = (uint16_t)kind,
        .detail = (int16_t)detail,
    };
}

uint32_t sl_record_size(const sl_record *record)
{
    return record->count < SL_RECORD_MOMENTS ? (uint32_t)record->count
                                             : SL_RECORD_MOMENTS;
}

uint64_t sl_record_dropped(const sl_record *record)
{
    return record->count - sl_record_size(record);
}

const sl_moment *sl_record_moment(const sl_record *record, uint32_t nth)
{
    uint64_t dropped = nth < SL_RECORD_FIRST ? 0 : sl_record_dropped(record);

    assert(nth < sl_record_size(record));
    return &record->moments[place_of(nth + dropped)];
}
