/* The process that keeps workers: it opens the sockets, starts one worker for
 * each slot, puts another one in the place of one that died, and hands
 * on what it is told. It runs no script and serves nobody itself, so that what
 * goes wrong there cannot reach it.
 *
 *   slot    one of N places; has its own sockets where the system can share a
 *           port out, and one worker that serves
 *   child   a process that was started for a slot; beside the one that serves
 *           there may be one that is loading, and some that are leaving
 *
 * Threads:   one.
 * Ownership: everything here belongs to the supervisor, which lives on the
 *            stack of sl_supervise.
 */
#ifndef SLUICE_SUPERVISOR_SUPERVISOR_H
#define SLUICE_SUPERVISOR_SUPERVISOR_H

#include <sys/types.h>

#include <uv.h>

#include "admin/admin.h"
#include "base/list.h"
#include "settings/settings.h"
#include "supervisor/ports.h"
#include "supervisor/reload.h"
#include "worker/channel.h"
#include "worker/control.h"
#include "worker/heartbeat.h"

/* Serve the app until a signal says to stop; SL_OK: *exit_code is that of the
 * process. A failure to start says why in *error (free). `inherited` as for
 * sl_worker_open; `arguments` are those of the process, from its name on. */
sl_status sl_supervise(const sl_settings *settings, const sl_log *log,
                       const char *app, uint32_t inherited,
                       char *const *arguments, int *exit_code, char **error);

/* --- Inside ---------------------------------------------------------------- */

typedef struct sl_supervisor sl_supervisor;

typedef enum sl_child_state {
    SL_CHILD_LOADING, /* the app */
    SL_CHILD_READY,   /* waits until it may serve */
    SL_CHILD_SERVING,
    SL_CHILD_LEAVING /* does not listen any more, finishes what runs */
} sl_child_state;

/* How far a worker has been asked why its turn does not end. */
typedef enum sl_watch {
    SL_WATCH_FINE,
    SL_WATCH_ASKED,
    SL_WATCH_INSISTED,
    SL_WATCH_ENDED
} sl_watch;

/* Has it been asked to prepare another version? */
typedef enum sl_asked { SL_ASKED_NOT, SL_ASKED, SL_ASKED_READY } sl_asked;

typedef struct sl_child {
    sl_supervisor *supervisor;
    sl_list link; /* supervisor->children */
    uint32_t slot;
    pid_t pid;
    sl_child_state state;
    bool told;    /* of its fate already: its death needs no report */
    bool listens; /* it has said so */
    sl_asked asked;
    uint64_t serving_ms; /* since when */
    int channel;
    uv_poll_t poll; /* of the channel */
    sl_heartbeat *page;
    sl_board *board; /* NULL: that of another version is another one */
    int page_fd;
    sl_heartbeat no_page; /* when that of another version is another one */

    /* The watchdog's. */
    sl_watch watch;
    uint64_t watch_ms; /* since it became that */
    uint64_t seen_turn;
    uint64_t stuck_ms; /* in it */
} sl_child;

typedef struct sl_slot {
    sl_supervisor *supervisor;
    sl_child *current; /* serves; NULL: none */
    sl_child *next;    /* will; NULL: none */
    uint32_t failures; /* in a row */
    uv_timer_t retry;
} sl_slot;

typedef enum sl_supervisor_phase {
    SL_SUPERVISOR_STARTING, /* nobody serves yet */
    SL_SUPERVISOR_RUNNING,
    SL_SUPERVISOR_STOPPING
} sl_supervisor_phase;

enum { SL_SUPERVISOR_SIGNALS = 6 };

struct sl_supervisor {
    const sl_settings *settings;
    const sl_log *log;
    const char *app;
    char *const *arguments; /* of this process */
    pid_t probe;            /* is asked whether it can go on; 0: none */
    uv_loop_t loop;
    uv_signal_t signals[SL_SUPERVISOR_SIGNALS];
    uv_timer_t deadline; /* of the end */
    uv_timer_t watchdog;
    uv_timer_t recycle;
    sl_supervisor_phase phase;
    sl_ports ports;
    sl_control control;
    sl_admin admin;
    sl_board *departed; /* what workers have counted that have ended */
    int sums_fd;        /* its file */
    int64_t started_unix_s;
    uint64_t reloads_before; /* in other lives of this process */
    uint64_t failed_before;
    uint64_t deaths; /* of workers that were not asked to end */
    sl_reload reload;
    int settings_fd;
    sl_list children;
    sl_slot *slots;
    uint32_t count; /* of slots */
    uint64_t replaced;
    bool announced;
    bool has_levels;      /* of the log, other than those of the settings */
    uv_timer_t log_timer; /* runs while lines of the log wait */
    int exit_code;
    char *error; /* why it did not start */
};

