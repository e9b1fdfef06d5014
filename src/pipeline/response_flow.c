#include "pipeline/response.h"

#include <assert.h>
#include <string.h>

#include "pipeline/record.h"

/* --- From accepted to ready ------------------------------------------------ */

static bool has_stream_type(const sl_response *response)
{
    static const char stream[] = "text/event-stream";
    const sl_field *type =
        sl_fields_find(&response->headers, "Content-Type", 12, 0);

    return type != NULL && type->value.len >= sizeof stream - 1 &&
           sl_field_is((sl_span){type->value.data, sizeof stream - 1}, stream,
                       sizeof stream - 1);
}

/* Stages may not hold an event back, the first one neither. */
static bool is_event_stream(const sl_response *response)
{
    return response->event_stream ||
           (response->phase == SL_PHASE_HEAD && has_stream_type(response));
}

/* Shall what was accepted, or what the stages hold, move on? */
static bool wants_out(sl_response *response)
{
    const sl_pipeline *pipeline = sl_response_pipeline(response);
    const sl_queue *accepted = &response->accepted;

    if (sl_queue_is_empty(accepted) && !sl_chain_is_busy(response)) {
        return false;
    }
    if (response->flush_due || response->finished || response->room_awaited ||
        response->push != SL_PUSH || response->awaited_id > 0) {
        return true;
    }
    if (sl_chain_is_busy(response) &&
        (is_event_stream(response) || sl_chain_wants_more(response))) {
        return true;
    }
    return accepted->bytes > 0 &&
           (accepted->bytes >= response->buffering ||
            accepted->cost >= pipeline->settings.high_water);
}

/* Take what stands up to the awaited operation's mark out of `accepted`;
 * nothing when that has moved on already. */
static void split_at_awaited(sl_response *response, sl_queue *part)
{
    sl_piece *piece;

    if (response->awaited_id <= response->moved_id) {
        return;
    }
    while ((piece = sl_queue_pop(&response->accepted)) != NULL) {
        const sl_op *op = piece->kind == SL_PIECE_MARK ? piece->as.op : NULL;

        sl_queue_push(part, piece);
        if (op != NULL && op->done.id >= response->awaited_id) {
            return;
        }
    }
}

static void move_through_stages(sl_response *response)
{
    sl_queue part = {0};

    if (response->finished) {
        response->push = SL_PUSH_END;
    } else if (response->flush_due || is_event_stream(response)) {
        response->push = SL_PUSH_FLUSH;
    }
    if (response->push == SL_PUSH && response->awaited_id > 0) {
        split_at_awaited(response, &part);
        sl_chain_run(response, &part, SL_PUSH_FLUSH);
        if (response->phase == SL_PHASE_ABORTED || response->stages == NULL) {
            return;
        }
    }
    sl_queue_splice(&part, &response->accepted);
    sl_chain_run(response, &part, (sl_stage_push)response->push);
}

/* False: a stage waits before the head leaves. They may all be gone afterwards:
 * none wanted to take part, or one has failed. */
static bool run_stages(sl_response *response)
{
    if (response->phase == SL_PHASE_HEAD && !sl_chain_begin(response) &&
        response->stages != NULL) {
        return false;
    }
    if (response->stages != NULL) {
        move_through_stages(response);
        sl_response_check_room(response); /* what was dropped is never sent */
    }
    return true;
}

bool sl_response_pull(sl_response *response)
{
    const sl_pipeline *pipeline = sl_response_pipeline(response);

    if (response->phase > SL_PHASE_BODY) {
        return false;
    }
    /* What waits behind a full socket stays whole: it can still be joined
     * with what comes, or withdrawn. */
    if (response->wire.cost < pipeline->settings.send_threshold &&
        wants_out(response)) {
        if (response->stages != NULL && !run_stages(response)) {
            return false; /* one waits before the head leaves */
        }
        if (response->stages == NULL) {
            sl_queue_splice(&response->ready, &response->accepted);
        }
        response->moved_id = response->operations.last_id;
        response->flush_due = false;
        response->awaited_id = 0;
    }
    return !sl_queue_is_empty(&response->ready);
}

bool sl_response_holds_back(const sl_response *response)
{
    return !sl_queue_is_empty(&response->accepted) ||
           sl_chain_is_busy(response) || !sl_queue_is_empty(&response->ready);
}

bool sl_response_is_complete(const sl_response *response)
{
    return response->finished && response->phase != SL_PHASE_ABORTED &&
           sl_queue_is_empty(&response->accepted) &&
           !sl_chain_is_busy(response);
}

