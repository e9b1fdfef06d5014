/* The socket on which people ask the supervisor: `sluice status`, `sluice stop`.
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
 *
 * An answer that starts with "error: " says what went wrong.
 *
 * Whoever may write to the file may ask: only its owner.
 */
#ifndef SLUICE_SUPERVISOR_CONTROL_H
#define SLUICE_SUPERVISOR_CONTROL_H

#include <uv.h>

#include "base/buffer.h"
#include "base/list.h"
#include "net/socket.h"

struct sl_supervisor;

typedef struct sl_control {
    sl_socket socket; /* fd -1: there is none */
    uv_pipe_t listener;
    sl_list clients;
    unsigned count; /* of them */
} sl_control;

/* Listen at the path of the settings, unless it is "off". *error (free). */
sl_status sl_control_open(struct sl_supervisor *supervisor, char **error);

/* Nobody can ask any more; who waits is answered by the end of the process. */
void sl_control_close(sl_control *control);

/* The outcome, for those who wait for a reload. */
void sl_control_tell_waiting(sl_control *control, const char *text);

/* What an answer to "status" says. */
void sl_status_table(const struct sl_supervisor *supervisor, sl_buffer *text);
void sl_status_json(const struct sl_supervisor *supervisor, bool with_live,
                    sl_buffer *text);

#endif
