/* Stages of <sluice/stage.h>: the marks and the end go through them by
 * themselves, so that no stage can get their order wrong. */
#include "pipeline/user_stage.h"

#include <string.h>

static sl_pipeline *pipeline_of(const sl_user_stage *s)
{
    return sl_response_pipeline(s->response);
}

/* --- What the chain calls -------------------------------------------------------- */

/* It has waited for longer than it may. */
static void on_late(sl_timer *timer, uint64_t now_ms)
{
    sl_user_stage *s = SL_CONTAINER(timer, sl_user_stage, timer);

    sl_counter_add(&pipeline_of(s)->tally->stuck, 1);
    sl_user_stage_go_on(s, SL_ETIMEDOUT);
}

static void begin_wait(sl_user_stage *s)
{
    sl_pipeline *pipeline = pipeline_of(s);
    uint32_t most_ms = pipeline->settings.stage_timeout_ms;

    s->base.waiting = true;
    if (most_ms > 0) {
        sl_timer_start(&pipeline->timers, &s->timer,
                       pipeline->now_ms + most_ms);
    }
}

/* Note what came of a callback that may wait. */
static sl_status take_answer(sl_user_stage *s, sl_status rc)
{
    if (rc == SL_PENDING) {
        begin_wait(s);
        return SL_OK;
    }
    return rc == SL_ETIMEDOUT ? SL_ESTAGE : rc; /* that is our own word */
}

static sl_status headers(sl_stage *base)
{
    sl_user_stage *s = sl_user_stage_of(base);
    sl_status rc;

    if (s->is_resumed) {
        s->is_resumed = false;
        return s->result;
    }
    s->is_called = true;
    rc = s->type->headers(base, s->response, s->generation, s->state);
    s->is_called = false;
    return take_answer(s, rc);
}

void sl_user_stage_pass_marks(sl_user_stage *s)
{
    sl_queue *in = &s->base.in;
    sl_queue *held = &s->base.held;
    sl_queue *out = sl_stage_out(s->response, &s->base);

    if (s->base.holding > 0 || s->is_unsettled) {
        out = held;
    } else {
        sl_queue_splice(out, held);
    }
    while (in->first != NULL && (in->first->kind == SL_PIECE_MARK ||
                                 in->first->kind == SL_PIECE_OWNER)) {
        sl_queue_push(out, sl_queue_pop(in));
    }
}

/* A push is done: the end goes on when there is nothing else. */
static sl_status settle(sl_user_stage *s, sl_queue *in, sl_queue *out,
                        sl_stage_push how)
{
    sl_stage *base = &s->base;
    bool keeps = !base->reshapes;

    s->is_unsettled = false;
    sl_user_stage_pass_marks(s);
    if (in->bytes > 0) { /* it has stopped: for want of room, or of its share */
        base->more = true;
        base->spent = sl_stage_has_room(s->response, base);
    }
    if (how != SL_PUSH_END || in->first == NULL ||
        in->first->kind != SL_PIECE_END) {
        return SL_OK;
    }
    if (s->base.holding > 0) {
        return SL_ETOOBIG; /* at the end it may keep nothing */
    }
    if (keeps ? s->taken != s->put
              : base->length >= 0 && (double)s->put != base->length) {
        return SL_ELENGTH;
    }
    sl_queue_splice(out, in);
    return SL_OK;
}

/* Is there something that the stage has to be told? */
static bool has_work(const sl_user_stage *s, const sl_queue *in,
                     sl_stage_push how)
{
    if (in->first == NULL) {
        return how != SL_PUSH && s->base.holding > 0;
    }
    return how != SL_PUSH || in->bytes > 0;
}

static sl_status pass_all(sl_queue *in, sl_queue *out)
{
    sl_queue_splice(out, in);
    return SL_OK;
}

/* What came of a push, in the call or after a wait. */
static sl_status conclude(sl_user_stage *s, sl_queue *in, sl_queue *out,
                          sl_stage_push how, sl_status rc)
{
    const sl_stage *base = &s->base;

    if (rc >= 0) {
        rc = settle(s, in, out, how);
    }
    /* A flush that leaves something behind would never complete. */
    if (rc >= 0 && how != SL_PUSH && !base->more && base->holding > 0) {
        rc = SL_ETOOBIG;
    }
    return rc;
}

static sl_status call(sl_user_stage *s, sl_queue *in, sl_queue *out,
                      sl_stage_push how)
{
    sl_status rc = SL_OK;

    if (in->bytes > 0 && !sl_stage_has_room(s->response, &s->base)) {
        s->base.more = true; /* it would be told to come again */
        return SL_OK;
    }
    if (has_work(s, in, how)) {
        s->is_called = true;
        rc = s->type->push(&s->base, s->response, s->generation, how, s->state);
        s->is_called = false;
        s->how = (uint8_t)how;
        rc = take_answer(s, rc);
    }
    return s->base.waiting ? SL_OK : conclude(s, in, out, how, rc);
}