void sl_response_commit(sl_response *response)
{
    sl_status rc = sl_phase_step(&response->phase, SL_PHASE_COMMITS);

    assert(rc == SL_OK);
    (void)rc;
    response->committed = true;
    if (response->resting != NULL) {
        sl_chain_dismiss(response);
    }
    if (!response->finished) {
        response->is_stream = true;
        sl_response_pipeline(response)->streams++;
    }
    response->event_stream =
        response->stages != NULL && has_stream_type(response);
}

/* --- From wire to the kernel ------------------------------------------------ */

static void count_taken(sl_response *response, const sl_piece *piece,
                        uint64_t len)
{
    double taken = (double)len;

    switch ((sl_piece_role)piece->role) {
    case SL_ROLE_BODY:
        response->sent_bytes += taken;
        response->segment_bytes += taken;
        response->wire_bytes += taken;
        response->segment_wire += taken;
        break;
    case SL_ROLE_SUPPRESSED:
        response->sent_bytes += taken;
        response->segment_bytes += taken;
        break;
    case SL_ROLE_FRAMING:
        response->wire_bytes += taken;
        response->segment_wire += taken;
        break;
    case SL_ROLE_INTERIM:
        response->wire_bytes += taken;
        break;
    }
}

/* A mark has nothing left in front of it. */
static void pass_mark(sl_response *response, sl_piece *mark)
{
    sl_op *op = mark->as.op;
    double bytes = response->segment_bytes;
    double wire_bytes = response->segment_wire;

    response->segment_bytes = 0;
    response->segment_wire = 0;
    if (op == NULL) {
        sl_piece_destroy(sl_response_pipeline(response), mark);
        return;
    }
    if (op->done.kind == SL_KIND_WRITE) {
        bytes = op->state == SL_OP_WITHDRAWN ? 0 : op->accepted;
    }
    sl_op_complete(op, SL_OK, bytes, wire_bytes);
}

/* Use up to *len bytes of the first piece; false: it is not used up. */
static bool take_bytes(sl_response *response, uint64_t *len)
{
    sl_queue *wire = &response->wire;
    const sl_piece *piece = wire->first;
    uint64_t taken = piece->len;

    if (piece->role != SL_ROLE_SUPPRESSED) {
        taken = *len < piece->len ? *len : piece->len;
        *len -= taken;
    }
    count_taken(response, piece, taken);
    if (taken < piece->len) {
        sl_queue_advance(wire, taken);
        return false;
    }
    sl_piece_destroy(sl_response_pipeline(response), sl_queue_pop(wire));
    return true;
}

static void take_from_wire(sl_response *response, uint64_t len)
{
    sl_queue *wire = &response->wire;

    while (!sl_queue_is_empty(wire)) {
        if (sl_piece_has_bytes(wire->first)) {
            if (!take_bytes(response, &len)) {
                break;
            }
        } else if (wire->first->kind == SL_PIECE_MARK) {
            pass_mark(response, sl_queue_pop(wire));
        } else {
            response->ended |= wire->first->kind == SL_PIECE_END;
            sl_piece_destroy(sl_response_pipeline(response),
                             sl_queue_pop(wire));
        }
    }
    assert(len == 0);
}

static bool is_settled(sl_response *response, const sl_piece *first)
{
    if (first == NULL || first->kind != SL_PIECE_MARK) {
        return false;
    }
    /* A flush waits for the head, a write without bytes for nothing. */
    return response->phase == SL_PHASE_BODY || first->as.op == NULL ||
           first->as.op->done.kind == SL_KIND_WRITE;
}

void sl_response_settle(sl_response *response)
{
    if (!sl_queue_is_empty(&response->wire) ||
        !sl_queue_is_empty(&response->ready) || sl_chain_is_busy(response)) {
        return;
    }
    while (is_settled(response, response->accepted.first)) {
        pass_mark(response, sl_queue_pop(&response->accepted));
    }
    if (sl_queue_is_empty(&response->accepted)) {
        response->flush_due = false;
        response->awaited_id = 0;
    }
}

void sl_response_sent(sl_response *response, uint64_t len)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);

    if (response->first_us == 0) { /* which it stays while it is recorded */
        if (response->record != NULL) {
            sl_record_sent(response, len);
        } else if (response->committed) {
            response->first_us = pipeline->now_us;
        }
    }
    response->sends += len > 0;
    take_from_wire(response, len);
    sl_response_settle(response);
    if (sl_queue_is_empty(&response->wire)) {
        sl_queue_relax(pipeline, &response->wire);
        sl_queue_relax(pipeline, &response->accepted);
        if (response->ended && response->phase == SL_PHASE_BODY) {
            (void)sl_phase_step(&response->phase, SL_PHASE_ENDS);
            assert(response->operations.in_flight == 0);
        }
    }
    sl_response_check_room(response);
}
