/* The socket on which people ask a server: `sluice status`, `sluice stop`.
 *
 * One question for each connection: a line with words. The answer is a text, and
 * the end of it is the end of the connection; that of "stop" comes when the
 * server has ended.
 *
 *   status          a table for people
 *   status json     the same as one object
 *   stop            as SIGTERM
 *   reload          as SIGHUP
 *   reload wait     likewise; the answer comes with the outcome
 *   log-level ...   set levels of the log, if any are named; all of them
 *   visit N WHAT    worker N, or "any" one, goes on with the connection itself:
 *                   see visit.h
 *
 * An answer that starts with "error: " says what went wrong.
 *
 * Whoever may write to the file may ask: only its owner.
 */
#ifndef SLUICE_WORKER_CONTROL_H
#define SLUICE_WORKER_CONTROL_H

#include <stdbool.h>

#include <uv.h>

#include "base/buffer.h"
#include "base/list.h"
#include "net/socket.h"
#include "settings/settings.h"
#include "worker/outcome.h"
#include "worker/status.h"

/* Who answers: the supervisor, or the one process of a server without. */
typedef struct sl_control_host {
    void (*status)(void *context, sl_status_form form, sl_buffer *text);
    void (*reload)(void *context); /* sl_control_tell_waiting has the outcome */
    void (*stop)(void *context);

    /* See sl_worker_set_levels. */
    void (*set_levels)(void *context, const char *levels, sl_buffer *answer);
    /* Let a worker go on with this connection, whose descriptor stays the
     * caller's. NULL; or why not. */
    const char *(*visit)(void *context, uint32_t worker, const char *what,
                         int fd);
} sl_control_host;

enum { SL_VISIT_ANY = UINT32_MAX /* whichever serves */ };

/* All zero but for the descriptor, -1: there is none. */
typedef struct sl_control {
    sl_socket socket;
    uv_pipe_t listener;
    sl_list clients;
    unsigned count; /* of them */
    const sl_control_host *host;
    void *context;

    /* Somebody else who waits for outcomes; NULL: nobody. */
    void (*on_outcome)(void *watcher, const sl_outcome *outcome);
    void *watcher;
} sl_control;

void sl_control_init(sl_control *control, const sl_control_host *host,
                     void *context);

/* Listen at the path of the settings, unless it is "off"; "auto": at a place
 * of rendezvous.h, if it can. *error (free). */
sl_status sl_control_open(sl_control *control, uv_loop_t *loop,
                          const sl_settings *settings, char **error);

/* Nobody can ask any more; who waits is answered by the end of the process. */
void sl_control_close(sl_control *control);

/* The outcome, for those who wait for a reload. */
void sl_control_tell_waiting(sl_control *control, const sl_outcome *outcome);

/* There will be none for them. */
void sl_control_refuse_waiting(sl_control *control, const char *why);

#endif
