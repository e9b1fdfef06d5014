/* What must be true of a response after every step, and after every turn. */
#include "world.h"

bool subject_may_fail(const subject *s)
{
    for (uint32_t i = 0; i < s->nstages; i++) {
        if (s->stages[i].kind == STAGE_FAIL) {
            return true;
        }
    }
    for (uint32_t i = 0; i < s->nactors; i++) {
        if (s->actors[i].may_fail) {
            return true;
        }
    }
    return false;
}

bool subject_has_stages(const subject *s)
{
    return s->nstages + s->nactors > 0;
}

/* All stages have answered, or have left. */
static bool may_be_closed(const subject *s)
{
    for (uint32_t i = 0; i < s->nactors; i++) {
        const actor *a = &s->actors[i];

        if (a->ends == 0 && (!a->is_asked || a->at_head)) {
            return false;
        }
    }
    return s->nactors > 0;
}

bool subject_is_closed(const subject *s)
{
    EXPECT(s->model.report, CONTRACT,
           !s->response->head_closed || may_be_closed(s),
           "the head is closed, and stages were not asked about it");
    return s->response->head_closed;
}

bool subject_follow_abort(subject *s, bool may_abort)
{
    model *m = &s->model;

    if (!sink_is_aborted(&s->sink) || m->aborted) {
        return false;
    }
    EXPECT(m->report, CONTRACT, may_abort, "aborted with %d, for no reason",
           s->response->failure);
    model_abort(m, s->response->failure);
    return true;
}

static void check_counts(subject *s, const sl_response_stat *stat)
{
    const model *m = &s->model;

    EXPECT(m->report, 7, stat->sent_bytes == m->sent_bytes,
           "it says %.0f body bytes were sent; %.0f were", stat->sent_bytes,
           m->sent_bytes);
    EXPECT(m->report, 7, stat->wire_bytes == m->wire_bytes,
           "it says %.0f bytes were sent; %.0f were", stat->wire_bytes,
           m->wire_bytes);
    EXPECT(m->report, 7,
           m->aborted ||
               stat->pending_bytes == m->accepted_bytes - m->sent_bytes,
           "it says %.0f bytes are pending; %.0f are", stat->pending_bytes,
           m->accepted_bytes - m->sent_bytes);
    EXPECT(m->report, 1, stat->in_flight == model_in_flight(m),
           "it says %u operations are in flight; %u are", stat->in_flight,
           model_in_flight(m));
    EXPECT(m->report, 7, stat->dropped_trailers == s->dropped_trailers,
           "it says %.0f trailer fields were dropped; %.0f were",
           stat->dropped_trailers, s->dropped_trailers);
}

static void check_state(subject *s, const sl_response_stat *stat)
{
    const model *m = &s->model;

    EXPECT(m->report, CONTRACT, !stat->finished == !m->finished,
           "finished is %d, not %d", stat->finished, m->finished);
    EXPECT(m->report, CONTRACT, !stat->committed == !s->sink.committed,
           "committed is %d, not %d", stat->committed, s->sink.committed);
    EXPECT(m->report, CONTRACT, stat->failure == m->failure,
           "the first failure is %d, not %d", stat->failure, m->failure);
    EXPECT(m->report, 5, !m->aborted || !sl_response_is_done(s->response),
           "an aborted response is done");
}

static void check_held(subject *s, const sl_response_stat *stat)
{
    const model *m = &s->model;
    const sl_pipeline_settings *settings = &s->world->settings;
    uint64_t cost = sink_cost(&s->sink);

    EXPECT(m->report, 8,
           sink_held_bytes(&s->sink) ==
               (m->aborted ? 0 : (uint64_t)(m->accepted_bytes - m->sent_bytes)),
           "its queues count %llu body bytes; %.0f are there",
           (unsigned long long)sink_held_bytes(&s->sink),
           m->accepted_bytes - m->sent_bytes);
    EXPECT(m->report, 8, (double)cost >= m->held_bytes,
           "its queues count a cost of %llu, for %.0f bytes in memory",
           (unsigned long long)cost, m->held_bytes);
    EXPECT(m->report, 8, !stat->has_room == (cost >= settings->high_water),
           "has_room is %d at %llu of %llu", stat->has_room,
           (unsigned long long)cost, (unsigned long long)settings->high_water);
}

