/* One line for each request, when nothing more of it is on the wire.
 *
 * combined, with the id and the time taken behind it:
 *   127.0.0.1 - - [20/Nov/2026:18:25:43 +0000] "GET / HTTP/1.1" 200 5 "-"
 *   "curl/8.5" 0123456789abcdef 3ms
 * json: an object with the same, and the route and the id of the trace.
 * dev: what matters while one writes an app; in colours on a terminal:
 *   GET     /hello/you               200  3 ms  5 B  1 chunk  1 send  /.sluice/picture/7-1
 * where the last word leads to the picture of the response.
 *
 * Lines are gathered and written when there are enough of them, and once per
 * second; at once for a terminal, where somebody watches, and with dev. A pipe whose reader
 * has stopped reading loses lines, which are counted, and delays no request.
 */
#ifndef SLUICE_WORKER_ACCESS_LOG_H
#define SLUICE_WORKER_ACCESS_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <sluice/chunk.h>

#include "base/buffer.h"
#include "base/outlet.h"
#include "base/timers.h"
#include "settings/settings.h"

/* The status of a client that left before the answer, as nginx logs it. */
enum { SL_CLIENT_LEFT = 499 };

/* What a line says; an absent span has data NULL. */
typedef struct sl_access_entry {
    int64_t unix_s;
    sl_span peer; /* address, with the port when it is known */
    sl_span method;
    sl_span target;
    int version; /* 10, 11; 0: the request could not be parsed */
    int status;
    double bytes; /* of the body, sent */
    uint32_t chunks;
    uint32_t sends;
    sl_span referer;
    sl_span user_agent;
    sl_span id;
    sl_span route; /* its pattern */
    sl_span trace; /* id, as a traceparent field has it */
    uint64_t duration_ms;
    const char
        *picture; /* by which that of the response is asked for; NULL: there
                            is none */
    sl_span host; /* who was asked; may be absent */
} sl_access_entry;

/* Is it one of the paths that only pages of development ask for? */
bool sl_access_is_ours(sl_span target);

/* Colours are those of a terminal; only the format dev has some. */
void sl_access_format_entry(sl_buffer *line, sl_access_format format,
                            bool is_coloured, const sl_access_entry *entry);

typedef struct sl_access_log {
    int fd;           /* -1: off */
    sl_outlet outlet; /* over it */
    const char *path; /* of the settings */
    sl_access_format format;
    bool immediate;
    bool is_coloured;
    bool torn; /* what was written last ends inside of a line */
    sl_buffer lines;
    uint64_t lost;      /* lines, not yet told of */
    uint64_t lost_ever; /* and those that could not be written */
    uint64_t unwritten; /* lines since writing began to fail; 0: it works */
    sl_timers *timers;
    sl_timer timer; /* runs while lines wait */
    const sl_log *errors;
} sl_access_log;

/* `path` is a file, "-" for standard output, or "off". What goes wrong later is
 * told to `errors`. SL_ESYSTEM: errno. */
sl_status sl_access_log_open(sl_access_log *log, const char *path,
                             sl_access_format format, sl_timers *timers,
                             const sl_log *errors);

/* Write what is gathered, and go on in a file of the same name. */
void sl_access_log_reopen(sl_access_log *log);

/* Write what is gathered, and close. */
void sl_access_log_close(sl_access_log *log);

/* Append a line, to be written soon. */
void sl_access_log_add(sl_access_log *log, const sl_access_entry *entry,
                       uint64_t now_ms);

/* Worker's on_done: see session/session.h. */
void sl_access_log_note(sl_access_log *log, const sl_session_env *env,
                        const sl_exchange *exchange, int refused,
                        const char *peer);

#endif
