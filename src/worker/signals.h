/* The signals that stop the server. */
#ifndef SLUICE_WORKER_SIGNALS_H
#define SLUICE_WORKER_SIGNALS_H

#include <uv.h>

/* From now on SIGTERM and SIGINT call `on_stop` from the loop. When the loop
 * does not listen, because a handler of the app never comes back, another
 * signal after a second ends the process by itself. One loop of a process can
 * do this. */
void sl_signals_start(uv_loop_t *loop, uv_async_t *handle, uv_async_cb on_stop);

/* Why on_stop was called: a name for the log. */
const char *sl_signals_take(void);

/* The server is ending: the loop is told nothing more, and a signal that comes
 * now does not turn a clean end into another; a second one after a second ends
 * the process all the same. The caller closes the handle. */
void sl_signals_stop(void);

#endif