static sl_status push(sl_stage *base, sl_queue *in, sl_queue *out,
                      sl_stage_push how)
{
    sl_user_stage *s = sl_user_stage_of(base);

    if (s->type->push == NULL) {
        return pass_all(in, out);
    }
    if (s->is_resumed) {
        sl_status rc;

        s->is_resumed = false;
        rc = conclude(s, in, out, (sl_stage_push)s->how, s->result);
        /* More was asked of it while it waited, and nobody asks again. */
        if (rc < 0 || base->more || s->how >= how) {
            return rc;
        }
    }
    return call(s, in, out, how);
}

static void reset(sl_stage *base, sl_status why)
{
    sl_user_stage *s = sl_user_stage_of(base);

    sl_timer_stop(&pipeline_of(s)->timers, &s->timer);
    s->is_resumed = false;
    s->is_unsettled = false;
    s->taken = 0;
    s->put = 0;
    s->base.length = -1;
    if (why == SL_OK && s->type->clear != NULL) {
        s->type->clear(base, s->response, s->generation, s->state);
    } else if (why < 0 && !s->is_over && s->type->abort != NULL) {
        s->is_over = true;
        s->type->abort(base, s->response, s->generation, why, s->state);
    }
}

static void destroy(sl_stage *base)
{
    sl_user_stage *s = sl_user_stage_of(base);
    sl_pipeline *pipeline = pipeline_of(s);

    sl_timer_stop(&pipeline->timers, &s->timer);
    sl_queue_relax(pipeline, &s->base.in);
    sl_queue_relax(pipeline, &s->base.held);
    s->generation = 0;
    if (s->type->end != NULL) {
        s->type->end(s->state);
    }
    sl_slab_give(&pipeline->stages, s);
}

void *sl_response_stage_state(const sl_response *response,
                              const sl_stage_type *type)
{
    for (sl_stage *base = response->stages; base != NULL; base = base->next) {
        if (base->ops->push == push && sl_user_stage_of(base)->type == type) {
            return sl_user_stage_of(base)->state;
        }
    }
    return NULL;
}

/* --- Its life ---------------------------------------------------------------------- */

sl_status sl_response_add_stage(sl_response *res, uint32_t generation,
                                const sl_stage_type *type, void *state)
{
    sl_user_stage *s;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (type == NULL || type->size < sizeof *type || type->name == NULL ||
        !(type->holds_bytes >= 0)) {
        return SL_EINVAL;
    }
    if (res->failure < 0) {
        return res->failure;
    }
    if (res->phase != SL_PHASE_HEAD || res->finished || res->head_closed ||
        res->operations.last_id > 0 || res->accepted_bytes > 0) {
        return SL_ECOMMITTED;
    }
    s = sl_slab_take(&sl_response_pipeline(res)->stages);
    *s = (sl_user_stage){
        .generation = generation,
        .type = type,
        .state = state,
        .response = res,
        .timer.on_due = on_late,
        .ops = {.name = type->name,
                .push = push,
                .destroy = destroy,
                .headers = type->headers != NULL ? headers : NULL,
                .reset = reset},
        .base = {.order = type->order,
                 .length = -1,
                 .holds_bytes = (uint64_t)type->holds_bytes,
                 .holds_ms = type->holds_ms,
                 .reshapes = (type->flags & SL_STAGE_KEEPS_LENGTH) == 0 &&
                             type->push != NULL},
    };
    s->base.ops = &s->ops;
    sl_chain_insert(res, &s->base);
    return SL_OK;
}

/* --- After a wait ---------------------------------------------------------------- */

void sl_user_stage_go_on(sl_user_stage *s, sl_status status)
{
    sl_timer_stop(&sl_response_pipeline(s->response)->timers, &s->timer);
    s->base.waiting = false;
    s->base.more = true;
    s->is_resumed = status != SL_EAGAIN;
    s->result = status;
    sl_exchange_due(sl_exchange_of_response(s->response));
}

sl_status sl_stage_resume(sl_stage *stage, uint32_t generation,
                          sl_status status)
{
    sl_user_stage *s = sl_user_stage_of(stage);
    bool is_known;

    if (s->generation != generation || generation == 0) {
        return SL_EGONE;
    }
    if (!s->base.waiting) {
        return SL_EINVAL;
    }
    is_known = status != SL_PENDING && status != SL_ETIMEDOUT;
    sl_user_stage_go_on(s, is_known ? status : SL_ESTAGE);
    return SL_OK;
}
