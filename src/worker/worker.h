/* The one place that glues: a loop, sockets, sessions, the pipeline, a script,
 * and handlers in C, driven one turn at a time.
 *
 *   poll:  receive, parse, queue            (net's callbacks)
 *   turn:  time -> handlers -> send -> news, until nothing is left to do
 *
 * Threads:   one.
 * Ownership: main, or a public server, owns the worker; settings, log and C
 *            handlers outlive it.
 */
#ifndef SLUICE_WORKER_WORKER_H
#define SLUICE_WORKER_WORKER_H

#include <uv.h>

#include "native/native.h"
#include "settings/settings.h"
#include "worker/access_log.h"
#include "worker/board.h"
#include "worker/generation.h"
#include "worker/heartbeat.h"
#include "worker/link.h"

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

    uv_loop_t *loop; /* an embedder's, or: */
    uv_loop_t own_loop;
    uv_prepare_t before_poll; /* callbacks of others may have made work */
    uv_check_t after_poll;    /* runs the turn */
    uv_idle_t more;           /* active: do not wait in poll, work is left */
    uv_timer_t timer;         /* for pipeline->timers */
    uint64_t timer_due_ms;    /* that it is set to; UINT64_MAX: not running */
    bool more_active;

    sl_pipeline *pipeline;
    sl_stages stages;
    sl_session_env env;
    sl_net *net;
    sl_script *script; /* the current generation's; NULL: no app is loaded */
    sl_generation *current; /* NULL: likewise, or it starts */
    sl_list generations;    /* all of them, the oldest first */
    uint32_t made;          /* so many */
    uint32_t alive;         /* of them */
    sl_script_stat gone;    /* counters of those that are no more */
    char *app;              /* its path; NULL: none */
    sl_native *native;      /* NULL: no handler is in C */

    /* A reload. */
    sl_generation *next; /* the one that is prepared; NULL: none */
    bool is_awaited;     /* the loop runs only for the first one */
    char *start_error;   /* why the first one did not start */
    void (*on_prepared)(struct sl_worker *worker, sl_generation *generation,
                        const char *error); /* NULL: it is ready */
    uint64_t reloads;
    uint64_t failed_reloads;
    void (*on_reloaded)(struct sl_worker *worker,
                        const char *error); /* may be NULL */
    void *admin;                            /* of who is told by it */

    /* Towards a supervisor, or in its place. */
    sl_link link;
    struct sl_alone
        *alone; /* NULL: there is one, or a program that embeds us */
    sl_heartbeat *heartbeat; /* never NULL: a page of it, or our own */
    sl_heartbeat own_heartbeat;
    sl_board *board;                /* owned */
    struct sl_recording *recording; /* owned; NULL: not in development */

    sl_list visits;    /* see visit.h */
    uint32_t visitors; /* so many there have been */
    bool is_sampled;   /* by one of them */

    /* The end, see shutdown.c. */
    uv_async_t stop_signal;
    uv_signal_t hangup;
    uv_signal_t reopen;
    sl_timer tick;
    sl_timer log_timer; /* runs while lines of the log wait, if it is ours */
    sl_worker_phase phase;
    uint64_t phase_end_ms;
    int exit_code;
    void (*on_stopped)(struct sl_worker *worker); /* NULL: uv_stop */
    void (*on_closed)(struct sl_worker *worker);
    void *owner; /* a program that embeds it; NULL: the process is ours */
} sl_worker;

/* With `loop` NULL on a loop of its own. */
void sl_worker_init(sl_worker *worker, const sl_settings *settings,
                    const sl_log *log, uv_loop_t *loop);

/* A supervisor sees from now on what the worker does. */
void sl_worker_show_in(sl_worker *worker, sl_heartbeat *page);

/* Likewise on a board, which belongs to the worker from now on; NULL: it shows
 * on its own. */
void sl_worker_show_on(sl_worker *worker, sl_board *board);

/* After run has returned, or instead of it: on a loop of its own. */
void sl_worker_deinit(sl_worker *worker);

