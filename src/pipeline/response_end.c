#include "pipeline/response.h"

#include <assert.h>
#include <string.h>

#include "pipeline/record.h"

void sl_response_push_end(sl_response *response)
{
    sl_queue_push(&response->accepted,
                  sl_piece_create(sl_response_pipeline(response), SL_PIECE_END,
                                  SL_ROLE_BODY));
    response->finished = true;
}

sl_status sl_response_finish(sl_response *res, uint32_t generation)
{
    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (res->failure < 0) {
        return res->failure;
    }
    if (res->finished) {
        return SL_OK;
    }
    if (res->declared >= 0 && res->accepted_bytes < res->declared &&
        !sl_response_is_bodiless(res)) {
        sl_response_fail(res, SL_ELENGTH);
        sl_exchange_due(sl_exchange_of_response(res));
        return SL_ELENGTH;
    }
    sl_response_push_end(res);
    sl_exchange_due(sl_exchange_of_response(res));
    return SL_OK;
}

/* --- Failing ---------------------------------------------------------------- */

static const sl_piece *first_mark(const sl_queue *queue)
{
    const sl_piece *piece = queue->first;

    while (piece != NULL && piece->kind != SL_PIECE_MARK) {
        piece = piece->next;
    }
    return piece;
}

/* The first mark in the stages from `stage` on, the nearest to the socket
 * first. */
static const sl_piece *first_mark_of_stages(const sl_stage *stage)
{
    const sl_piece *mark;

    if (stage == NULL) {
        return NULL;
    }
    mark = first_mark_of_stages(stage->next);
    if (mark == NULL) {
        mark = first_mark(&stage->held);
    }
    return mark != NULL ? mark : first_mark(&stage->in);
}

/* Whose bytes were being sent: the operation that the next mark belongs to;
 * NULL: a run of sync writes. */
static sl_op *operation_under_way(const sl_response *response)
{
    const sl_piece *mark = first_mark(&response->wire);

    if (mark == NULL) {
        mark = first_mark(&response->ready);
    }
    if (mark == NULL) {
        mark = first_mark_of_stages(response->stages);
    }
    if (mark == NULL) {
        mark = first_mark(&response->accepted);
    }
    return mark != NULL ? mark->as.op : NULL;
}

static void clear_queues(sl_response *response)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);

    sl_queue_clear(pipeline, &response->wire);
    sl_queue_clear(pipeline, &response->ready);
    sl_chain_clear(response, response->failure);
    sl_queue_clear(pipeline, &response->accepted);
}

/* Complete everything in flight, in order. `partly` has had some of its bytes
 * taken; the others none. */
static void complete_all(sl_response *response, sl_status status,
                         const sl_op *partly)
{
    sl_op *op;

    while ((op = sl_operations_next(&response->operations, NULL)) != NULL) {
        if (op == partly) {
            sl_op_complete(op, status, response->segment_bytes,
                           response->segment_wire);
        } else {
            sl_op_complete(op, status, 0, 0);
        }
    }
}

void sl_response_fail(sl_response *response, sl_status status)
{
    sl_exchange *exchange = sl_exchange_of_response(response);
    sl_op *partly;

    if (sl_phase_step(&response->phase, SL_PHASE_FAILS) < 0) {
        return;
    }
    response->finished = true;
    response->failure = response->failure < 0 ? response->failure : status;
    sl_record_note(response, SL_MOMENT_FAILED, status, 0, 0);
    partly = operation_under_way(response);
    clear_queues(response);
    complete_all(response, status == SL_ELENGTH ? SL_EABORTED : status, partly);
    sl_request_end_reads(&exchange->request, SL_EABORTED);
    sl_response_end_wait(response);
    sl_exchange_notify(exchange, SL_EVENT_ABORTED | SL_EVENT_ROOM);
}

/* Has the client all of the message already, although nobody finished it? */
static bool is_whole(sl_response *response)
{
    if (response->phase != SL_PHASE_BODY || sl_response_held(response) > 0) {
        return false;
    }
    return sl_response_is_bodiless(response) ||
           (response->declared >= 0 && !response->reshaped &&
            response->sent_bytes >= response->declared);
}

sl_status sl_response_abort(sl_response *res, uint32_t generation)
{
    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (res->phase > SL_PHASE_BODY) {
        return SL_OK;
    }
    if (is_whole(res)) {
        res->needs_disconnect = true;
        return sl_response_finish(res, generation);
    }
    sl_response_fail(res, SL_EABORTED);
    sl_exchange_due(sl_exchange_of_response(res));
    return SL_OK;
}

/* --- Starting again ---------------------------------------------------------- */

void sl_response_discard(sl_response *response, sl_status status)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);

    assert(response->phase == SL_PHASE_HEAD);
    sl_record_note(response, SL_MOMENT_CLEARED, 0, 0, 0);
    sl_queue_clear(pipeline, &response->ready);
    sl_chain_clear(response, SL_OK);
    sl_queue_clear(pipeline, &response->accepted);
    if (response->trailers != NULL) {
        sl_fields_clear(response->trailers);
    }
    response->accepted_bytes = 0;
    response->finished = false;
    response->flush_due = false;
    response->mark_needed = false;
    response->push = SL_PUSH;
    complete_all(response, status, NULL);
    sl_response_check_room(response);
}

sl_status sl_response_check_replaceable(const sl_response *res,
                                        uint32_t generation)
{
    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (res->failure < 0) {
        return res->failure;
    }
    return res->phase == SL_PHASE_HEAD ? SL_OK : SL_ECOMMITTED;
}

sl_status sl_response_clear_headers(sl_response *res, uint32_t generation)
{
    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (res->failure < 0) {
        return res->failure;
    }
    if (res->phase != SL_PHASE_HEAD || res->head_closed) {
        return SL_ECOMMITTED;
    }
    sl_fields_clear(&res->headers);
    res->declared = -1;
    res->needs_disconnect = false;
    return SL_OK;
}

sl_status sl_response_clear(sl_response *res, uint32_t generation)
{
    sl_status rc;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (sl_exchange_of_response(res)->handler_over) {
        return res->failure < 0 ? res->failure : SL_EFINISHED;
    }
    if (res->phase == SL_PHASE_HEAD) {
        res->head_closed = false; /* the stages are to be asked again */
    }
    rc = sl_response_clear_headers(res, generation);
    if (rc < 0) {
        return rc;
    }
    sl_response_discard(res, SL_ECANCELLED);
    res->status = 200;
    if (res->wording != NULL) {
        res->wording->reason = (sl_span){0};
    }
    return SL_OK;
}

static bool is_redirection(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

sl_status sl_response_redirect(sl_response *res, uint32_t generation,
                               const char *url, size_t len, int status)
{
    bool was_closed = res->head_closed;
    sl_status rc = sl_response_check_replaceable(res, generation);

    if (rc < 0) {
        return rc;
    }
    if (sl_exchange_of_response(res)->handler_over) {
        return SL_EFINISHED;
    }
    if (!is_redirection(status) || len == 0 || !sl_is_field_value(url, len) ||
        memchr(url, ' ', len) != NULL) {
        return SL_EINVAL;
    }
    res->head_closed = false; /* stages are asked again */
    rc = sl_response_set_header(res, generation, "Location", 8, url, len, 1);
    if (rc < 0) {
        res->head_closed = was_closed;
        return rc;
    }
    sl_response_discard(res, SL_ECANCELLED);
    res->declared = -1;
    return sl_response_set_status(res, generation, status, NULL, 0);
}
