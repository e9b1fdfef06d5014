/* A profile: samples of the current version's stacks, for some time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script/sampling.h"
#include "worker/distress.h"
#include "worker/visit.h"

enum { MOST_SECONDS = 3600 };

typedef struct profile {
    sl_visit visit;
    sl_timer end;
    bool is_over;
} profile;

static void stop(profile *p, sl_buffer *folded)
{
    sl_worker *worker = p->visit.worker;

    p->is_over = true;
    sl_timer_stop(&worker->pipeline->timers, &p->end);
    sl_sampling_stop(folded);
    worker->is_sampled = false;
    if (worker->script != NULL) {
        sl_distress_look_again(worker);
    }
}

static void tell(profile *p)
{
    sl_buffer folded = {0};

    stop(p, &folded);
    sl_buffer_append(&folded, "", 1);
    sl_visit_say(&p->visit, SL_SAYS_PROFILE, sl_buffer_data(&folded),
                 sl_buffer_len(&folded) - 1);
    sl_visit_say(&p->visit, SL_SAYS_DONE, "", 0);
    sl_visit_finish(&p->visit);
    sl_buffer_deinit(&folded);
}

static void on_due(sl_timer *timer, uint64_t now_ms)
{
    tell(SL_CONTAINER(timer, profile, end));
}

static void hear(sl_visit *visit, char word, const char *text, size_t len)
{
    profile *p = (profile *)visit;

    if (word == SL_ASKS_INTERRUPT && !p->is_over) {
        tell(p); /* what there is */
    }
}

static void end(sl_visit *visit)
{
    profile *p = (profile *)visit;
    sl_buffer folded = {0};

    if (!p->is_over) {
        stop(p, &folded);
        sl_buffer_deinit(&folded);
    }
}

static void greet(sl_visit *visit)
{
    sl_buffer hello = {0};

    sl_visit_accept(visit);
    sl_buffer_printf(&hello, "%s, worker process %d", visit->worker->app,
                     (int)getpid());
    sl_visit_say(visit, SL_SAYS_HELLO, sl_buffer_data(&hello),
                 sl_buffer_len(&hello));
    sl_buffer_deinit(&hello);
}

static const char *begin(sl_visit *visit, const char *words)
{
    profile *p = (profile *)visit;
    sl_worker *worker = visit->worker;
    char *rest;
    unsigned long seconds = strtoul(words, &rest, 10);

    if (rest == words || *rest != '\0' || seconds == 0 ||
        seconds > MOST_SECONDS) {
        return "for how many seconds? A number from 1 to 3600";
    }
    if (worker->script == NULL) {
        return "it runs no Lua";
    }
    if (!sl_sampling_start()) {
        return "somebody profiles this worker already";
    }
    worker->is_sampled = true;
    sl_distress_look_again(worker);
    greet(visit);
    p->end.on_due = on_due;
    sl_timer_start(&worker->pipeline->timers, &p->end,
                   uv_now(worker->loop) + seconds * 1000);
    sl_worker_turn_soon(worker);
    return NULL;
}

const sl_visit_kind sl_profile_visit = {
    .name = "profile",
    .size = sizeof(profile),
    .begin = begin,
    .hear = hear,
    .end = end,
};
