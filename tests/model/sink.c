#include "sink.h"

#include <stdlib.h>

#include "wire.h"

void sink_init(sink *s, report *r, rng *random, sl_pipeline *pipeline,
               sl_exchange *exchange, model *m)
{
    wired *wire = s->wire;
    size_t capacity = s->capacity;

    *s = (sink){.report = r,
                .random = random,
                .pipeline = pipeline,
                .exchange = exchange,
                .response = &exchange->response,
                .model = m,
                .wire = wire,
                .capacity = capacity};
    s->framing = (sink_framing)rng_below(random, 3);
    s->suppressed = rng_one_in(random, 8);
}

void sink_deinit(sink *s)
{
    free(s->wire);
    s->wire = NULL;
    s->capacity = 0;
}

bool sink_is_replaced(const sink *s)
{
    return s->response->failure == SL_ESTAGE &&
           s->response->phase == SL_PHASE_HEAD;
}

bool sink_is_aborted(const sink *s)
{
    return s->response->phase == SL_PHASE_ABORTED || sink_is_replaced(s);
}

/* --- Marks that need not pass ------------------------------------------------ */

static uint32_t count_marks(const sl_queue *queue)
{
    uint32_t n = 0;

    for (const sl_piece *p = queue->first; p != NULL; p = p->next) {
        n += p->kind == SL_PIECE_MARK ? 1 : 0;
    }
    return n;
}

void sink_follow_stages(sink *s)
{
    const sl_response *res = s->response;
    const sl_stage *first = res->stages;

    if (s->model->overtakes && first != NULL && !sink_is_aborted(s)) {
        model_entered_but(s->model, res->accepted.bytes + first->in.bytes,
                          count_marks(&res->accepted) +
                              count_marks(&first->in));
    }
}

static uint32_t count_sync_marks(const sl_queue *queue)
{
    uint32_t n = 0;

    for (const sl_piece *p = queue->first; p != NULL; p = p->next) {
        n += p->kind == SL_PIECE_MARK && p->as.op == NULL ? 1 : 0;
    }
    return n;
}

/* Is the mark that comes next still in front of the first stage? No count
 * tells of the ends of runs of sync writes, so look for them. */
static bool is_queued(const sink *s, const item *mark, uint32_t in_flight)
{
    const sl_response *res = s->response;
    uint32_t n = count_sync_marks(&res->accepted);

    if (mark->op != NULL) {
        return in_flight == model_in_flight(s->model);
    }
    n += res->stages != NULL ? count_sync_marks(&res->stages->in) : 0;
    return n == model_count_sync_marks(s->model);
}

void sink_settle(sink *s)
{
    sl_response_stat stat;
    item *mark;

    if (s->first < s->count || sink_is_aborted(s) ||
        sl_response_describe(s->response, s->response->generation, &stat) < 0) {
        return;
    }
    while ((mark = model_next_mark(s->model)) != NULL &&
           !is_queued(s, mark, stat.in_flight)) {
        model_skip_mark(s->model);
    }
}

/* --- Sending --------------------------------------------------------------- */

bool sink_has_output(const sink *s)
{
    return s->exchange != NULL && s->wire_left > 0 && !sink_is_aborted(s);
}

void sink_run(sink *s)
{
    uint64_t budget = s->appetite;

    EXPECT(s->report, 2, !s->sending, "send is called while it runs");
    s->sending = true;
    for (;;) {
        uint64_t wanted;

        sink_frame(s); /* after an abort too: there must be nothing */
        if (sink_is_aborted(s)) {
            break;
        }
        wire_sent(s, 0);
        if (s->wire_left == 0 || budget == 0) {
            break;
        }
        wanted = wire_offer(s, budget);
        budget -= wanted;
    }
    s->sending = false;
}

/* --- What is held ---------------------------------------------------------- */

uint64_t sink_cost(const sink *s)
{
    const sl_response *res = s->response;
    uint64_t cost = res->accepted.cost + res->ready.cost + res->wire.cost;

    for (const sl_stage *stage = res->stages; stage; stage = stage->next) {
        cost += stage->in.cost + stage->held.cost + stage->holding;
    }
    return cost;
}

uint64_t sink_held_bytes(const sink *s)
{
    const sl_response *res = s->response;
    uint64_t bytes = res->accepted.bytes + res->ready.bytes + res->wire.bytes;

    for (const sl_stage *stage = res->stages; stage; stage = stage->next) {
        bytes += stage->in.bytes + stage->held.bytes + stage->holding;
    }
    return bytes;
}
