/* Which part of a body a client gets, and what the head says then. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "http/condition.h"
#include "http/date.h"
#include "stages/ranges.h"

enum { MOST_TYPE = 512 }; /* bytes of a media type that parts repeat */

/* --- The head --------------------------------------------------------------------- */

static bool find(const sl_response *response, const char *name, sl_span *value)
{
    const sl_field *field =
        sl_fields_find(&response->headers, name, strlen(name), 0);

    if (field != NULL) {
        *value = field->value;
    }
    return field != NULL;
}

static sl_status set(sl_response *response, const char *name, const char *value)
{
    return sl_response_set_header(response, response->generation, name,
                                  strlen(name), value, strlen(value), 1);
}

/* What is said about a body that is not sent. Where it is stays with 304 (RFC 9110,
 * 15.4.5). */
static void remove_description(sl_response *response, int status)
{
    static const char *const names[] = {
        "Content-Type",     "X-Content-Type-Options", "Content-Encoding",
        "Content-Language", "Content-Disposition",    "Accept-Ranges",
        "Content-Location"};
    size_t count = sizeof names / sizeof names[0] - (status == 304 ? 1 : 0);

    for (size_t i = 0; i < count; i++) {
        (void)sl_fields_remove(&response->headers, names[i], strlen(names[i]));
    }
}

static sl_validators validators_of(const sl_pipeline *pipeline,
                                   const sl_response *response)
{
    sl_validators v = {.modified = -1, .clock = pipeline->unix_s};
    sl_span text;
    int64_t modified;

    if (find(response, "ETag", &text)) {
        v.tag = text;
    }
    if (find(response, "Last-Modified", &text) &&
        sl_date_parse(text, v.clock, &modified)) {
        v.modified = modified;
    }
    return v;
}

/* How long the body is that arrives here; -1: that is not known yet. */
static double length_of(const sl_response *response)
{
    if (response->reshaped) {
        return response->shaped;
    }
    return response->finished && response->declared < 0
               ? response->accepted_bytes
               : response->declared;
}

/* Has somebody said that there are none? */
static bool has_ranges(const sl_response *response)
{
    sl_span value;

    return !find(response, "Accept-Ranges", &value) ||
           !sl_list_has_token(value, "none", 4);
}

sl_status sl_ranges_offer(sl_response *response)
{
    return response->status == 200 && has_ranges(response)
               ? set(response, "Accept-Ranges", "bytes")
               : SL_OK;
}

/* --- What is sent ------------------------------------------------------------------- */

/* Answer `status` without a body. */
static sl_status send_nothing(sl_response *response, sl_stage *stage,
                              int status)
{
    uint32_t generation = response->generation;
    sl_status rc;

    remove_description(response, status);
    rc = sl_response_set_status(response, generation, status, NULL, 0);
    return rc < 0 || status == 304 ? rc
                                   : sl_stage_set_length(stage, generation, 0);
}

static sl_status refuse_range(sl_sliced *s, sl_response *response,
                              sl_stage *stage)
{
    char text[48];
    sl_status rc;

    (void)snprintf(text, sizeof text, "bytes */%" PRIu64, s->size);
    rc = send_nothing(response, stage, 416);
    return rc < 0 ? rc : set(response, "Content-Range", text);
}

static sl_status make_boundary(sl_sliced *s)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[SL_BOUNDARY_LEN / 2];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return SL_ESYSTEM;
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        s->boundary[2 * i] = digits[bytes[i] >> 4];
        s->boundary[2 * i + 1] = digits[bytes[i] & 15];
    }
    return SL_OK;
}

size_t sl_part_head(const sl_sliced *s, int part, char text[SL_PART_BYTES])
{
    const sl_range *range = &s->ranges[part];
    int len;

    if (s->boundary[0] == '\0') {
        return 0;
    }
    if (part == s->count) {
        len = snprintf(text, SL_PART_BYTES, "\r\n--%s--\r\n", s->boundary);
        return (size_t)len;
    }
    len = snprintf(text, SL_PART_BYTES,
                   "%s--%s\r\n%s%.*s%sContent-Range: bytes %" PRIu64 "-%" PRIu64
                   "/%" PRIu64 "\r\n\r\n",
                   part > 0 ? "\r\n" : "", s->boundary,
                   s->type.data != NULL ? "Content-Type: " : "",
                   (int)s->type.len, s->type.data != NULL ? s->type.data : "",
                   s->type.data != NULL ? "\r\n" : "", range->first,
                   range->last, s->size);
    return (size_t)len;
}

