/* The rate of a response as a stage: so many bytes a second, and at first a burst.
 *
 * What may not leave yet stays in front of the stage, so that files are not read,
 * and a flush completes when its bytes have really left. */
#include <sluice/rate.h>

#include "pipeline/pipeline.h"

enum { STEP_MS = 50 }; /* at most so long between two parts */

typedef struct rate {
    sl_pipeline *pipeline;
    sl_stage *stage;
    uint32_t generation;
    double per_ms;
    double burst;   /* bytes that may be saved up */
    double allowed; /* that may leave now */
    uint64_t since_ms;
    sl_timer timer;
} rate;

static void on_due(sl_timer *timer, uint64_t now_ms)
{
    rate *r = SL_CONTAINER(timer, rate, timer);
    sl_status rc = sl_stage_resume(r->stage, r->generation, SL_EAGAIN);

    (void)rc; /* it does wait: an abort and a clear stop the timer */
}

static void earn(rate *r)
{
    uint64_t now_ms = r->pipeline->now_ms;

    r->allowed += (double)(now_ms - r->since_ms) * r->per_ms;
    r->allowed = r->allowed < r->burst ? r->allowed : r->burst;
    r->since_ms = now_ms;
}

/* Come again when a part of some size may leave. */
static sl_status wait(rate *r)
{
    double part = r->per_ms * STEP_MS;
    double ms;

    part = part > 1 ? part : 1;
    part = part < r->burst ? part : r->burst;
    ms = (part - r->allowed) / r->per_ms;
    sl_timer_start(&r->pipeline->timers, &r->timer,
                   r->pipeline->now_ms + (uint64_t)(ms > 1 ? ms + 1 : 1));
    return SL_PENDING;
}

static double len_of(const sl_chunk *chunk)
{
    return chunk->kind == SL_CHUNK_FILE ? chunk->extent : (double)chunk->len;
}

static sl_status push(sl_stage *stage, sl_response *response,
                      uint32_t generation, uint32_t how, void *state)
{
    rate *r = state;
    sl_chunk chunk;
    sl_status rc;

    r->stage = stage;
    earn(r);
    while ((rc = sl_stage_next(stage, generation, &chunk)) == SL_OK) {
        double len = len_of(&chunk);
        double part = len < r->allowed ? len : (double)(uint64_t)r->allowed;

        if (part < 1) {
            return wait(r);
        }
        r->allowed -= part;
        rc = sl_stage_pass(stage, generation, part);
        if (rc < 0) {
            return rc;
        }
    }
    return rc == SL_EMPTY || rc == SL_EAGAIN ? SL_OK : rc;
}

static void clear(sl_stage *stage, sl_response *response, uint32_t generation,
                  void *state)
{
    rate *r = state;

    sl_timer_stop(&r->pipeline->timers, &r->timer);
    r->allowed = r->burst;
}

static void on_abort(sl_stage *stage, sl_response *response,
                     uint32_t generation, sl_status why, void *state)
{
    clear(stage, response, generation, state);
}

static void end(void *state)
{
    rate *r = state;

    sl_timer_stop(&r->pipeline->timers, &r->timer);
}

static const sl_stage_type type = {
    .size = sizeof type,
    .flags = SL_STAGE_KEEPS_LENGTH,
    .name = "rate",
    .order = -2000,
    .push = push,
    .clear = clear,
    .abort = on_abort,
    .end = end,
};

sl_status sl_response_limit_rate(sl_response *res, uint32_t generation,
                                 double bytes_per_second, double burst)
{
    sl_exchange *exchange = sl_exchange_of_response(res);
    bool is_new;
    rate *r;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (!(bytes_per_second >= 1) || !(burst >= 0) || bytes_per_second > 1e15 ||
        burst > 1e15) {
        return SL_EINVAL;
    }
    r = sl_response_stage_state(res, &type);
    is_new = r == NULL;
    if (is_new) {
        r = sl_arena_take(&exchange->arena, sizeof *r);
        *r = (rate){.pipeline = exchange->pipeline,
                    .generation = generation,
                    .since_ms = exchange->pipeline->now_ms,
                    .timer.on_due = on_due};
    }
    r->per_ms = bytes_per_second / 1000;
    r->burst = burst > 1 ? burst : 1;
    r->burst = burst > 0 ? r->burst : bytes_per_second;
    if (!is_new) {
        return SL_OK;
    }
    r->allowed = r->burst;
    return sl_response_add_stage(res, generation, &type, r);
}
