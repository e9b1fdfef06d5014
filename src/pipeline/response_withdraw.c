#include "pipeline/response.h"

#include <assert.h>
#include <string.h>

#include "pipeline/record.h"

/* Cut the pieces of a write out of `accepted`; its mark stays. */
static void cut(sl_response *response, const sl_op *op)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);
    sl_queue kept = {0};
    sl_queue run = {0};
    sl_piece *piece;

    while ((piece = sl_queue_pop(&response->accepted)) != NULL) {
        if (piece->kind != SL_PIECE_MARK) {
            sl_queue_push(&run, piece);
            continue;
        }
        if (piece->as.op == op) {
            sl_queue_clear(pipeline, &run);
        } else {
            sl_queue_splice(&kept, &run);
        }
        sl_queue_push(&kept, piece);
    }
    sl_queue_splice(&kept, &run);
    sl_queue_splice(&response->accepted, &kept);
}

/* Remove the trailer fields of a write; those of later ones move up. */
static void cut_trailers(sl_response *response, sl_op *op)
{
    sl_fields *trailers = response->trailers;
    uint32_t end = op->trailers_from + op->ntrailers;
    sl_op *later = op;

    if (op->ntrailers == 0) {
        return;
    }
    for (uint32_t i = op->trailers_from; i < end; i++) {
        trailers->bytes -=
            trailers->items[i].name.len + trailers->items[i].value.len;
    }
    memmove(trailers->items + op->trailers_from, trailers->items + end,
            (trailers->count - end) * sizeof *trailers->items);
    trailers->count -= op->ntrailers;
    while ((later = sl_operations_next(&response->operations, later)) != NULL) {
        later->trailers_from -= op->ntrailers;
    }
    op->ntrailers = 0;
}

static void take_back(sl_response *response, sl_op *op)
{
    sl_record_note(response, SL_MOMENT_WITHDRAWN, 0, op->done.id, op->accepted);
    cut(response, op);
    cut_trailers(response, op);
    response->accepted_bytes -= op->accepted;
    if (op->ends_body) {
        response->finished = false;
        if (sl_exchange_of_response(response)->handler_over) {
            sl_response_push_end(response); /* nobody else will */
        }
    }
    sl_response_settle(response);
    sl_response_check_room(response);
}

void sl_response_withdraw(sl_response *response, sl_op *op, sl_status status)
{
    sl_exchange *exchange = sl_exchange_of_response(response);

    assert(op->state == SL_OP_FLYING);
    if (op->done.kind == SL_KIND_READ) {
        sl_op_complete(op, status, 0, 0);
        return;
    }
    if (op->done.kind == SL_KIND_CHILD) { /* it completes as any that fails */
        sl_timer_stop(&exchange->pipeline->timers, &op->timer);
        sl_response_fail(op->child, status);
        sl_exchange_due(sl_exchange_of_response(op->child));
        return;
    }
    op->state = SL_OP_WITHDRAWN;
    op->done.status = status;
    sl_timer_stop(&exchange->pipeline->timers, &op->timer);
    if (op->done.kind == SL_KIND_FLUSH) {
        sl_op_wake(op);
    } else if (op->done.id > response->moved_id && response->declared < 0) {
        take_back(response, op);
    } else {
        sl_response_fail(response, SL_EABORTED);
    }
    sl_exchange_due(exchange);
}

sl_status sl_response_cancel(sl_response *res, uint32_t generation, uint32_t id)
{
    sl_op *op;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    op = sl_operations_find(&res->operations, id);
    if (op == NULL || op->state == SL_OP_COMPLETED || op->orphaned) {
        return SL_EMPTY;
    }
    if (op->state == SL_OP_FLYING) {
        sl_response_withdraw(res, op, SL_ECANCELLED);
    }
    return SL_OK;
}
