/* From what was accepted to what is ready for the wire. */
#include "pipeline/response.h"

#include <assert.h>

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

/* Is a stage not done with what it was pushed for? */
static bool is_at_work(const sl_response *response)
{
    return sl_response_awaits_stage(response) || sl_chain_wants_more(response);
}

static void move_through_stages(sl_response *response)
{
    sl_queue part = {0};
    sl_stage_push how;

    if (response->finished) {
        response->push = SL_PUSH_END;
    } else if (response->flush_due || is_event_stream(response)) {
        response->push = SL_PUSH_FLUSH;
    }
    how = (sl_stage_push)response->push;
    if (how == SL_PUSH && response->awaited_id > 0) {
        split_at_awaited(response, &part);
        sl_chain_run(response, &part, SL_PUSH_FLUSH);
        if (response->phase == SL_PHASE_ABORTED || response->stages == NULL) {
            return;
        }
        how = is_at_work(response) ? SL_PUSH_FLUSH : SL_PUSH;
    }
    sl_queue_splice(&part, &response->accepted);
    sl_chain_run(response, &part, how);
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
        if (response->stages == NULL || !is_at_work(response)) {
            response->awaited_id = 0; /* else stages are still to be flushed */
        }
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
