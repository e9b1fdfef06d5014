#include "pipeline/response.h"

#include <string.h>

const sl_fields *sl_response_trailers(const sl_response *response)
{
    static const sl_fields none;

    return response->trailers != NULL ? response->trailers : &none;
}

void sl_response_init(sl_response *response, uint32_t generation,
                      sl_arena *arena)
{
    response->generation = generation;
    response->phase = SL_PHASE_HEAD;
    response->status = 200;
    response->declared = -1;
    response->shaped = -1;
    response->trailers_ok = true;
    response->interim_ok = true;
    sl_fields_init(&response->headers, arena);
}

void sl_response_deinit(sl_response *response)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);

    sl_queue_clear(pipeline, &response->accepted);
    sl_queue_clear(pipeline, &response->ready);
    sl_queue_clear(pipeline, &response->wire);
    sl_chain_destroy(response, SL_EMPTY);
    sl_operations_deinit(&response->operations);
    if (response->wording != NULL) {
        sl_arena_reset(&response->wording->arena);
    }
}

uint64_t sl_response_held(const sl_response *response)
{
    return response->accepted.cost + sl_chain_cost(response) +
           response->ready.cost + response->wire.cost;
}

bool sl_response_is_bodiless(sl_response *response)
{
    return sl_exchange_of_response(response)->request.is_head ||
           response->status == 204 || response->status == 304;
}

static bool quota_is_spent(const sl_pipeline *pipeline)
{
    const sl_quota *quota = pipeline->quota;

    return quota != NULL && quota->turn == pipeline->turn &&
           (quota->calls >= pipeline->settings.quota_calls ||
            quota->bytes >= pipeline->settings.quota_bytes);
}

sl_status sl_response_admit(sl_response *response, uint32_t generation,
                            uint32_t flags)
{
    const sl_pipeline *pipeline = sl_response_pipeline(response);
    const sl_pipeline_settings *settings = &pipeline->settings;
    uint64_t held;

    /* Before all failures: who goes on calling a response that is over has to
     * let others run, like everybody else. */
    if ((flags & (SL_AT_MARK | SL_IN_TURN)) && quota_is_spent(pipeline)) {
        return SL_EAGAIN;
    }
    if (response->generation != generation) {
        return SL_EGONE;
    }
    if (response->failure < 0) {
        return response->failure;
    }
    if (response->finished) {
        return SL_EFINISHED;
    }
    held = sl_response_held(response);
    if (held >= settings->hard_limit ||
        ((flags & SL_AT_MARK) && held >= settings->high_water)) {
        return SL_EAGAIN;
    }
    if ((flags & SL_ASYNC) && sl_operations_failed(&response->operations) >=
                                  settings->max_uncollected) {
        return SL_ETOOBIG;
    }
    if (response->operations.last_id == UINT32_MAX) {
        return SL_ETOOBIG; /* ids are never used twice */
    }
    return SL_OK;
}

sl_status sl_response_check_length(sl_response *res, uint64_t bytes,
                                   bool is_last)
{
    double total = res->accepted_bytes + (double)bytes;

    if (res->declared < 0) {
        return SL_OK;
    }
    if (total > res->declared ||
        (is_last && total < res->declared && !sl_response_is_bodiless(res))) {
        return SL_ELENGTH;
    }
    return SL_OK;
}

void sl_response_end_wait(sl_response *response)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);

    if (response->room_awaited) {
        response->room_awaited = false;
        sl_counter_add(&pipeline->tally->waited_us,
                       pipeline->now_us - response->room_since_us);
    }
}

void sl_response_check_room(sl_response *response)
{
    const sl_pipeline *pipeline = sl_response_pipeline(response);

    if (response->room_awaited &&
        sl_response_held(response) < pipeline->settings.high_water) {
        sl_response_end_wait(response);
        sl_exchange_notify(sl_exchange_of_response(response), SL_EVENT_ROOM);
    }
}

sl_status sl_response_await_room(sl_response *res, uint32_t generation)
{
    sl_pipeline *pipeline;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    pipeline = sl_response_pipeline(res);
    if (res->phase == SL_PHASE_ABORTED ||
        sl_response_held(res) < pipeline->settings.high_water) {
        return SL_OK;
    }
    if (!res->room_awaited) {
        res->room_awaited = true;
        res->room_since_us = pipeline->now_us;
        sl_counter_add(&pipeline->tally->waits, 1);
    }
    sl_exchange_due(sl_exchange_of_response(res));
    return SL_PENDING;
}

sl_status sl_response_await(sl_response *res, uint32_t generation, uint32_t id)
{
    const sl_op *op;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    op = sl_operations_find(&res->operations, id);
    if (op == NULL || op->state == SL_OP_COMPLETED || op->orphaned) {
        return SL_OK;
    }
    if (op->done.kind != SL_KIND_READ && op->done.kind != SL_KIND_CHILD &&
        id > res->awaited_id) {
        res->awaited_id = id;
        sl_exchange_due(sl_exchange_of_response(res));
    }
    return SL_PENDING;
}

sl_status sl_response_set_buffering(sl_response *res, uint32_t generation,
                                    double bytes)
{
    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (!(bytes >= 0) || bytes > 9007199254740992.0) {
        return SL_EINVAL;
    }
    res->buffering = (uint64_t)bytes;
    sl_exchange_due(sl_exchange_of_response(res));
    return SL_OK;
}

sl_status sl_response_set_need_disconnect(sl_response *res, uint32_t generation,
                                          int disconnect)
{
    if (res->generation != generation) {
        return SL_EGONE;
    }
    res->needs_disconnect = disconnect != 0;
    return SL_OK;
}

/* Entity bytes accepted and not yet sent. When stages make others of them it is
 * what is there of both. */
static double pending_bytes(const sl_response *res)
{
    uint64_t bytes;

    if (res->phase == SL_PHASE_ABORTED) {
        return 0;
    }
    if (!res->reshaped) {
        return res->accepted_bytes - res->sent_bytes;
    }
    bytes = res->accepted.bytes + res->ready.bytes + res->wire.bytes;
    for (const sl_stage *s = res->stages; s != NULL; s = s->next) {
        bytes += s->in.bytes + s->held.bytes + s->holding;
    }
    return (double)bytes;
}

sl_status sl_response_describe(sl_response *res, uint32_t generation,
                               sl_response_stat *stat)
{
    if (res->generation != generation) {
        return SL_EGONE;
    }
    *stat = (sl_response_stat){
        .status = res->status,
        .committed = res->committed,
        .finished = res->finished,
        .failure = res->failure,
        .in_flight =
            res->operations.in_flight + sl_operations_reading(&res->operations),
        .has_room = sl_response_held(res) <
                    sl_response_pipeline(res)->settings.high_water,
        .pending_bytes = pending_bytes(res),
        .sent_bytes = res->sent_bytes,
        .wire_bytes = res->wire_bytes,
        .dropped_trailers = res->dropped_trailers,
    };
    return SL_OK;
}
