/* Which stages a response has, and in what order. */
#include <assert.h>

#include "pipeline/response.h"

void sl_chain_append(sl_response *response, sl_stage *stage)
{
    sl_stage **end = &response->stages;

    assert(response->operations.last_id == 0 && response->accepted_bytes == 0);
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = stage;
    stage->next = NULL;
}

static uint32_t last_place(const sl_stage *stage)
{
    uint32_t last = 0;

    for (; stage != NULL; stage = stage->next) {
        last = stage->place > last ? stage->place : last;
    }
    return last;
}

/* Is `stage` nearer to the handler than the other? */
static bool is_behind(const sl_stage *stage, const sl_stage *other)
{
    return stage->order != other->order ? stage->order > other->order
                                        : stage->place > other->place;
}

static void put(sl_response *response, sl_stage *stage)
{
    sl_stage **at = &response->stages;

    while (*at != NULL && is_behind(*at, stage)) {
        at = &(*at)->next;
    }
    stage->next = *at;
    *at = stage;
}

void sl_chain_insert(sl_response *response, sl_stage *stage)
{
    uint32_t place = last_place(response->stages);
    uint32_t resting = last_place(response->resting);

    stage->place = (place > resting ? place : resting) + 1;
    put(response, stage);
}

uint64_t sl_chain_cost(const sl_response *response)
{
    uint64_t cost = 0;

    for (const sl_stage *s = response->stages; s != NULL; s = s->next) {
        cost += s->in.cost + s->held.cost + s->holding;
    }
    return cost;
}

bool sl_chain_is_busy(const sl_response *response)
{
    for (const sl_stage *s = response->stages; s != NULL; s = s->next) {
        if (s->waiting || s->more || s->in.cost + s->held.cost > 0 ||
            s->holding > 0) {
            return true;
        }
    }
    return false;
}

bool sl_response_awaits_stage(const sl_response *response)
{
    const sl_stage *s = response->stages;

    while (s != NULL && !s->waiting) {
        s = s->next;
    }
    return s != NULL;
}

bool sl_chain_wants_more(const sl_response *response)
{
    const sl_stage *s = response->stages;

    while (s != NULL && !(s->more && !s->waiting)) {
        s = s->next;
    }
    return s != NULL;
}

/* --- Staying out of an answer ----------------------------------------------------- */

void sl_chain_take_out(sl_response *response, sl_stage *stage)
{
    sl_stage **at = &response->stages;

    while (*at != stage) {
        at = &(*at)->next;
    }
    *at = stage->next;
    stage->next = response->resting;
    response->resting = stage;
}

/* Another answer begins, of which they may want to be a part. */
static void call_back(sl_response *response)
{
    while (response->resting != NULL) {
        sl_stage *stage = response->resting;

        response->resting = stage->next;
        put(response, stage);
    }
}

static void destroy_all(sl_stage **stages)
{
    while (*stages != NULL) {
        sl_stage *stage = *stages;

        *stages = stage->next;
        stage->ops->destroy(stage);
    }
}

void sl_chain_dismiss(sl_response *response)
{
    destroy_all(&response->resting);
}

/* --- Its end ------------------------------------------------------------------- */

void sl_chain_clear(sl_response *response, sl_status why)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);

    if (why == SL_OK) {
        call_back(response);
    }
    for (sl_stage *s = response->stages; s != NULL; s = s->next) {
        sl_queue_clear(pipeline, &s->in);
        sl_queue_clear(pipeline, &s->held);
        s->holding = 0;
        s->holds = false;
        s->waiting = false;
        s->more = false;
        s->begun = false;
        if (s->ops->reset != NULL) {
            s->ops->reset(s, why);
        }
    }
    response->head_closed = false;
    response->reshaped = false;
    response->shaped = -1;
    sl_response_end_hold(response);
}

void sl_chain_destroy(sl_response *response, sl_status why)
{
    sl_chain_clear(response, why);
    destroy_all(&response->stages);
    destroy_all(&response->resting);
}
