/* One random sequence: a worker's turns with steps of handlers in between. */
#include <string.h>

#include "world.h"

enum { SHORT = 60, LONG = 400, TURNS_TO_END = 400 };

/* --- Turns --------------------------------------------------------------------- */

static void pass_time(world *w)
{
    w->now_ms += rng_below(&w->random, 40);
    enter(w);
    sl_pipeline_turn(w->pipeline, w->now_ms);
    leave(w);
    TRACE(&w->report, "turn at %llu", (unsigned long long)w->now_ms);
    memset(w->quota_bytes, 0, sizeof w->quota_bytes);
    memset(w->quota_calls, 0, sizeof w->quota_calls);
    for (int i = 0; i < SUBJECTS; i++) {
        if (w->subjects[i].exchange != NULL) {
            call_timeouts(&w->subjects[i]);
            subject_check(&w->subjects[i]);
        }
    }
}

/* What the session does at the end of a turn. */
static bool look_after(subject *s)
{
    if (s->exchange == NULL || !s->session_holds ||
        !(s->sink.due || (sink_has_output(&s->sink) && s->sink.hungry))) {
        return false;
    }
    s->sink.due = false;
    s->sink.hungry = false;
    TRACE(&s->world->report, "%d: the session looks", subject_no(s));
    sink_run(&s->sink);
    subject_follow_abort(s, subject_may_fail(s));
    subject_check(s);
    return true;
}

static void close_what_is_over(world *w)
{
    for (int i = 0; i < SUBJECTS; i++) {
        subject *s = &w->subjects[i];

        if (s->exchange == NULL) {
            continue;
        }
        if (s->session_holds && (s->sink.done || s->model.aborted) &&
            (w->calm || rng_one_in(&w->random, 2))) {
            subject_release_session(s);
        }
        if (s->over && s->host_holds &&
            (w->calm ? !s->session_holds : rng_one_in(&w->random, 8))) {
            subject_release_host(s);
        }
    }
}

/* Deliver, send, and deliver again until nothing is left to do. */
static void end_turn(world *w)
{
    bool busy = true;

    for (int i = 0; i < SUBJECTS; i++) {
        w->subjects[i].sink.hungry = true;
    }
    close_what_is_over(w);
    while (busy) {
        busy = world_deliver(w);
        for (int i = 0; i < SUBJECTS; i++) {
            busy |= look_after(&w->subjects[i]);
        }
    }
    for (int i = 0; i < SUBJECTS; i++) {
        subject *s = &w->subjects[i];

        subject_check_turn(s);
        if (s->exchange != NULL && !s->session_holds && !s->host_holds) {
            subject_close(s);
        }
    }
    loans_check(&w->loans);
}

/* --- Steps --------------------------------------------------------------------- */

static void resume_actor(subject *s)
{
    for (uint32_t i = 0; i < s->nactors; i++) {
        if (s->actors[i].waits) {
            TRACE(&s->world->report, "%d: actor %u goes on", subject_no(s), i);
            enter(s->world);
            actor_go_on(&s->actors[i]);
            leave(s->world);
            sink_follow_stages(&s->sink);
            return;
        }
    }
}

static void resume_stage(subject *s)
{
    resume_actor(s);
    for (uint32_t i = 0; i < s->nstages; i++) {
        test_stage *stage = &s->stages[i];

        if (stage->base.waiting) {
            TRACE(&s->world->report, "%d: stage %u goes on", subject_no(s), i);
            stage->let_go = true;
            enter(s->world);
            sl_response_resume(s->response);
            leave(s->world);
            return;
        }
    }
}

static void step_handler(subject *s)
{
    static const struct {
        uint32_t weight;
        void (*call)(subject *s);
    } calls[] = {
        {40, call_write},        {10, call_flush}, {4, call_insert},
        {12, call_collect},      {8, call_cancel}, {6, call_await},
        {4, call_await_room},    {2, call_finish}, {1, call_abort},
        {1, call_clear},         {5, call_head},   {2, call_buffering},
        {1, call_informational},
    };
    uint32_t roll = rng_below(&s->world->random, 96);
    size_t i = 0;

    while (roll >= calls[i].weight) {
        roll -= calls[i].weight;
        i++;
    }
    calls[i].call(s);
}

static void step_exchange(world *w, subject *s)
{
    static const sl_status ends[] = {SL_OK, SL_OK, SL_EABORTED};

    if (s->exchange == NULL) {
        subject_open(w, s);
    } else if (s->host_holds && !s->over && rng_one_in(&w->random, 60)) {
        call_handler_over(s, ends[rng_below(&w->random, 3)]);
    } else if (s->session_holds && rng_one_in(&w->random, 60)) {
        subject_release_session(s); /* the client left */
    } else if (s->session_holds && rng_one_in(&w->random, 10)) {
        resume_stage(s);
    } else if (s->host_holds) {
        step_handler(s);
    }
    subject_check(s);
}

static void choose_quota(world *w)
{
    w->quota = (int)rng_below(&w->random, QUOTAS + 1) - 1;
    w->pipeline->quota = w->quota < 0 ? NULL : &w->quotas[w->quota];
}

static void step(world *w)
{
    switch (rng_below(&w->random, 12)) {
    case 0:
    case 1:
        end_turn(w);
        pass_time(w);
        break;
    case 2:
        choose_quota(w);
        break;
    case 3:
        if (rng_one_in(&w->random, 3)) {
            world_put_fragment(w);
        } else {
            call_stale(w);
        }
        break;
    default:
        step_exchange(w, &w->subjects[rng_below(&w->random, w->nsubjects)]);
        break;
    }
}

/* --- The end ------------------------------------------------------------------- */

static bool is_empty(const world *w)
{
    for (int i = 0; i < SUBJECTS; i++) {
        if (w->subjects[i].exchange != NULL) {
            return false;
        }
    }
    return true;
}

static void calm_down(world *w)
{
    w->calm = true;
    for (int i = 0; i < SUBJECTS; i++) {
        subject *s = &w->subjects[i];

        if (s->exchange == NULL) {
            continue;
        }
        s->sink.appetite = UINT32_MAX;
        if (!s->over && s->host_holds) {
            call_handler_over(s, SL_OK);
        }
        subject_check(s);
    }
}

/* Everything must come to its end when the clients take all. */
static void finish(world *w)
{
    calm_down(w);
    for (int turns = 0; !is_empty(w); turns++) {
        EXPECT(&w->report, 1, turns < TURNS_TO_END,
               "an exchange does not come to its end");
        w->report.step++;
        for (int i = 0; i < SUBJECTS; i++) {
            subject *s = &w->subjects[i];

            if (s->exchange != NULL && s->session_holds) {
                resume_stage(s);
            }
            if (s->exchange != NULL && s->host_holds &&
                (s->sink.done || s->model.aborted)) {
                call_collect_all(s);
            }
        }
        end_turn(w);
        pass_time(w);
    }
    for (uint32_t i = 0; i < STALE; i++) {
        call_stale(w);
    }
}

void sequence_run(world *w)
{
    uint32_t steps;

    world_start(w);
    steps = rng_below(&w->random, rng_one_in(&w->random, 4) ? LONG : SHORT) + 5;
    for (uint32_t i = 0; i < steps; i++) {
        w->report.step++;
        step(w);
    }
    finish(w);
    w->report.steps += w->report.step;
    world_stop(w);
}