/* As many bytes as come out: those of the ranges, and what stands around them. */
static double length_of_parts(const sl_sliced *s)
{
    char text[SL_PART_BYTES];
    double length = (double)sl_part_head(s, s->count, text);

    for (int i = 0; i < s->count; i++) {
        length += (double)sl_part_head(s, i, text);
        length += (double)(s->ranges[i].last - s->ranges[i].first + 1);
    }
    return length;
}

/* Several parts, each with the type of the whole, unless that is endless. */
static sl_status describe_parts(sl_sliced *s, sl_response *response)
{
    char kind[64 + SL_BOUNDARY_LEN];
    sl_span type;
    sl_status rc = make_boundary(s);

    if (rc < 0) {
        return rc;
    }
    if (find(response, "Content-Type", &type) && type.len <= MOST_TYPE) {
        s->type.len = type.len;
        s->type.data = sl_arena_copy(&sl_exchange_of_response(response)->arena,
                                     type.data, type.len);
    }
    (void)snprintf(kind, sizeof kind, "multipart/byteranges; boundary=%s",
                   s->boundary);
    return set(response, "Content-Type", kind);
}

static sl_status describe_part(const sl_sliced *s, sl_response *response)
{
    char text[80];

    (void)snprintf(text, sizeof text, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                   s->ranges[0].first, s->ranges[0].last, s->size);
    return set(response, "Content-Range", text);
}

/* --- What is asked for ---------------------------------------------------------------- */

/* The ranges in the order in which they are sent: that of the field where all of the
 * body is there, else that of the body, for what is still to come cannot be sent
 * before what is there. */
static void keep_ranges(sl_sliced *s, sl_stage *stage, sl_arena *arena,
                        sl_range *ranges, int count)
{
    count = sl_ranges_join(ranges, count);
    if (!sl_ranges_ascend(ranges, count)) {
        s->is_moved = sl_stage_has_all(stage);
        if (!s->is_moved) {
            sl_ranges_sort(ranges, count);
        }
    }
    s->ranges = sl_arena_take(arena, (size_t)count * sizeof *ranges);
    memcpy(s->ranges, ranges, (size_t)count * sizeof *ranges);
    s->count = count;
}

/* How many ranges there are to be sent; likewise sl_ranges_parse. */
static int read_ranges(sl_sliced *s, sl_response *response, sl_stage *stage,
                       const sl_validators *now)
{
    sl_exchange *exchange = sl_exchange_of_response(response);
    const sl_fields *fields = &exchange->request.headers;
    const sl_field *field = sl_fields_find(fields, "Range", 5, 0);
    sl_range ranges[SL_MAX_RANGES];
    int count;

    if (field == NULL || exchange->request.is_head ||
        sl_fields_find(fields, "Range", 5, 1) != NULL ||
        !sl_condition_has_range(fields, now)) {
        return -1;
    }
    count = sl_ranges_parse(field->value, s->size, ranges);
    if (count > 0) {
        keep_ranges(s, stage, &exchange->arena, ranges, count);
        return s->count;
    }
    return count;
}

static sl_status send_ranges(sl_sliced *s, sl_response *response,
                             sl_stage *stage, const sl_validators *now)
{
    sl_status rc = sl_ranges_offer(response);
    int count = rc < 0 ? 0 : read_ranges(s, response, stage, now);

    if (rc < 0 || count < 0) {
        return rc < 0 ? rc : SL_EMPTY; /* all of it */
    }
    if (count == 0) {
        return refuse_range(s, response, stage);
    }
    rc = count > 1 ? describe_parts(s, response) : describe_part(s, response);
    if (rc == SL_OK) {
        rc = sl_response_set_status(response, response->generation, 206, NULL,
                                    0);
    }
    return rc < 0 ? rc
                  : sl_stage_set_length(stage, response->generation,
                                        length_of_parts(s));
}

sl_status sl_ranges_headers(sl_stage *stage, sl_response *response,
                            uint32_t generation, void *state)
{
    sl_sliced *s = state;
    const sl_exchange *exchange = sl_exchange_of_response(response);
    sl_validators now;
    double length;
    int status;

    if (s->off || response->status != 200) {
        return SL_EMPTY;
    }
    now = validators_of(exchange->pipeline, response);
    status = sl_condition_of(&exchange->request.headers, &now, true);
    if (status != 0) {
        return send_nothing(response, stage, status);
    }
    length = length_of(response);
    if (length < 0 || !has_ranges(response)) {
        return SL_EMPTY;
    }
    s->size = (uint64_t)length;
    return send_ranges(s, response, stage, &now);
}
