#include <assert.h>

#include "pipeline/response.h"

void sl_response_add_stage(sl_response *response, sl_stage *stage)
{
    sl_stage **end = &response->stages;

    assert(response->operations.last_id == 0 && response->accepted_bytes == 0);
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = stage;
    stage->next = NULL;
}

uint64_t sl_chain_cost(const sl_response *response)
{
    uint64_t cost = 0;

    for (const sl_stage *s = response->stages; s != NULL; s = s->next) {
        cost += s->in.cost + s->held.cost;
    }
    return cost;
}

/* Push once; a stage that held more than it declared is told to flush, and
 * fails when it still does although it does not wait. */
static sl_status push(sl_stage *stage, sl_queue *out, sl_stage_push how)
{
    sl_status rc = stage->ops->push(stage, &stage->in, out, how);

    if (rc >= 0 && stage->held.bytes > stage->holds_bytes && !stage->waiting) {
        rc = stage->ops->push(stage, &stage->in, out,
                              how == SL_PUSH ? SL_PUSH_FLUSH : how);
    }
    if (rc >= 0 && stage->held.bytes > stage->holds_bytes && !stage->waiting) {
        rc = SL_ESTAGE;
    }
    return rc;
}

/* Start the timer for what is held longest, or stop it. */
static void time_holding(sl_response *response)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);
    uint64_t due_ms = UINT64_MAX;

    for (sl_stage *s = response->stages; s != NULL; s = s->next) {
        if (sl_queue_is_empty(&s->held)) {
            s->held_since_ms = 0;
            continue;
        }
        if (s->held_since_ms == 0) {
            s->held_since_ms = pipeline->now_ms;
        }
        if (s->held_since_ms + s->holds_ms < due_ms) {
            due_ms = s->held_since_ms + s->holds_ms;
        }
    }
    if (due_ms == UINT64_MAX) {
        sl_timer_stop(&pipeline->timers, &response->hold_timer);
    } else if (response->push == SL_PUSH) {
        sl_timer_start(&pipeline->timers, &response->hold_timer, due_ms);
    }
}

void sl_chain_run(sl_response *response, sl_queue *part, sl_stage_push how)
{
    for (sl_stage *s = response->stages; s != NULL; s = s->next) {
        sl_queue *out = s->next != NULL ? &s->next->in : &response->ready;
        sl_status rc = SL_OK;

        if (part != NULL) {
            sl_queue_splice(&s->in, part);
            part = NULL;
        }
        if (!s->waiting) {
            rc = push(s, out, how);
        }
        if (rc < 0) {
            sl_response_fail(response, SL_ESTAGE);
            sl_exchange_due(sl_exchange_of_response(response));
            return;
        }
    }
    if (sl_chain_cost(response) == 0) {
        response->push = SL_PUSH;
    }
    time_holding(response);
}

void sl_chain_clear(sl_response *response)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);

    for (sl_stage *s = response->stages; s != NULL; s = s->next) {
        sl_queue_clear(pipeline, &s->in);
        sl_queue_clear(pipeline, &s->held);
        s->held_since_ms = 0;
        s->waiting = false;
    }
    sl_timer_stop(&pipeline->timers, &response->hold_timer);
}

void sl_chain_destroy(sl_response *response)
{
    sl_chain_clear(response);
    while (response->stages != NULL) {
        sl_stage *stage = response->stages;

        response->stages = stage->next;
        stage->ops->destroy(stage);
    }
}