/* The same on the loop of somebody else: end everything now; on_closed is called
 * from the loop when no handle of the worker's is left on it, and may free. */
void sl_worker_close(sl_worker *worker);
void sl_worker_free(sl_worker *worker);

/* Open and close the log of errors that the settings name. On failure *error
 * (free) says why, and the log is standard error. */
sl_status sl_worker_open_log(const sl_settings *settings, sl_logs *logs,
                             char **error);
void sl_worker_close_log(sl_logs *logs);

/* Set levels of the log, see base/logs.h; "default": those of the settings. The
 * answer, for people, has all of them, or "error: " and why nothing has changed. */
bool sl_worker_set_levels(const sl_settings *settings, const sl_log *log,
                          const char *levels, sl_buffer *answer);

/* The worker is who tries again what nobody read, and counts what is lost; until
 * it ends. Once it has its board. */
void sl_worker_own_log(sl_worker *worker);
void sl_worker_disown_log(const sl_worker *worker);

/* Go on in a new file of that name: the one that is open was moved away. */
void sl_worker_reopen_log(const sl_settings *settings, const sl_log *log);

/* Make a VM and load an app into it, from `sources` unless they are NULL. On
 * failure *error (free) says why. It starts in the first turns. */
sl_status sl_worker_load(sl_worker *worker, const char *path,
                         sl_sources *sources, char **error);

/* On a loop of its own: turn until the app has started, or failed to. */
sl_status sl_worker_await_start(sl_worker *worker, char **error);

/* Open the access log, listen on every address of the settings, and say so.
 * With `inherited` sockets, which are descriptors from SL_FIRST_INHERITED on,
 * listen on those instead. */
sl_status sl_worker_open(sl_worker *worker, uint32_t inherited, char **error);

/* Instead, for a worker of a supervisor: open the access log, say that it is
 * ready, and listen on so many inherited sockets when it is told to. */
sl_status sl_worker_attach(sl_worker *worker, uint32_t sockets, char **error);

/* The parts of it; `bound` (at least 128 bytes) becomes the address. */
sl_status sl_worker_open_access_log(sl_worker *worker, char **error);
sl_status sl_worker_listen(sl_worker *worker, const char *address, char *bound,
                           char **error);

/* Take part in the turns of the loop. */
void sl_worker_start(sl_worker *worker);

/* Drain as a signal says it; asked again, end at once. */
void sl_worker_stop(sl_worker *worker);

/* Serve until a signal says to stop; the exit code of the process. */
int sl_worker_run(sl_worker *worker);

/* --- Inside: worker.c, closing.c ------------------------------------------ */

/* Run each handler that is queued. False when none was. */
bool sl_worker_run_once(sl_worker *worker);

/* A timer of libuv's has made work: do not wait for anything before it. */
void sl_worker_turn_soon(sl_worker *worker);

/* --- Inside: worker_hosts.c ------------------------------------------------ */

extern const sl_session_host sl_worker_session_host;
extern const sl_pipeline_host sl_worker_pipeline_host;

/* --- Inside: recording.c ---------------------------------------------------- */

/* From now on, record what becomes of each request. */
void sl_worker_record(sl_worker *worker);
void sl_worker_end_record(sl_worker *worker);

/* --- Inside: shutdown.c --------------------------------------------------- */

void sl_worker_watch_signals(sl_worker *worker);

/* Accept what waits, listen no more, and end when what runs has finished. What
 * was to finish at leisure may be hurried later, not the other way round. */
void sl_worker_finish(sl_worker *worker, sl_finish how);

/* Somebody asks for the end, at the control socket: once is enough. */
void sl_worker_ask_to_stop(sl_worker *worker);

/* End now. */
void sl_worker_end(sl_worker *worker, int exit_code);

/* Both logs. */
void sl_worker_reopen_logs(sl_worker *worker);

/* At the end of each turn: go on with stopping, when it is under way. */
void sl_worker_look_at_end(sl_worker *worker);

#endif
