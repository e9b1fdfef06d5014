/* The admin listener: an address of its own where a server says how it is.
 *
 *   GET /healthz   200: its loops turn; else 503
 *   GET /readyz    200: it takes requests now; else 503 and why not
 *   GET /metrics   for Prometheus
 *   GET /status    what it does, as JSON
 *   POST /reload   load the app anew; answers with the outcome
 *
 * It is a worker with handlers in C on the loop of somebody else: of the
 * supervisor, so that it answers whatever the other workers do, or of the one
 * worker that has none.
 *
 * Threads:   the loop's.
 * Ownership: who opens it owns it, and keeps it until on_closed.
 */
#ifndef SLUICE_ADMIN_ADMIN_H
#define SLUICE_ADMIN_ADMIN_H

#include <uv.h>

#include "native/native.h"
#include "worker/alone.h"
#include "worker/worker.h"

/* What is known about the processes, beside what they show on their boards. */
typedef struct sl_admin_facts {
    uint64_t workers; /* that serve */
    uint64_t restarts;
    uint64_t deaths;
    uint64_t reloads;
    uint64_t failed_reloads;
    uint64_t memory_bytes; /* of all workers; 0: not known */
} sl_admin_facts;

/* Who opened it. Texts are for people, without a line feed at their end. */
typedef struct sl_admin_host {
    /* Add all boards up. */
    void (*sum)(void *host, sl_board *sum, sl_admin_facts *facts);

    bool (*is_healthy)(void *host, sl_buffer *why_not);
    bool (*is_ready)(void *host, sl_buffer *why_not);

    /* Ask all workers to list what is live; have they? */
    void (*ask)(void *host);
    bool (*have_answered)(void *host);

    /* Can it begin to reload now? */
    bool (*may_reload)(void *host);
} sl_admin_host;

typedef struct sl_admin {
    const sl_admin_host *host;
    void *context;
    sl_control *control; /* of the server: who answers there answers here */
    const sl_settings *settings; /* of the server */
    sl_settings own;             /* of this listener */
    const sl_log *log;
    sl_native native;
    sl_worker worker;
    uv_timer_t patience; /* runs while lists are waited for */
    unsigned looks;
    sl_list status_waiting; /* requests */
    sl_list reload_waiting;
    int64_t started_unix_s;
    bool is_open;
} sl_admin;

/* Listen at the address of the settings, unless it is off; *error (free).
 * `control` may be one that nobody can call. */
sl_status sl_admin_open(sl_admin *admin, const sl_settings *settings,
                        const sl_log *log, uv_loop_t *loop,
                        const sl_admin_host *host, void *context,
                        sl_control *control, char **error);

/* Everything is let go of; the loop has to turn until its handles are closed.
 * One that is not open is left alone. */
void sl_admin_close(sl_admin *admin);

/* --- For hosts ---------------------------------------------------------------- */

/* Is this worker below its limits? */
bool sl_admin_has_room(const sl_settings *settings, const sl_board *board);

/* --- alone.c -------------------------------------------------------------------- */

/* For a server without a supervisor. */
sl_status sl_admin_open_alone(sl_admin *admin, sl_alone *alone, char **error);

/* --- Inside: metrics.c --------------------------------------------------------- */

/* What /metrics answers. */
void sl_admin_render(const sl_board *sum, const sl_admin_facts *facts,
                     int64_t started_unix_s, sl_buffer *text);

/* --- Inside: meters_text.c ------------------------------------------------------ */

/* Metrics of scripts. */
void sl_admin_render_meters(const sl_meters *meters, sl_buffer *text);

#endif
