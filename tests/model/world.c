/* One random sequence: a worker's turns with steps of handlers in between. */
#include "world.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SHORT = 60, LONG = 400, TURNS_TO_END = 400 };

/* --- The host ------------------------------------------------------------------ */

static void on_events(void *host, sl_exchange *exchange, uint32_t events)
{
    world *w = host;
    subject *s = exchange->host;
    model *m = &s->model;

    EXPECT(&w->report, 2, w->delivering && w->depth == 0,
           "an event comes inside a call");
    EXPECT(&w->report, 6,
           s->exchange == exchange && s->host_holds &&
               exchange->response.generation == s->generation,
           "an event for an exchange that the host does not hold");
    TRACE(&w->report, "%d: events %#x", subject_no(s), events);
    EXPECT(&w->report, 6,
           !(events & SL_EVENT_ABORTED) || (m->aborted && !s->told_of_abort),
           "the host is told of an abort that is none, or once more");
    s->told_of_abort |= (events & SL_EVENT_ABORTED) != 0;
    if (events & SL_EVENT_ROOM) {
        s->room_awaited = false;
    }
    for (uint32_t i = 0; (events & SL_EVENT_COMPLETION) && i < m->nops; i++) {
        m->ops[i].told |= m->ops[i].completed;
    }
}

static void expect_delivery(world *w)
{
    EXPECT(&w->report, 2, w->delivering && w->depth == 0,
           "something is released inside a call");
}

static void on_anchor(void *host, uint32_t anchor)
{
    world *w = host;

    expect_delivery(w);
    loans_return_anchor(&w->loans, anchor);
}

static void on_descriptor(void *host, int fd)
{
    world *w = host;

    expect_delivery(w);
    loans_return_fd(&w->loans, fd);
}

/* A waiter is only queued, so this may come inside a call. */
static void on_waiter(void *host, void *waiter)
{
    model_op *op = waiter;

    EXPECT(op->model->report, 1, op->awaited && !op->woken,
           "who waits for operation %u is woken twice", op->id);
    op->woken = true;
}

static int64_t file_size(void *host, int fd)
{
    return POOL_BYTES;
}

static const sl_pipeline_host host = {
    .on_events = on_events,
    .on_anchor = on_anchor,
    .on_descriptor = on_descriptor,
    .on_waiter = on_waiter,
    .file_size = file_size,
};

/* --- Setting up ---------------------------------------------------------------- */

void world_init(world *w)
{
    rng random;
    char *pool = malloc(POOL_BYTES);

    memset(w, 0, sizeof *w);
    rng_seed(&random, 1);
    for (uint32_t i = 0; i < POOL_BYTES; i++) {
        pool[i] = (char)rng_next(&random);
    }
    w->pool = pool;
    w->file = memfd_create("model", MFD_CLOEXEC);
    if (w->file < 0 || write(w->file, pool, POOL_BYTES) != POOL_BYTES) {
        abort();
    }
    for (int i = 0; i < SUBJECTS; i++) {
        w->subjects[i].world = w;
    }
}

void world_deinit(world *w)
{
    for (int i = 0; i < SUBJECTS; i++) {
        model_deinit(&w->subjects[i].model);
        sink_deinit(&w->subjects[i].sink);
    }
    close(w->file);
    free((char *)(uintptr_t)w->pool);
}

/* Small limits, so that all of them are met. */
static void choose_settings(world *w)
{
    static const uint64_t marks[] = {400, 1000, 3000, 20000};
    static const uint64_t thresholds[] = {1, 200, 1000, 8000};
    rng *random = &w->random;
    sl_pipeline_settings *settings = &w->settings;

    *settings = sl_pipeline_defaults;
    settings->high_water = marks[rng_below(random, 4)];
    settings->hard_limit = 4 * settings->high_water;
    settings->send_threshold = thresholds[rng_below(random, 4)];
    settings->quota_bytes = rng_below(random, 4000) + 1;
    settings->quota_calls = rng_below(random, 12) + 1;
    settings->max_uncollected = rng_below(random, 6) + 1;
    if (rng_one_in(random, 4)) {
        settings->max_uncollected = 1024;
    }
}

