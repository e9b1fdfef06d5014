/* Versions of an app's code in one worker: each is a VM with its loop of luv.
 *
 * One is current: requests that begin go there. A reload prepares another one
 * beside it: the app is loaded in full, takes over what the current one hands
 * over, and runs app:on_start. Then it is committed, or rolled back. The one
 * before lives until its last request, and the tasks that requests have begun,
 * have ended; then app:on_stop runs, and all is closed.
 *
 *   STARTING -> READY -> CURRENT -> OLD -> STOPPING -> CANCELLED -> CLOSING
 *
 * Threads:   the worker's.
 * Ownership: the worker owns its generations; each frees itself in the end.
 */
#ifndef SLUICE_WORKER_GENERATION_H
#define SLUICE_WORKER_GENERATION_H

#include "base/list.h"
#include "base/timers.h"
#include "script/script.h"
#include "worker/luv.h"

struct sl_worker;

typedef enum sl_generation_phase {
    SL_GENERATION_STARTING, /* loaded; takes over, and starts */
    SL_GENERATION_READY,    /* may become the current one */
    SL_GENERATION_CURRENT,
    SL_GENERATION_OLD,       /* finishes what requests have begun */
    SL_GENERATION_STOPPING,  /* on_stop runs */
    SL_GENERATION_CANCELLED, /* what is left was told to end */
    SL_GENERATION_CLOSING    /* what it has left open is being closed */
} sl_generation_phase;

typedef struct sl_generation {
    sl_list link; /* worker->generations, the oldest first */
    struct sl_worker *worker;
    uint32_t number; /* from 1, in this worker */
    sl_generation_phase phase;
    uint64_t end_ms; /* of the phase; UINT64_MAX: when it is done */
    sl_timer alarm;  /* for that */
    bool begun;      /* its start */
    bool is_hooked;  /* a debugger may stop it */
    bool takes_over; /* waits for what the current one hands over */
    sl_script *script;
    sl_luv luv;
} sl_generation;

/* A VM with the app in it, which starts in the next turns; then, or when that
 * has failed, worker->on_prepared is called: from `sources`, or, when that is NULL, from the
 * disk. On failure *error (free) says why. */
sl_status sl_generation_load(struct sl_worker *worker, const char *path,
                             sl_sources *sources, sl_generation **generation,
                             char **error);

/* Requests begin here from now on; the one before ends in its time. */
void sl_generation_commit(sl_generation *generation);

/* It ends without ever having been the current one. */
void sl_generation_discard(sl_generation *generation);

/* --- What generation.c and generation_end.c share ----------------------------- */

enum { SL_GENERATION_GRACE_MS = 1000 /* what cancelled tasks get */ };

/* The next phase, for so long at most; 0: until it is done. */
void sl_generation_enter(sl_generation *generation, sl_generation_phase phase,
                         uint64_t most_ms);

/* Has its phase taken as long as it may? */
bool sl_generation_is_late(const sl_generation *generation);

/* Go on with its end. It may be gone afterwards. */
void sl_generation_look_at_end(sl_generation *generation);

/* --- All of a worker's ------------------------------------------------------ */

/* Run what is queued. False when nothing was. */
bool sl_generations_run(struct sl_worker *worker);
bool sl_generations_are_runnable(const struct sl_worker *worker);

/* A debugger may stop the script of a generation, the context, from now on, or
 * no more; tell the supervisor whether that is so for any. */
void sl_generation_on_hook(void *context, bool is_hooked);
void sl_generations_show_hooks(const struct sl_worker *worker);

/* The sums of all. */
void sl_generations_describe(const struct sl_worker *worker,
                             sl_script_stat *sum);
uint32_t sl_generations_count_anchors(const struct sl_worker *worker);

/* Those that the current one has replaced, and that have not ended yet. */
uint32_t sl_generations_count_old(const struct sl_worker *worker);

/* At the end of each turn: go on with those that begin and end. */
void sl_generations_look(struct sl_worker *worker);

/* The worker ends: requests are told, and cancelled; app:on_stop runs (true:
 * it is over); everything is closed now, whatever it does. */
void sl_generations_shut_down(struct sl_worker *worker);
void sl_generations_cancel(struct sl_worker *worker);
bool sl_generations_stop(struct sl_worker *worker);
void sl_generations_close(struct sl_worker *worker);

#endif
