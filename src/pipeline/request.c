#include <sluice/ranges.h>
#include <sluice/request.h>

#include <string.h>

#include "http/condition.h"
#include "pipeline/pipeline.h"

/* Few handlers ask, so nobody else pays for looking it up. */
static void find_local_address(sl_request *req)
{
    sl_exchange *exchange = sl_exchange_of_request(req);
    const sl_transport *transport = exchange->transport;

    if (req->parts[SL_PART_LOCAL].data == NULL && transport != NULL &&
        transport->local_address != NULL) {
        transport->local_address(exchange->session, exchange);
    }
}

sl_status sl_request_part(sl_request *req, uint32_t generation, uint32_t part,
                          sl_span *out)
{
    if (req->generation != generation) {
        return SL_EGONE;
    }
    if (part >= sizeof req->parts / sizeof req->parts[0]) {
        return SL_EINVAL;
    }
    if (part == SL_PART_LOCAL) {
        find_local_address(req);
    }
    *out = req->parts[part];
    return SL_OK;
}

int sl_request_version(sl_request *req, uint32_t generation)
{
    return req->generation == generation ? req->version : SL_EGONE;
}

sl_status sl_request_header(sl_request *req, uint32_t generation,
                            const char *name, size_t name_len, uint32_t nth,
                            sl_span *value)
{
    const sl_field *field;

    if (req->generation != generation) {
        return SL_EGONE;
    }
    field = sl_fields_find(&req->headers, name, name_len, nth);
    if (field == NULL) {
        return SL_EMPTY;
    }
    *value = field->value;
    return SL_OK;
}

sl_status sl_request_field(sl_request *req, uint32_t generation, int trailers,
                           uint32_t nth, sl_span *name, sl_span *value)
{
    const sl_fields *fields = trailers ? &req->trailers : &req->headers;

    if (req->generation != generation) {
        return SL_EGONE;
    }
    if (nth >= fields->count) {
        return SL_EMPTY;
    }
    *name = fields->items[nth].name;
    *value = fields->items[nth].value;
    return SL_OK;
}

sl_status sl_request_remaining(sl_request *req, uint32_t generation,
                               double *bytes)
{
    if (req->generation != generation) {
        return SL_EGONE;
    }
    if (req->body_state == SL_BODY_FAILED) {
        return SL_EABORTED;
    }
    if (req->body_state == SL_BODY_OPEN && req->body_left < 0) {
        return SL_EMPTY;
    }
    *bytes = (double)sl_buffer_len(&req->body);
    if (req->body_state == SL_BODY_OPEN) {
        *bytes += (double)req->body_left;
    }
    return SL_OK;
}

bool sl_request_only_looks(const sl_request *req)
{
    sl_span method = req->parts[SL_PART_METHOD];

    return req->is_head ||
           (method.len == 3 && memcmp(method.data, "GET", 3) == 0);
}

int sl_request_condition(sl_request *req, uint32_t generation, const char *tag,
                         size_t tag_len, double modified)
{
    sl_validators now = {.tag = {tag, tag != NULL ? tag_len : 0}};

    if (req->generation != generation) {
        return SL_EGONE;
    }
    now.clock = sl_exchange_of_request(req)->pipeline->unix_s;
    now.modified =
        modified >= 0 && modified < 1e15 ? (int64_t)modified : INT64_C(-1);
    return sl_condition_of(&req->headers, &now, sl_request_only_looks(req));
}
