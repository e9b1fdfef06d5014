/* The one place that glues: a loop, sockets, sessions, the pipeline, and a
 * script, driven one turn at a time.
 *
 *   poll:  receive, parse, queue            (net's callbacks)
 *   turn:  time -> handlers -> send -> news, until nothing is left to do
 *
 * Threads:   one.
 * Ownership: main owns the worker; settings and log outlive it.
 */
#ifndef SLUICE_WORKER_WORKER_H
#define SLUICE_WORKER_WORKER_H

#include <uv.h>

#include "settings/settings.h"
#include "worker/access_log.h"
#include "worker/heartbeat.h"
#include "worker/link.h"
#include "worker/luv.h"

typedef enum sl_worker_phase {
    SL_WORKER_SERVING,
    SL_WORKER_LEAVING,    /* another one listens; what runs may finish */
    SL_WORKER_DRAINING,   /* running requests finish within the grace time */
    SL_WORKER_CANCELLING, /* their handlers were told to end */
    SL_WORKER_STOPPED
} sl_worker_phase;

/* How long what runs may go on. */
typedef enum sl_finish { SL_FINISH_AT_LEISURE, SL_FINISH_IN_TIME } sl_finish;

typedef struct sl_worker {
    const sl_settings *settings;
    const sl_log *log;
    sl_access_log access_log;

    uv_loop_t loop;
    uv_check_t after_poll; /* runs the turn */
    uv_idle_t more;        /* active: do not wait in poll, work is left */
    uv_timer_t timer;      /* for pipeline->timers */
    uint64_t timer_due_ms; /* that it is set to; UINT64_MAX: not running */
    bool more_active;

    sl_pipeline *pipeline;
    sl_session_env env;
    sl_net *net;
    sl_script *script;
    sl_luv luv;

    /* Towards a supervisor. */
    sl_link link;
    sl_heartbeat *heartbeat; /* never NULL: a page of it, or our own */
    sl_heartbeat own_heartbeat;

    /* The end, see shutdown.c. */
    uv_async_t stop_signal;
    uv_signal_t hangup;
    uv_signal_t reopen;
    sl_timer tick;
    sl_worker_phase phase;
    uint64_t phase_end_ms;
    int exit_code;
} sl_worker;

/* On failure *error (free) says why, and nothing is left behind. `page` is
 * shown to a supervisor; NULL: there is none. */
sl_status sl_worker_init(sl_worker *worker, const sl_settings *settings,
                         const sl_log *log, sl_heartbeat *page, char **error);

/* After run has returned, or instead of it. */
void sl_worker_deinit(sl_worker *worker);

sl_status sl_worker_load(sl_worker *worker, const char *path, char **error);

/* Open the access log, listen on every address of the settings, and say so.
 * With `inherited` sockets, which are descriptors from SL_FIRST_INHERITED on,
 * listen on those instead. */
sl_status sl_worker_open(sl_worker *worker, uint32_t inherited, char **error);

/* Instead, for a worker of a supervisor: open the access log, say that it is
 * ready, and listen on so many inherited sockets when it is told to. */
sl_status sl_worker_attach(sl_worker *worker, uint32_t sockets, char **error);

/* Serve until somebody says to stop; the exit code of the process. */
int sl_worker_run(sl_worker *worker);

/* --- Inside: worker_hosts.c ------------------------------------------------ */

extern const sl_session_host sl_worker_session_host;
extern const sl_pipeline_host sl_worker_pipeline_host;

/* --- Inside: shutdown.c --------------------------------------------------- */

void sl_worker_watch_signals(sl_worker *worker);

/* Accept what waits, listen no more, and end when what runs has finished. What
 * was to finish at leisure may be hurried later, not the other way round. */
void sl_worker_finish(sl_worker *worker, sl_finish how);

/* End now. */
void sl_worker_end(sl_worker *worker, int exit_code);

/* Go on in new files of the same names: those that are open were moved away. */
void sl_worker_reopen_logs(sl_worker *worker);

/* At the end of each turn: go on with stopping, when it is under way. */
void sl_worker_look_at_end(sl_worker *worker);

#endif
