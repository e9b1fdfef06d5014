#include <string.h>

#include "http/head.h"
#include "pipeline/response.h"

enum { MAX_REASON = 256 };

static const double max_length = 9007199254740992.0; /* 2^53 */

sl_status sl_response_check_head(const sl_response *res, uint32_t generation)
{
    sl_status rc = sl_response_check_replaceable(res, generation);

    return rc == SL_OK && res->head_closed ? SL_ECOMMITTED : rc;
}

static bool is_named(sl_span name, const char *other)
{
    return sl_field_is(name, other, strlen(other));
}

bool sl_head_owns(sl_span name)
{
    switch (name.len) { /* most names differ in this already */
    case 2:
        return is_named(name, "TE");
    case 7:
        return is_named(name, "Trailer") || is_named(name, "Upgrade");
    case 10:
        return is_named(name, "Connection") || is_named(name, "Keep-Alive");
    case 14:
        return is_named(name, "Content-Length");
    case 17:
        return is_named(name, "Transfer-Encoding");
    default:
        return false;
    }
}

/* Would a body that is finished, and short only because nobody sees it, be
 * seen with that status? */
static bool would_be_short(sl_response *res, int status)
{
    return res->finished && res->accepted_bytes < res->declared &&
           !sl_exchange_of_response(res)->request.is_head && status != 204 &&
           status != 304;
}

sl_status sl_response_set_status(sl_response *res, uint32_t generation,
                                 int status, const char *reason,
                                 size_t reason_len)
{
    sl_status rc = sl_response_check_head(res, generation);

    if (rc < 0) {
        return rc;
    }
    if (status < 200 || status > 599 || reason_len > MAX_REASON ||
        !sl_is_field_value(reason, reason_len)) {
        return SL_EINVAL;
    }
    if (would_be_short(res, status)) {
        return SL_ELENGTH;
    }
    res->status = (uint16_t)status;
    if (reason != NULL) {
        sl_response_wording(res)->reason = (sl_span){
            sl_arena_copy(res->headers.arena, reason, reason_len), reason_len};
        sl_response_spend(res, reason_len);
    } else if (res->wording != NULL) {
        res->wording->reason = (sl_span){0};
    }
    return SL_OK;
}

/* A length in decimal digits; negative: it is none. */
static double parse_length(const char *text, size_t len)
{
    double value = 0;

    if (len == 0 || len > 16) {
        return -1;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value <= max_length ? value : -1;
}

static sl_status declare_length(sl_response *res, const char *value, size_t len)
{
    double length = parse_length(value, len);

    if (length < 0 || sl_response_trailers(res)->count > 0) {
        return SL_EINVAL;
    }
    if (length < res->accepted_bytes ||
        (res->finished && length > res->accepted_bytes &&
         !sl_response_is_bodiless(res))) {
        return SL_ELENGTH;
    }
    res->declared = length;
    return SL_OK;
}

/* Fields that say something about the message or the connection. */
static sl_status set_owned(sl_response *res, sl_span name, const char *value,
                           size_t len)
{
    if (is_named(name, "Content-Length")) {
        return declare_length(res, value, len);
    }
    if (is_named(name, "Connection") &&
        sl_field_is((sl_span){value, len}, "close", 5)) {
        res->needs_disconnect = true;
        return SL_OK;
    }
    return SL_EINVAL;
}

sl_status sl_response_set_header(sl_response *res, uint32_t generation,
                                 const char *name, size_t name_len,
                                 const char *value, size_t value_len,
                                 int replace)
{
    sl_status rc = sl_response_check_head(res, generation);
    sl_span field = {.data = name, .len = name_len};

    if (rc < 0) {
        return rc;
    }
    if (!sl_is_token(name, name_len) || !sl_is_field_value(value, value_len)) {
        return SL_EINVAL;
    }
    if (sl_head_owns(field)) {
        return set_owned(res, field, value, value_len);
    }
    if (res->headers.bytes + name_len + value_len >
        sl_response_pipeline(res)->settings.header_bytes) {
        return SL_ETOOBIG;
    }
    if (replace) {
        sl_fields_remove(&res->headers, name, name_len);
    }
    sl_fields_add(&res->headers, name, name_len, value, value_len);
    sl_response_spend(res, name_len + value_len + sizeof(sl_field));
    return SL_OK;
}

sl_status sl_response_delete_header(sl_response *res, uint32_t generation,
                                    const char *name, size_t name_len)
{
    sl_status rc = sl_response_check_head(res, generation);
    sl_span field = {.data = name, .len = name_len};

    if (rc < 0) {
        return rc;
    }
    if (is_named(field, "Content-Length")) {
        res->declared = -1;
    } else if (is_named(field, "Connection")) {
        res->needs_disconnect = false;
    }
    sl_fields_remove(&res->headers, name, name_len);
    return SL_OK;
}

static sl_status owned_value(sl_response *res, sl_span name, sl_span *value)
{
    if (is_named(name, "Content-Length") && res->declared >= 0) {
        char *text = sl_response_wording(res)->length;
        char *end = sl_put_number(text, (uint64_t)res->declared);

        *value = (sl_span){text, (size_t)(end - text)};
        return SL_OK;
    }
    if (is_named(name, "Connection") && res->needs_disconnect) {
        *value = (sl_span){.data = "close", .len = 5};
        return SL_OK;
    }
    return SL_EMPTY;
}

sl_status sl_response_header(sl_response *res, uint32_t generation,
                             const char *name, size_t name_len, uint32_t nth,
                             sl_span *value)
{
    sl_span wanted = {.data = name, .len = name_len};
    const sl_field *field;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (sl_head_owns(wanted)) {
        return nth == 0 ? owned_value(res, wanted, value) : SL_EMPTY;
    }
    field = sl_fields_find(&res->headers, name, name_len, nth);
    if (field == NULL) {
        return SL_EMPTY;
    }
    *value = field->value;
    return SL_OK;
}

sl_status sl_response_set_error_description(sl_response *res,
                                            uint32_t generation,
                                            const char *text, size_t len)
{
    if (res->generation != generation) {
        return SL_EGONE;
    }
    sl_response_wording(res)->description =
        (sl_span){sl_arena_copy(res->headers.arena, text, len), len};
    sl_response_spend(res, len);
    return SL_OK;
}
