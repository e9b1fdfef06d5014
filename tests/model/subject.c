/* The life of one exchange under test. */
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

static void add_actors(subject *s)
{
    world *w = s->world;

    s->model.overtakes = true;
    s->nactors = rng_below(&w->random, MAX_STAGES) + 1;
    for (uint32_t i = 0; i < s->nactors; i++) {
        actor *a = &s->actors[i];

        actor_add(a, &w->random, &w->report, &w->now_ms, s->response,
                  s->generation);
        TRACE(&w->report, "  actor %u: order %d, holds %.0f bytes, %u ms%s", i,
              a->type.order, a->type.holds_bytes, a->type.holds_ms,
              a->may_fail ? ", fails" : "");
    }
}

static void add_stages(subject *s)
{
    world *w = s->world;

    if (rng_one_in(&w->random, 2)) {
        return;
    }
    if (rng_one_in(&w->random, 2)) {
        add_actors(s);
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
        sl_chain_append(s->response, &s->stages[i].base);
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

    s->nstages = 0;
    s->nactors = 0;
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
    for (uint32_t i = 0; i < s->nactors; i++) {
        actor_check_end(&s->actors[i]);
    }
    note_stale(s);
    s->exchange = NULL;
}

uint32_t subject_random_id(const subject *s)
{
    rng *random = &s->world->random;
    const model *m = &s->model;
    uint32_t recent = m->nops < 6 ? m->nops : 6;

    if (m->nops == 0 || rng_one_in(random, 12)) {
        return m->last_id + 1 + rng_below(random, 5);
    }
    if (rng_one_in(random, 4)) {
        return m->ops[rng_below(random, m->nops)].id;
    }
    return m->ops[m->nops - 1 - rng_below(random, recent)].id;
}
