/* A server without sockets and without a clock, for the tests of an app.
 *
 * The worker, its pipeline, sessions and script are those of production; in
 * the place of connections are peers, whose bytes come from a spec and go to
 * it, and time is a number that only moves when nothing is left to be done. A
 * spec runs in the VM of the app, on its main state, and drives the turns; what
 * handlers wait for from the system (files, sockets, processes) takes its real
 * time meanwhile.
 *
 * Threads:   one.
 * Ownership: the command owns the world; it owns its peers.
 */
#ifndef SLUICE_TESTING_WORLD_H
#define SLUICE_TESTING_WORLD_H

#include "embed/embed.h"
#include "testing/peer.h"
#include "worker/luv.h"
#include "worker/worker.h"

/* An operation of some request that has completed. */
typedef struct sl_world_completion {
    char request[SL_REQUEST_ID];
    uint64_t at_ms;
    sl_completion done;
} sl_world_completion;

typedef struct sl_world {
    const sl_settings *settings;
    sl_log log; /* a file of memory, whose lines are JSON */
    sl_worker worker;
    sl_server *server; /* of the modules; NULL: there are none */
    sl_script *script;
    sl_luv luv;
    bool has_luv;
    sl_pipeline_host host; /* the worker's, with this world's clock */

    uint64_t now_ms;
    uint64_t began_ms; /* that it started with */
    int64_t began_s;   /* since 1970 */
    uint64_t busy;     /* turns since time has moved */
    uv_timer_t alarm;  /* ends a wait for the system */

    sl_list peers;
    sl_peer *heard; /* whose bytes are being looked at; NULL: nobody's */

    sl_world_completion *completions; /* not yet fetched */
    size_t ncompletions;
    size_t most_completions;
} sl_world;

/* What a step has come to. */
typedef enum sl_progress {
    SL_PROGRESS_WORK,   /* something ran: look, and come again */
    SL_PROGRESS_TIME,   /* nothing was left to do, and time has moved */
    SL_PROGRESS_LIMIT,  /* nothing is left to do before the limit */
    SL_PROGRESS_NOTHING /* nothing is left to do, and nothing will be due */
} sl_progress;

/* On failure *error (free) says why; the world is to be closed either way. */
sl_status sl_world_open(sl_world *world, const sl_settings *settings,
                        char **error);
void sl_world_close(sl_world *world);

/* Load an app in the place of the one before, which has ended. On failure *error
 * (free) says why. */
sl_status sl_world_load(sl_world *world, const char *path, char **error);

/* Drop what the app has left running: its tasks, with their requests. */
void sl_world_end_app(sl_world *world);

/* --- turns.c ------------------------------------------------------------------ */

/* Run what can run now; or else let time move to what is due next, but not past
 * `limit_ms`. */
sl_progress sl_world_step(sl_world *world, uint64_t limit_ms);

/* Nothing is due before `to_ms`: let it be that late. */
void sl_world_skip(sl_world *world, uint64_t to_ms);

/* For the pipeline. */
void sl_world_note_completion(void *host, sl_exchange *exchange,
                              const sl_completion *done);

#endif
