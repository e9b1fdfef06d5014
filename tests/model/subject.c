/* The life of one exchange under test, and what must always be true of it. */
#include <string.h>

#include "world.h"

static void on_due(void *session, sl_exchange *exchange)
{
    subject *s = session;

    EXPECT(&s->world->report, CONTRACT,
           s->exchange == exchange || s->exchange == NULL,
           "due is called for another exchange");
    s->sink.due = true;
}

static void on_send(void *session, sl_exchange *exchange)
{
    subject *s = session;

    EXPECT(&s->world->report, CONTRACT, s->exchange == exchange,
           "send is called for another exchange");
    if (s->deaf) {
        s->sink.due = true;
        return;
    }
    sink_run(&s->sink);
}

static void on_want_body(void *session, sl_exchange *exchange)
{
}

static void on_informational(void *session, sl_exchange *exchange, int status,
                             const sl_fields *fields)
{
    sink_informational(&((subject *)session)->sink, status);
}

static const sl_transport transport = {
    .due = on_due,
    .send = on_send,
    .want_body = on_want_body,
    .informational = on_informational,
};

static void add_stages(subject *s)
{
    world *w = s->world;

    s->nstages = 0;
    if (rng_one_in(&w->random, 2)) {
        return;
    }
    s->nstages = rng_below(&w->random, MAX_STAGES) + 1;
    for (uint32_t i = 0; i < s->nstages; i++) {
        stage_kind kind = (stage_kind)rng_below(&w->random, STAGE_KINDS);

        if (kind == STAGE_FAIL && !rng_one_in(&w->random, 3)) {
            kind = STAGE_PASS;
        }
        test_stage_init(&s->stages[i], kind, w->pipeline, &s->model, &w->random,
                        i == 0);
        sl_response_add_stage(s->response, &s->stages[i].base);
        TRACE(&w->report, "  stage %u: kind %d, holds %llu bytes, %u ms", i,
              kind, (unsigned long long)s->stages[i].base.holds_bytes,
              s->stages[i].base.holds_ms);
    }
}

static void set_appetite(subject *s)
{
    static const uint32_t limits[] = {1, 10, 100, 1000, UINT32_MAX};
    rng *random = &s->world->random;
    uint32_t limit = limits[rng_below(random, 5)];

    s->sink.appetite =
        limit == UINT32_MAX ? limit : rng_below(random, limit + 1);
}

static void reset(subject *s)
{
    world *w = s->world;

    s->over = false;
    s->deaf = false;
    s->room_awaited = false;
    s->told_of_abort = false;
    s->awaited = 0;
    s->buffering = 0;
    s->event_stream = false;
    s->status = 200;
    s->dropped_trailers = 0;
    s->session_holds = true;
    s->host_holds = true;
    model_init(&s->model, &w->report, w->pool);
    s->model.limit = w->settings.max_uncollected;
}

void subject_open(world *w, subject *s)
{
    sl_exchange *x;

    s->world = w;
    enter(w);
    x = sl_exchange_create(w->pipeline, &transport, s);
    leave(w);
    s->exchange = x;
    s->response = &x->response;
    s->generation = x->response.generation;
    x->host = s;
    reset(s);
    sink_init(&s->sink, &w->report, &w->random, w->pipeline, x, &s->model);
    set_appetite(s);
    x->request.is_head = s->sink.suppressed;
    x->request.version = 11;
    x->request.body_state = SL_BODY_COMPLETE;
    x->response.trailers_ok = !rng_one_in(&w->random, 4);
    x->response.interim_ok = !rng_one_in(&w->random, 4);
    TRACE(&w->report, "open %d: generation %u, %sappetite %u", subject_no(s),
          s->generation, s->sink.suppressed ? "HEAD, " : "", s->sink.appetite);
    add_stages(s);
}

/* --- The end ----------------------------------------------------------------- */

static void note_stale(subject *s)
{
    world *w = s->world;
    stale *place = &w->stale[w->nstale % STALE];

    *place = (stale){s->response, &s->exchange->request, s->generation};
    w->nstale++;
}

static void release(subject *s, uint32_t hold)
{
    world *w = s->world;

    enter(w);
    sl_exchange_release(s->exchange, hold);
    leave(w);
}

void subject_release_session(subject *s)
{
    TRACE(&s->world->report, "%d: the session lets go", subject_no(s));
    s->session_holds = false;
    if (!s->sink.done) {
        model_abort(&s->model, SL_EABORTED);
    }
    release(s, SL_HOLD_SESSION);
}

void subject_release_host(subject *s)
{
    TRACE(&s->world->report, "%d: the host lets go", subject_no(s));
    s->host_holds = false;
    release(s, SL_HOLD_HOST);
}

/* Both sides have let go, and everything was delivered. */
void subject_close(subject *s)
{
    report *r = &s->world->report;

    for (uint32_t i = 0; i < s->model.nops; i++) {
        const model_op *op = &s->model.ops[i];

        EXPECT(r, 1, !op->called_back || op->seen,
               "the callback of operation %u has not come", op->id);
    }
    for (uint32_t i = 0; i < s->nstages; i++) {
        EXPECT(r, 4, s->stages[i].destroyed, "a stage was not destroyed");
    }
    note_stale(s);
    s->exchange = NULL;
}

/* --- Checks ------------------------------------------------------------------ */

bool subject_has_stage(const subject *s, stage_kind kind)
{
    for (uint32_t i = 0; i < s->nstages; i++) {
        if (s->stages[i].kind == kind) {
            return true;
        }
    }
    return false;
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
    for (uint32_t i = 0; i < s->nstages; i++) {
        if (s->stages[i].base.in.cost + s->stages[i].base.held.cost > 0) {
            return true;
        }
    }
    return false;
}

static bool is_waiting(const subject *s)
{
    for (uint32_t i = 0; i < s->nstages; i++) {
        if (s->stages[i].base.waiting) {
            return true;
        }
    }
    return false;
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
            (s->buffering == 0 && (s->nstages == 0 || s->event_stream));

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
    EXPECT(m->report, 6, !m->aborted || s->told_of_abort,
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
