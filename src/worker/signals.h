/* The signals that stop a process that serves. */
#ifndef SLUICE_WORKER_SIGNALS_H
#define SLUICE_WORKER_SIGNALS_H

#include <stdbool.h>

#include <uv.h>

/* From now on SIGTERM and SIGINT call `on_stop` from the loop. When the loop
 * does not listen, because a handler of the app never comes back, another
 * signal after a second ends the process by itself. One loop of a process can
 * do this.
 *
 * A process that is not alone has a supervisor, which decides when it ends: it
 * listens to SIGTERM only, and to what a terminal sends to everybody
 * (SIGINT, SIGHUP) not at all. */
void sl_signals_start(uv_loop_t *loop, uv_async_t *handle, uv_async_cb on_stop,
                      bool alone);

/* Why on_stop was called: a name for the log. */
const char *sl_signals_take(void);

/* The server is ending: the loop is told nothing more, and a signal that comes
 * now does not turn a clean end into another; a second one after a second ends
 * the process all the same. The caller closes the handle. */
void sl_signals_stop(void);

#endif
