/* Another version of the app in all workers, or in none.
 *
 *   IDLE -> PROBING -> PREPARING -> COMMITTING -> IDLE
 *
 * A process of its own loads the app from the disk first and gives back what it
 * has read: what fails, spins or crashes there costs nothing. Then each worker
 * prepares a generation of exactly these sources beside the one that serves;
 * when all have, all are told to switch, else all to forget it. The sources of
 * the last version that serves are kept: a worker that starts later is given
 * them, whatever is on the disk by then. So is the next binary of this process
 * (legacy.h): when the app on the disk does not load in it, it serves them.
 */
#ifndef SLUICE_SUPERVISOR_RELOAD_H
#define SLUICE_SUPERVISOR_RELOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <uv.h>

#include "worker/outcome.h"
#include "worker/watcher.h"

struct sl_supervisor;
struct sl_child;

typedef enum sl_reload_phase {
    SL_RELOAD_IDLE,
    SL_RELOAD_PROBING,
    SL_RELOAD_PREPARING,
    SL_RELOAD_COMMITTING
} sl_reload_phase;

typedef struct sl_reload {
    sl_reload_phase phase;
    bool again;         /* was asked for meanwhile */
    bool serves;        /* workers of ours were started: no longer the start */
    bool stands_in;     /* what they serve is not the app, see stand_in.c */
    unsigned number;    /* of attempts */
    int sources;        /* of the version that serves; -1: none */
    int tried;          /* of the last attempt, as far as it came; -1: none */
    int candidate;      /* of the one that is tried, if it loads; -1: none */
    sl_outcome outcome; /* of the last one */
    char *why;          /* somebody changed what (free); NULL: somebody asked */
    sl_watcher watcher;

    pid_t probe;       /* 0: none */
    bool is_overtaken; /* the files that it reads have changed again */
    uv_timer_t slow;   /* it takes long: look whether they do */
    int channel;       /* of the probe */
    uv_poll_t poll;
    uv_timer_t deadline;
    uint64_t began_ms;
} sl_reload;

void sl_reload_init(struct sl_supervisor *supervisor);
void sl_reload_close(struct sl_supervisor *supervisor);

/* Begin, or, when one is under way, begin again after it. At the start of the
 * server, or of its next binary, only the probe is made, and then the first workers are started. */
void sl_reload_start(struct sl_supervisor *supervisor);

/* Is it the probe that has ended? */
bool sl_reload_on_exit(struct sl_supervisor *supervisor, pid_t pid, int status);

/* A worker serves now, with the version that was served when it started. */
void sl_reload_on_serving(struct sl_child *child);

/* A worker has prepared the attempt of that number, or could not: `text` is
 * the number, and why not. */
void sl_reload_on_prepared(struct sl_child *child, const char *text);
void sl_reload_on_refused(struct sl_child *child, const char *text);

/* It serves the new version. */
void sl_reload_on_switched(struct sl_child *child, const char *text);

/* It has died. */
void sl_reload_on_death(struct sl_child *child);

/* The attempt is over, or its probe is gone: go on. */
void sl_reload_on_settled(struct sl_supervisor *supervisor);

/* --- Inside: reload.c, reload_workers.c --------------------------------------- */

/* The sources are the candidate: have them prepared. */
void sl_reload_prepare(struct sl_supervisor *supervisor);

/* Tell whoever wants to know; NULL: it went well. */
void sl_reload_finish(struct sl_supervisor *supervisor, const char *error);

/* Close a descriptor that may be -1, which it becomes. */
void sl_reload_drop(int *fd);

/* Nothing serves yet, and what was loaded does not start. */
void sl_reload_fail_to_start(struct sl_supervisor *supervisor,
                             const char *error);

/* --- Inside: stand_in.c -------------------------------------------------------- */

/* Start workers that say why the app does not. False: they cannot be. */
bool sl_stand_in_start(struct sl_supervisor *supervisor, const char *why);

/* --- Inside: probe.c ----------------------------------------------------------- */

/* Start it. False: errno. */
bool sl_probe_start(struct sl_supervisor *supervisor);
void sl_probe_end(struct sl_supervisor *supervisor);

/* What came of it; NULL: the sources that were tried can be loaded. */
void sl_reload_on_probed(struct sl_supervisor *supervisor, const char *error);

/* --- Inside: reload_watch.c ---------------------------------------------------- */

void sl_reload_watch_init(struct sl_supervisor *supervisor);

/* Whatever was tried, well or not: another attempt would read the same, until
 * one of these files changes. */
void sl_reload_watch(sl_reload *reload);

/* Code that never comes to an end may be mended before its time is over. */
void sl_reload_watch_probe(sl_reload *reload);

/* While the loop turns yet. */
void sl_reload_unwatch(struct sl_supervisor *supervisor);

#endif
