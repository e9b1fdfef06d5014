/* What a supervisor does, in a server that is one process: reloads, watching,
 * and the answers at the control socket. There is no probe: a load that crashes
 * or never ends takes the server with it.
 *
 * Threads:   the loop's.
 * Ownership: who serves keeps it beside the worker, and closes it first.
 */
#ifndef SLUICE_WORKER_ALONE_H
#define SLUICE_WORKER_ALONE_H

#include <stdbool.h>

#include "worker/control.h"
#include "worker/outcome.h"
#include "worker/watcher.h"
#include "worker/worker.h"

typedef struct sl_alone {
    sl_worker *worker;
    sl_control control;
    sl_watcher watcher;
    sl_outcome outcome; /* of the last reload */
    sl_sources *tried;  /* what it has read; NULL: there is no app */
    bool serves;        /* set by who opened it, when the worker listens */
    bool again;         /* was asked for during one */
    char *why;          /* somebody changed what; NULL: somebody asked */
    uint64_t began_ms;
} sl_alone;

/* Before the worker loads its app; to be closed. Nobody can ask yet. */
void sl_alone_init(sl_alone *alone, sl_worker *worker);

/* The worker has loaded its app from these; NULL: there is none. They are
 * counted. On failure *error (free) says why. */
sl_status sl_alone_open(sl_alone *alone, sl_sources *sources, char **error);
void sl_alone_close(sl_alone *alone);

/* Prepare another generation, and commit it when it is ready. */
void sl_alone_reload(sl_alone *alone);

#endif