void subject_check(subject *s)
{
    sl_response_stat stat;
    sl_status rc;

    if (s->exchange == NULL || (!s->session_holds && !s->host_holds)) {
        return;
    }
    sink_settle(&s->sink);
    enter(s->world);
    rc = sl_response_describe(s->response, s->generation, &stat);
    leave(s->world);
    EXPECT(s->model.report, 9, rc == SL_OK,
           "a handle of an exchange that lives gives %d", rc);
    check_counts(s, &stat);
    check_state(s, &stat);
    check_held(s, &stat);
}

bool subject_is_bodiless(const subject *s)
{
    return s->sink.suppressed || s->status == 204 || s->status == 304;
}

bool subject_stages_hold(const subject *s)
{
    const sl_stage *stage = s->response->stages;

    while (stage != NULL && !stage->waiting && !stage->more &&
           stage->in.cost + stage->held.cost + stage->holding == 0) {
        stage = stage->next;
    }
    return stage != NULL;
}

/* For somebody, or for its next turn. */
static bool is_waiting(const subject *s)
{
    const sl_stage *stage = s->response->stages;

    while (stage != NULL && !stage->waiting && !(stage->more && stage->spent)) {
        stage = stage->next;
    }
    return stage != NULL;
}

/* Nothing that must leave in this turn is left, if the socket takes it. */
static void check_left_behind(subject *s)
{
    model *m = &s->model;
    const sl_response *res = s->response;

    if (m->aborted || s->sink.wire_left > 0 || is_waiting(s)) {
        return;
    }
    EXPECT(m->report, CONTRACT,
           res->accepted.bytes == 0 ||
               (double)res->accepted.bytes < s->buffering,
           "%llu bytes stay behind at the end of a turn",
           (unsigned long long)res->accepted.bytes);
    for (uint32_t i = m->first_flying; i < m->nops; i++) {
        const model_op *op = &m->ops[i];
        bool wanted =
            op->kind == SL_KIND_FLUSH || op->called_back ||
            op->id <= s->awaited || m->finished ||
            (s->buffering == 0 && (!subject_has_stages(s) || s->event_stream));

        EXPECT(m->report, 1, op->completed || op->early || !wanted,
               "operation %u, which somebody waits for, stays behind at the "
               "end of a turn",
               op->id);
    }
    EXPECT(m->report, 1, !m->finished || s->sink.done,
           "a finished response stays behind at the end of a turn");
}

/* A cancelled flush ends its wait before its turn. */
static bool is_wait_over(const model_op *op)
{
    return op->kind == SL_KIND_FLUSH && op->withdrawn;
}

static void check_events(subject *s)
{
    const model *m = &s->model;

    if (!s->host_holds) {
        return;
    }
    EXPECT(m->report, 6,
           !m->aborted || s->told_of_abort ||
               s->response->phase == SL_PHASE_HEAD,
           "the host was not told of the abort");
    EXPECT(m->report, CONTRACT,
           !s->room_awaited ||
               (!m->aborted &&
                sink_cost(&s->sink) >= s->world->settings.high_water),
           "there is room, and who waits for it was not told");
    for (uint32_t i = 0; i < m->nops; i++) {
        const model_op *op = &m->ops[i];

        EXPECT(m->report, 1,
               !op->awaited || op->called_back ||
                   op->woken == (op->completed || is_wait_over(op)),
               "who waits for operation %u is %s", op->id,
               op->woken ? "woken before it completed" : "not woken");
        EXPECT(m->report, 1,
               !op->completed || !op->expected || op->seen || op->dropped ||
                   op->told || (!op->in_list && !op->called_back),
               "nobody was told that operation %u completed", op->id);
    }
}

static void check_holding(subject *s)
{
    if (s->model.aborted || s->sink.wire_left > 0 || is_waiting(s)) {
        return;
    }
    for (uint32_t i = 0; i < s->nstages; i++) {
        const test_stage *stage = &s->stages[i];

        EXPECT(s->model.report, 8,
               sl_queue_is_empty(&stage->base.held) ||
                   stage->held_since_ms + stage->base.holds_ms >=
                       s->world->now_ms,
               "a stage holds for %llu ms, and declared %u",
               (unsigned long long)(s->world->now_ms - stage->held_since_ms),
               stage->base.holds_ms);
    }
    for (uint32_t i = 0; i < s->nactors; i++) {
        EXPECT(s->model.report, 8, !actor_holds_long(&s->actors[i]),
               "a stage holds for longer than it declared");
    }
}

void subject_check_turn(subject *s)
{
    if (s->exchange == NULL || (!s->session_holds && !s->host_holds)) {
        return;
    }
    subject_check(s);
    check_events(s);
    if (s->session_holds) {
        check_left_behind(s);
        check_holding(s);
    }
}