/* Nobody serves yet, and nobody will. The first reason is kept. */
void sl_supervisor_fail(sl_supervisor *supervisor, const char *error);

/* Say where clients can connect. */
void sl_supervisor_announce(const sl_supervisor *supervisor);

/* The app is known to load: start a worker in each slot. */
void sl_supervisor_start_workers(sl_supervisor *supervisor);

/* --- sums.c: numbers that last longer than workers. */
void sl_sums_open(sl_supervisor *supervisor);
void sl_sums_close(const sl_supervisor *supervisor);

/* Those of another life, unless its board was another one. */
void sl_sums_take(sl_supervisor *supervisor, int fd);

/* --- log.c: what nobody has read yet. */
void sl_supervisor_show_log(const sl_supervisor *supervisor);
void sl_supervisor_own_log(sl_supervisor *supervisor);
void sl_supervisor_disown_log(const sl_supervisor *supervisor);

/* --- answers.c */
extern const sl_control_host sl_supervisor_answers;

/* --- signals.c */
void sl_supervisor_watch_signals(sl_supervisor *supervisor);

/* Send all children this message; the text may be NULL. */
void sl_children_tell(sl_supervisor *supervisor, sl_message_kind message,
                      const char *text);

/* --- stop.c: the end. No child is replaced any more. */

/* What runs may finish within the grace time. */
void sl_supervisor_stop(sl_supervisor *supervisor);

/* End all of them now. */
void sl_supervisor_kill(sl_supervisor *supervisor, int exit_code);

/* A child has ended: was it the last one? */
void sl_supervisor_look_at_end(sl_supervisor *supervisor);

/* --- slot.c: who serves in a slot. */
void sl_slot_init(sl_slot *slot, sl_supervisor *supervisor);

/* Start a worker for the slot. It takes the place of who serves there when it
 * is ready. */
void sl_slot_start(sl_slot *slot);

/* A process that loads what served until now would serve it: end those. Others
 * are started in their places. */
void sl_slots_end_stale(sl_supervisor *supervisor);

/* What happened to a child of the slot. */
void sl_slot_on_ready(sl_slot *slot, sl_child *child);
void sl_slot_on_serving(sl_slot *slot, sl_child *child);
void sl_slot_on_worn(sl_slot *slot, sl_child *child, const char *why);
void sl_slot_on_death(sl_slot *slot, sl_child *child);

/* --- child.c: the life of one process. */

/* NULL: it could not be started; errno says why. */
sl_child *sl_child_start(sl_supervisor *supervisor, uint32_t slot);

/* One that another life has started; see legacy.h. */
void sl_child_adopt(sl_supervisor *supervisor, uint32_t slot, pid_t pid,
                    sl_child_state state, int channel, int page);

void sl_child_free(sl_child *child);

/* Its log has the levels of ours from now on. */
void sl_child_tell_levels(const sl_child *child);

/* --- child_words.c: hear what it has said. */
void sl_child_listen(sl_child *child);

/* --- reap.c: processes have ended: look which. */
void sl_children_reap(sl_supervisor *supervisor);

/* --- watchdog.c: look at the workers from time to time. */
void sl_watchdog_start(sl_supervisor *supervisor);

/* --- recycle.c: replace workers that have served long enough. */
void sl_recycle_start(sl_supervisor *supervisor);

/* --- overview.c: what the admin listener is told. */
extern const sl_admin_host sl_supervisor_admin;

/* --- spawn.c */

/* In a child, signals must not reach handlers of ours any more; what is ignored
 * stays so. */
void sl_spawn_reset_signals(void);

/* Run this binary afresh as a worker that inherits these descriptors, from
 * SL_INHERITED_CHANNEL on. Its process id; -1 with errno. */
pid_t sl_spawn_worker(const char *app, uint32_t slot, int *fds, size_t count);

/* Likewise as a probe. */
pid_t sl_spawn_probe(const char *app, int *fds, size_t count);

#endif
