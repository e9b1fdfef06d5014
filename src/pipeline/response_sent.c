/* From the wire to the kernel: what was taken, and which marks passed with it. */
#include "pipeline/response.h"

#include <assert.h>

#include "pipeline/record.h"

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
        if (response->stages != NULL) {
            sl_chain_go_on(response); /* what had no bytes was not sent */
        }
        if (response->ended && response->phase == SL_PHASE_BODY) {
            (void)sl_phase_step(&response->phase, SL_PHASE_ENDS);
            assert(response->operations.in_flight == 0);
        }
    }
    sl_response_check_room(response);
}
