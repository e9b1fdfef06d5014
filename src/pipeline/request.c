#include <sluice/request.h>

#include <string.h>

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

static void want_more(sl_request *req)
{
    sl_exchange *exchange = sl_exchange_of_request(req);

    if (exchange->transport != NULL) {
        sl_pipeline_refresh(exchange->pipeline);
        exchange->transport->want_body(exchange->session, exchange);
    }
}

static sl_status nothing_there(sl_request *req)
{
    switch ((sl_body_state)req->body_state) {
    case SL_BODY_COMPLETE:
        return SL_EMPTY;
    case SL_BODY_FAILED:
        return SL_EABORTED;
    case SL_BODY_OPEN:
        break;
    }
    req->body_awaited = true;
    return SL_PENDING;
}

sl_status sl_request_read(sl_request *req, uint32_t generation, char *buffer,
                          size_t capacity, size_t *len)
{
    size_t there;
    bool had_room;

    if (req->generation != generation) {
        return SL_EGONE;
    }
    if (capacity == 0) {
        return SL_EINVAL;
    }
    had_room = req->body_wanted && sl_request_room(req) > 0;
    req->body_wanted = true;
    there = sl_buffer_len(&req->body);
    if (there > capacity) {
        there = capacity;
    }
    if (there > 0) {
        memcpy(buffer, sl_buffer_data(&req->body), there);
        sl_buffer_consume(&req->body, there);
        *len = there;
    }
    if (!had_room && req->body_state == SL_BODY_OPEN) {
        want_more(req);
    }
    return there > 0 ? SL_OK : nothing_there(req);
}

sl_status sl_request_remaining(sl_request *req, uint32_t generation,
                               double *bytes)
{
    if (req->generation != generation) {
        return SL_EGONE;
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

static void tell_reader(sl_request *req)
{
    if (req->body_awaited) {
        req->body_awaited = false;
        sl_exchange_notify(sl_exchange_of_request(req), SL_EVENT_BODY);
    }
}

void sl_request_receive(sl_request *request, const char *data, size_t len)
{
    sl_buffer_append(&request->body, data, len);
    if (request->body_left > 0) {
        request->body_left -= (int64_t)len;
    }
    tell_reader(request);
}

void sl_request_end(sl_request *request, sl_body_state state)
{
    if (request->body_state == SL_BODY_OPEN) {
        request->body_state = (uint8_t)state;
        tell_reader(request);
    }
}

uint64_t sl_request_room(sl_request *request)
{
    const sl_pipeline *pipeline = sl_exchange_of_request(request)->pipeline;
    uint64_t window = pipeline->settings.body_window;
    uint64_t held = sl_buffer_len(&request->body);

    return held < window ? window - held : 0;
}
