/* What goes through the stages of a response. */
#include "pipeline/response.h"

/* --- Failing ---------------------------------------------------------------- */

/* Before the head has left there is still an answer to give. */
static void fail(sl_response *response, const sl_stage *stage, sl_status why)
{
    sl_exchange *exchange = sl_exchange_of_response(response);
    const sl_pipeline *pipeline = exchange->pipeline;

    if (pipeline->host->on_stage_failed != NULL) {
        pipeline->host->on_stage_failed(pipeline->host_context, exchange,
                                        stage->ops->name, why);
    }
    if (response->phase == SL_PHASE_HEAD) {
        sl_exchange_stage_failed(exchange, why);
    } else {
        sl_response_fail(response, SL_ESTAGE);
    }
    sl_exchange_due(exchange);
}

/* --- The head ----------------------------------------------------------------- */

bool sl_chain_begin(sl_response *response)
{
    bool closes = response->head_closed;
    sl_stage *next;

    for (sl_stage *s = response->stages; s != NULL; s = next) {
        sl_status rc = SL_OK;

        next = s->next;
        if (!s->begun && !s->waiting && s->ops->headers != NULL) {
            s->more = false;
            rc = s->ops->headers(s);
            closes = true;
        }
        if (s->waiting && !s->begun) {
            return false;
        }
        if (rc < 0) {
            fail(response, s, rc);
            return false;
        }
        s->begun = true;
        if (rc == SL_EMPTY) {
            sl_chain_take_out(response, s);
        } else if (s->reshapes) {
            response->reshaped = true;
            response->shaped = s->length;
        }
    }
    response->head_closed = closes;
    return true;
}

/* --- The body ----------------------------------------------------------------- */

static bool holds_too_much(const sl_stage *stage)
{
    return stage->held.bytes + stage->holding > stage->holds_bytes &&
           !stage->waiting && !stage->more;
}

/* Push once; a stage that held more than it declared is told to flush, and
 * fails when it still does although it does not wait. */
static sl_status push(sl_stage *stage, sl_queue *out, sl_stage_push how)
{
    sl_status rc;

    stage->more = false;
    stage->spent = false;
    rc = stage->ops->push(stage, &stage->in, out, how);
    if (rc >= 0 && holds_too_much(stage)) {
        rc = stage->ops->push(stage, &stage->in, out,
                              how == SL_PUSH ? SL_PUSH_FLUSH : how);
    }
    if (rc >= 0 && holds_too_much(stage)) {
        rc = SL_ETOOBIG;
    }
    return rc;
}

/* When a stage is to be pushed again by itself: it has held something for long
 * enough, or the next turn is its own. */
static uint64_t due_of(sl_stage *stage, uint64_t now_ms)
{
    bool holds = !sl_queue_is_empty(&stage->held) || stage->holding > 0;

    if (stage->more && stage->spent && !stage->waiting) {
        return now_ms;
    }
    if (holds && !stage->holds) {
        stage->held_since_ms = now_ms;
    }
    stage->holds = holds;
    if (!holds) {
        return UINT64_MAX;
    }
    return stage->held_since_ms + stage->holds_ms;
}

/* Start the timer for what comes first, or stop it. */
static void set_timer(sl_response *response)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);
    uint64_t due_ms = UINT64_MAX;
    bool is_owed = response->push != SL_PUSH;

    for (sl_stage *s = response->stages; s != NULL; s = s->next) {
        uint64_t due = due_of(s, pipeline->now_ms);

        /* What is being flushed already is not waited for. */
        if (due < due_ms && (!is_owed || s->spent)) {
            due_ms = due;
        }
    }
    if (due_ms != UINT64_MAX) {
        sl_response_hold_until(response, due_ms);
    } else if (!is_owed) {
        sl_response_end_hold(response);
    }
}

bool sl_chain_holds_long(const sl_response *response, uint64_t now_ms)
{
    for (const sl_stage *s = response->stages; s != NULL; s = s->next) {
        if (s->holds && s->held_since_ms + s->holds_ms <= now_ms) {
            return true;
        }
    }
    return false;
}

/* Has it let everything go, the end too? */
static bool is_through(const sl_stage *stage)
{
    return sl_queue_is_empty(&stage->in) && sl_queue_is_empty(&stage->held) &&
           stage->holding == 0;
}

void sl_chain_go_on(sl_response *response)
{
    sl_stage *s = response->stages;

    while (s != NULL && !(s->more && !s->spent && !s->waiting &&
                          sl_stage_has_room(response, s))) {
        s = s->next;
    }
    if (s != NULL && sl_queue_is_empty(&response->ready)) {
        sl_exchange_due(sl_exchange_of_response(response));
    }
}

/* What stands behind a stage that has not let the end go does not end yet. */
void sl_chain_run(sl_response *response, sl_queue *part, sl_stage_push how)
{
    for (sl_stage *s = response->stages; s != NULL; s = s->next) {
        sl_queue *out = sl_stage_out(response, s);
        sl_status rc = SL_OK;

        if (part != NULL) {
            sl_queue_splice(&s->in, part);
            part = NULL;
        }
        if (!s->waiting) {
            rc = push(s, out, how);
        }
        if (rc < 0) {
            fail(response, s, rc);
            return;
        }
        if (how == SL_PUSH_END && !is_through(s)) {
            how = SL_PUSH_FLUSH;
        }
    }
    if (!sl_chain_is_busy(response)) {
        response->push = SL_PUSH;
    }
    set_timer(response);
    sl_chain_go_on(response);
}

void sl_response_resume(sl_response *response)
{
    for (sl_stage *stage = response->stages; stage; stage = stage->next) {
        stage->waiting = false;
    }
    if (response->push == SL_PUSH) {
        response->push = SL_PUSH_FLUSH;
    }
    sl_exchange_due(sl_exchange_of_response(response));
}
