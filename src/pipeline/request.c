#include <sluice/ranges.h>
#include <sluice/request.h>

#include <assert.h>
#include <string.h>

#include "http/condition.h"
#include "pipeline/pipeline.h"

void sl_request_set_id(sl_request *request, const char *id, size_t len)
{
    sl_arena *arena = &sl_exchange_of_request(request)->arena;

    assert(len < SL_REQUEST_ID);
    request->parts[SL_PART_ID] = (sl_span){sl_arena_copy(arena, id, len), len};
}

const char *sl_request_id(const sl_request *request)
{
    const char *id = request->parts[SL_PART_ID].data;

    return id != NULL ? id : "";
}

void sl_request_copy_id(const sl_request *request, char id[SL_REQUEST_ID])
{
    sl_span own = request->parts[SL_PART_ID];

    if (own.len > 0) {
        memcpy(id, own.data, own.len);
    }
    id[own.len] = '\0';
}

/* Few handlers ask, so nobody else pays for looking it up. */
static sl_span local_address(sl_request *req)
{
    sl_exchange *exchange = sl_exchange_of_request(req);
    const sl_transport *transport = exchange->transport;
    sl_origin *origin = sl_request_origin(req);

    if (origin->local.data == NULL && transport != NULL &&
        transport->local_address != NULL) {
        transport->local_address(exchange->session, exchange);
    }
    return origin->local;
}

static sl_span scheme(const sl_request *req)
{
    bool is_usual = req->origin == NULL || req->origin->scheme.data == NULL;

    return is_usual ? (sl_span){"http", 4} : req->origin->scheme;
}

sl_status sl_request_part(sl_request *req, uint32_t generation, uint32_t part,
                          sl_span *out)
{
    if (req->generation != generation) {
        return SL_EGONE;
    }
    if (part < SL_PART_LOCAL) {
        *out = req->parts[part];
    } else if (part == SL_PART_LOCAL) {
        *out = local_address(req);
    } else if (part == SL_PART_SCHEME) {
        *out = scheme(req);
    } else {
        return SL_EINVAL;
    }
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
    const sl_fields *fields = trailers ? req->trailers : &req->headers;

    if (req->generation != generation) {
        return SL_EGONE;
    }
    if (fields == NULL || nth >= fields->count) {
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
    *bytes = (double)sl_request_unread(req);
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