static void put_fragment(world *w)
{
    static const char *const names[FRAGMENTS] = {"a", "bb", "ccc", "d"};
    uint32_t which = rng_below(&w->random, FRAGMENTS);
    uint32_t len = rng_size(&w->random, 2000);
    uint32_t start = rng_below(&w->random, POOL_BYTES - len);
    sl_status rc;

    if (rng_one_in(&w->random, 4)) {
        rc = sl_fragments_remove(w->pipeline->fragments, names[which],
                                 strlen(names[which]));
        EXPECT(
            &w->report, CONTRACT,
            rc == (w->fragment_len[which] == UINT32_MAX ? SL_ENOTFOUND : SL_OK),
            "removing a fragment gives %d", rc);
        w->fragment_len[which] = UINT32_MAX;
        return;
    }
    rc = sl_fragments_put(w->pipeline->fragments, names[which],
                          strlen(names[which]), w->pool + start, len, 0);
    EXPECT(&w->report, CONTRACT, rc == SL_OK, "putting a fragment gives %d",
           rc);
    w->fragment_start[which] = start;
    w->fragment_len[which] = len;
}

static void start(world *w)
{
    rng_seed(&w->random, w->report.seed);
    w->report.step = 0;
    w->now_ms = 1000;
    w->depth = 0;
    w->delivering = false;
    w->calm = false;
    w->nstale = 0;
    w->quota = -1;
    memset(w->quotas, 0, sizeof w->quotas);
    memset(w->quota_bytes, 0, sizeof w->quota_bytes);
    memset(w->quota_calls, 0, sizeof w->quota_calls);
    loans_init(&w->loans, &w->report);
    choose_settings(w);
    w->nsubjects = rng_below(&w->random, SUBJECTS) + 1;
    w->pipeline = sl_pipeline_create(&w->settings, &host, w);
    sl_pipeline_turn(w->pipeline, w->now_ms);
    for (int i = 0; i < FRAGMENTS; i++) {
        w->fragment_len[i] = UINT32_MAX;
    }
    put_fragment(w);
    TRACE(&w->report, "mark %llu, threshold %llu, quota %llu bytes, %u calls",
          (unsigned long long)w->settings.high_water,
          (unsigned long long)w->settings.send_threshold,
          (unsigned long long)w->settings.quota_bytes, w->settings.quota_calls);
}

/* --- Turns --------------------------------------------------------------------- */

bool world_deliver(world *w)
{
    bool any;

    w->delivering = true;
    any = sl_pipeline_deliver(w->pipeline);
    w->delivering = false;
    return any;
}

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
    subject_follow_abort(s, subject_has_stage(s, STAGE_FAIL));
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

static void resume_stage(subject *s)
{
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
        {1, call_clear},         {3, call_head},   {2, call_buffering},
        {1, call_informational},
    };
    uint32_t roll = rng_below(&s->world->random, 94);
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
            put_fragment(w);
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

static void expect_nothing_left(world *w)
{
    loans_check_all_back(&w->loans);
    EXPECT(&w->report, 4, w->pipeline->exchanges.live == 0,
           "%zu exchanges are left", w->pipeline->exchanges.live);
    EXPECT(&w->report, 4, w->pipeline->operations.live == 0,
           "%zu operations are left", w->pipeline->operations.live);
    EXPECT(&w->report, 4, w->pipeline->pieces.live == 0, "%zu pieces are left",
           w->pipeline->pieces.live);
}

void world_run(world *w)
{
    uint32_t steps;

    start(w);
    steps = rng_below(&w->random, rng_one_in(&w->random, 4) ? LONG : SHORT) + 5;
    for (uint32_t i = 0; i < steps; i++) {
        w->report.step++;
        step(w);
    }
    finish(w);
    w->report.steps += w->report.step;
    expect_nothing_left(w);
    sl_pipeline_destroy(w->pipeline);
    loans_deinit(&w->loans);
}
