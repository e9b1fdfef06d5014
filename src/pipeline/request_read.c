/* The body of a request, and the operations that read from it. */
#include <assert.h>
#include <string.h>

#include "pipeline/pipeline.h"
#include "pipeline/record.h"

/* Does an operation wait for some of the body? */
static bool is_awaited(const sl_request *request)
{
    return request->inflow != NULL &&
           !sl_list_is_empty(&request->inflow->reads);
}

static void want_more(sl_request *req)
{
    sl_exchange *exchange = sl_exchange_of_request(req);

    if (exchange->transport != NULL) {
        sl_pipeline_refresh(exchange->pipeline);
        exchange->transport->want_body(exchange->session, exchange);
    }
}

uint64_t sl_request_room(sl_request *request)
{
    const sl_pipeline *pipeline = sl_exchange_of_request(request)->pipeline;
    uint64_t window = pipeline->settings.body_window;
    uint64_t held = sl_request_unread(request);

    return held < window ? window - held : 0;
}

/* Move what is there, at most `capacity` bytes; how much that is. The first
 * call, and one that makes room, lets the session read on. */
static size_t take(sl_request *req, char *buffer, size_t capacity)
{
    bool had_room = req->body_wanted && sl_request_room(req) > 0;
    size_t there = sl_request_unread(req);

    req->body_wanted = true;
    there = there < capacity ? there : capacity;
    if (there > 0) {
        memcpy(buffer, sl_buffer_data(&req->inflow->bytes), there);
        sl_buffer_consume(&req->inflow->bytes, there);
    }
    if (!had_room && req->body_state == SL_BODY_OPEN) {
        want_more(req);
    }
    return there;
}

static sl_status nothing_there(const sl_request *req)
{
    switch ((sl_body_state)req->body_state) {
    case SL_BODY_COMPLETE:
        return SL_EMPTY;
    case SL_BODY_FAILED:
        return SL_EABORTED;
    case SL_BODY_OPEN:
        break;
    }
    return SL_PENDING;
}

/* What a call gets at once. Those that wait go first. */
static sl_status read_now(sl_request *req, char *buffer, size_t capacity,
                          double *bytes)
{
    size_t taken;

    if (is_awaited(req)) {
        return SL_PENDING;
    }
    taken = take(req, buffer, capacity);
    *bytes = (double)taken;
    return taken > 0 ? SL_OK : nothing_there(req);
}

/* --- Operations ------------------------------------------------------------- */

static sl_status check_async(sl_request *req)
{
    const sl_exchange *exchange = sl_exchange_of_request(req);
    const sl_operations *operations = &exchange->response.operations;

    if (exchange->handler_over) {
        return SL_EGONE;
    }
    if (sl_operations_failed(operations) >=
            exchange->pipeline->settings.max_uncollected ||
        operations->last_id == UINT32_MAX) {
        return SL_ETOOBIG;
    }
    return SL_OK;
}

static sl_status read_async(sl_request *req, char *buffer, size_t capacity,
                            sl_operation *call)
{
    sl_status rc = check_async(req);
    sl_op *op;

    if (rc < 0) {
        return rc;
    }
    rc = read_now(req, buffer, capacity, &call->bytes);
    if (rc < 0 || (rc != SL_PENDING && !(call->flags & SL_ALWAYS_POST))) {
        return rc;
    }
    op = sl_op_create(&sl_exchange_of_request(req)->response, call,
                      SL_KIND_READ);
    op->buffer = buffer;
    op->capacity = capacity;
    op->in_call = false;
    call->id = op->done.id;
    call->completion_expected = 1;
    if (rc != SL_PENDING) {
        sl_op_complete(op, rc, call->bytes, 0);
    }
    return SL_PENDING;
}

static sl_op *first_read(const sl_request *req)
{
    return SL_CONTAINER(req->inflow->reads.next, sl_op, link);
}

static void complete_reads(sl_request *req)
{
    while (is_awaited(req) && sl_request_unread(req) > 0) {
        sl_op *op = first_read(req);

        sl_op_complete(op, SL_OK, (double)take(req, op->buffer, op->capacity),
                       0);
    }
}

void sl_request_end_reads(sl_request *request, sl_status status)
{
    while (is_awaited(request)) {
        sl_op_complete(first_read(request), status, 0, 0);
    }
}

sl_status sl_request_read(sl_request *req, uint32_t generation, char *buffer,
                          size_t capacity, sl_operation *op)
{
    sl_status rc;

    op->id = 0;
    op->completion_expected = 0;
    op->bytes = 0;
    op->wire_bytes = 0;
    if (req->generation != generation) {
        return SL_EGONE;
    }
    if (capacity == 0) {
        return SL_EINVAL;
    }
    if (op->flags & SL_ASYNC) {
        return read_async(req, buffer, capacity, op);
    }
    rc = read_now(req, buffer, capacity, &op->bytes);
    req->body_awaited = req->body_awaited || rc == SL_PENDING;
    return rc;
}

/* --- For the session ---------------------------------------------------------- */

static void tell_reader(sl_request *req)
{
    if (req->body_awaited) {
        req->body_awaited = false;
        sl_exchange_notify(sl_exchange_of_request(req), SL_EVENT_BODY);
    }
}

bool sl_request_is_whole(const sl_request *request, sl_span *body)
{
    size_t len = sl_request_unread(request);

    if (request->body_state != SL_BODY_COMPLETE || len == 0 ||
        is_awaited(request)) {
        return false;
    }
    *body = (sl_span){sl_buffer_data(&request->inflow->bytes), len};
    return true;
}

void sl_request_drop_whole(sl_request *request)
{
    request->body_wanted = true;
    if (request->inflow != NULL) {
        sl_buffer_deinit(&request->inflow->bytes);
    }
}

void sl_request_receive(sl_request *request, const char *data, size_t len)
{
    sl_buffer_append(&sl_request_inflow(request)->bytes, data, len);
    sl_record_note(&sl_exchange_of_request(request)->response,
                   SL_MOMENT_RECEIVED, 0, 0, (double)len);
    if (request->body_left > 0) {
        request->body_left -= (int64_t)len;
    }
    complete_reads(request);
    tell_reader(request);
}

void sl_request_end(sl_request *request, sl_body_state state)
{
    if (request->body_state == SL_BODY_OPEN) {
        request->body_state = (uint8_t)state;
        sl_request_end_reads(request, nothing_there(request));
        tell_reader(request);
    }
}
