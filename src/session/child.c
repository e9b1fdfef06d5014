#include "session/child.h"

#include <string.h>

#include "pipeline/pipeline.h"

/* --- What the exchange asks --------------------------------------------------------- */

static void on_due(void *context, sl_exchange *exchange)
{
    sl_child *child = context;

    child->on_due(child);
}

static void on_informational(void *context, sl_exchange *exchange, int status,
                             const sl_fields *fields)
{
    /* There is nobody whom it would serve. */
}

static const sl_transport transport = {
    .due = on_due,
    .send = on_due,
    .want_body = on_due,
    .informational = on_informational,
};

/* --- The request ----------------------------------------------------------------------- */

static sl_span copy(sl_exchange *exchange, sl_span text)
{
    return text.data == NULL
               ? text
               : (sl_span){sl_arena_copy(&exchange->arena, text.data, text.len),
                           text.len};
}

static bool is_target(sl_span target)
{
    return target.len > 0 && target.data[0] == '/' &&
           sl_is_field_value(target.data, target.len) &&
           memchr(target.data, ' ', target.len) == NULL &&
           memchr(target.data, '\t', target.len) == NULL &&
           memchr(target.data, '#', target.len) == NULL;
}

static void set_target(sl_request *request, sl_span target)
{
    const char *mark = memchr(target.data, '?', target.len);
    size_t path_len = mark != NULL ? (size_t)(mark - target.data) : target.len;

    request->parts[SL_PART_TARGET] = target;
    request->parts[SL_PART_PATH] = (sl_span){target.data, path_len};
    request->parts[SL_PART_QUERY] =
        mark != NULL ? (sl_span){mark + 1, target.len - path_len - 1}
                     : (sl_span){0};
}

static sl_span copy_part(sl_exchange *exchange, sl_request *parent,
                         uint32_t part)
{
    sl_span text = {0};
    sl_status rc = sl_request_part(parent, parent->generation, part, &text);

    (void)rc; /* there is none then */
    return copy(exchange, text);
}

/* It comes from where its parent came from. */
static void copy_origin(sl_exchange *exchange, sl_request *parent)
{
    sl_request *request = &exchange->request;
    sl_origin *origin = sl_request_origin(request);

    request->parts[SL_PART_HOST] = copy_part(exchange, parent, SL_PART_HOST);
    request->parts[SL_PART_PEER] = copy_part(exchange, parent, SL_PART_PEER);
    origin->local = copy_part(exchange, parent, SL_PART_LOCAL);
    origin->scheme = copy_part(exchange, parent, SL_PART_SCHEME);
}

sl_status sl_child_open(sl_child *child, sl_request *parent, sl_span method,
                        sl_span target)
{
    const sl_exchange *of = sl_exchange_of_request(parent);
    sl_exchange *exchange;
    sl_request *request;

    if (!sl_is_token(method.data, method.len) || !is_target(target)) {
        return SL_EINVAL;
    }
    exchange = sl_exchange_create(of->pipeline, &transport, child);
    request = &exchange->request;
    request->version = parent->version;
    request->is_head = method.len == 4 && memcmp(method.data, "HEAD", 4) == 0;
    copy_origin(exchange, parent);
    sl_request_set_id(request, sl_request_id(parent),
                      parent->parts[SL_PART_ID].len);
    request->parts[SL_PART_METHOD] = copy(exchange, method);
    set_target(request, copy(exchange, target));
    child->exchange = exchange;
    child->inbox = (sl_queue){0};
    return SL_OK;
}

sl_status sl_child_set_field(sl_child *child, sl_span name, sl_span value)
{
    sl_fields *fields = &child->exchange->request.headers;

    if (!sl_is_token(name.data, name.len) ||
        !sl_is_field_value(value.data, value.len)) {
        return SL_EINVAL;
    }
    (void)sl_fields_remove(fields, name.data, name.len);
    sl_fields_add(fields, name.data, name.len, value.data, value.len);
    return SL_OK;
}

void sl_child_set_body(sl_child *child, sl_span body)
{
    sl_request *request = &child->exchange->request;

    request->body_left = (int64_t)body.len;
    if (body.len > 0) {
        sl_request_receive(request, body.data, body.len);
    }
    sl_request_end(request, SL_BODY_COMPLETE);
}

/* --- The answer -------------------------------------------------------------------------- */

static sl_response *response_of(const sl_child *child)
{
    return &child->exchange->response;
}

/* Of HEAD, 204 and 304 the body counts, and is not there. */
static void move_to_wire(sl_child *child)
{
    sl_response *response = response_of(child);
    bool is_suppressed = response->status == 204 || response->status == 304 ||
                         child->exchange->request.is_head;
    sl_piece *piece;

    while ((piece = sl_queue_pop(&response->ready)) != NULL) {
        if (is_suppressed && sl_piece_has_bytes(piece)) {
            piece->role = SL_ROLE_SUPPRESSED;
        }
        sl_queue_push(&response->wire, piece);
    }
    sl_response_sent(response, 0);
}

void sl_child_pull(sl_child *child)
{
    sl_response *response = response_of(child);
    uint64_t most = child->exchange->pipeline->settings.high_water;

    while (child->inbox.cost < most && sl_response_pull(response)) {
        sl_status rc;

        if (response->phase == SL_PHASE_HEAD) {
            sl_response_commit(response);
        }
        move_to_wire(child);
        rc = sl_response_give(response, &child->inbox);
        if (rc < 0) {
            sl_response_fail(response, rc);
        }
    }
}

sl_status sl_child_head(const sl_child *child)
{
    const sl_response *response = response_of(child);

    if (response->committed) {
        return SL_OK;
    }
    return response->phase == SL_PHASE_ABORTED ? response->failure : SL_PENDING;
}

sl_status sl_child_end(const sl_child *child)
{
    const sl_response *response = response_of(child);

    if (response->phase == SL_PHASE_DONE) {
        return SL_OK;
    }
    return response->phase == SL_PHASE_ABORTED ? response->failure : SL_PENDING;
}

bool sl_child_is_whole(const sl_child *child)
{
    return child->exchange->handler_over &&
           response_of(child)->phase == SL_PHASE_DONE;
}

double sl_child_bytes(const sl_child *child)
{
    return response_of(child)->sent_bytes;
}

sl_status sl_child_next(const sl_child *child)
{
    const sl_response *response = response_of(child);

    if (response->phase == SL_PHASE_ABORTED) {
        return response->failure;
    }
    if (child->inbox.first != NULL) {
        return SL_OK;
    }
    return response->phase == SL_PHASE_DONE ? SL_EMPTY : SL_PENDING;
}

void sl_child_take(sl_child *child, uint64_t bytes)
{
    sl_queue *inbox = &child->inbox;
    sl_pipeline *pipeline = child->exchange->pipeline;

    sl_queue_advance(inbox, bytes);
    if (inbox->first->len == 0) {
        sl_piece_destroy(pipeline, sl_queue_pop(inbox));
    }
    sl_queue_relax(pipeline, inbox);
    sl_child_pull(child);
}

void sl_child_close(sl_child *child)
{
    sl_exchange *exchange = child->exchange;

    sl_queue_clear(exchange->pipeline, &child->inbox);
    child->exchange = NULL;
    sl_exchange_release(exchange, SL_HOLD_SESSION);
}
