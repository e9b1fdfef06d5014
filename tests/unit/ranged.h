/* Requests for ranges of what a fake transport takes. */
#ifndef SLUICE_TESTS_RANGED_H
#define SLUICE_TESTS_RANGED_H

#include "sink.h"

#include <sluice/ranges.h>

static inline sl_span span(const char *text)
{
    return (sl_span){.data = text, .len = strlen(text)};
}

static inline void ask(sink *s, const char *name, const char *value)
{
    sl_fields_add(&s->exchange->request.headers, name, strlen(name), value,
                  strlen(value));
}

static inline void open_ranged(sink *s)
{
    sink_open(s, &sl_pipeline_defaults);
    s->exchange->request.parts[SL_PART_METHOD] = span("GET");
    CHECK(sl_response_ranges(s->response, s->generation, 1) == SL_OK);
}

static inline void say(sink *s, const char *name, const char *value)
{
    CHECK(sl_response_set_header(s->response, s->generation, name, strlen(name),
                                 value, strlen(value), 1) == SL_OK);
}

static inline bool says(const sink *s, const char *name, const char *value)
{
    const sl_field *field =
        sl_fields_find(&s->response->headers, name, strlen(name), 0);

    if (value == NULL || field == NULL) {
        return value == NULL && field == NULL;
    }
    return field->value.len == strlen(value) &&
           memcmp(field->value.data, value, field->value.len) == 0;
}

static inline void finish_with(sink *s, const char *text)
{
    sl_operation op;

    CHECK(sink_write(s, text, 0, &op) == SL_OK);
    sink_turn(s, 1);
    CHECK(s->response->phase == SL_PHASE_DONE);
}

#endif
