/* Handlers in C: which exchanges they answer, and what each of those owns.
 *
 * Callbacks of handlers are made in one place, sl_native_run, which the worker
 * calls from its loop; everything else only queues.
 *
 * Threads:    the loop's.
 * Ownership:  who registers handlers owns it; it outlives the worker's pipeline
 *             only without exchanges. It holds an exchange (SL_HOLD_HOST) from
 *             sl_native_start until its handler is over.
 */
#ifndef SLUICE_NATIVE_NATIVE_H
#define SLUICE_NATIVE_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

#include <sluice/source.h>

#include "base/list.h"
#include "base/log.h"
#include "native/routes.h"
#include "pipeline/pipeline.h"

/* Who is told of requests before their handlers: sl_server_on_request. */
typedef struct sl_native_visitor {
    struct sl_native_visitor *next;
    char *path; /* without the "*" */
    size_t len;
    bool is_prefix;
    sl_event_fn *fn;
    void *context;
} sl_native_visitor;

typedef struct sl_native {
    sl_native_routes routes;
    sl_native_visitor *visitors; /* in the order of their registration */
    const sl_log *log;           /* NULL: nothing is logged */
    sl_list live;                /* calls whose exchanges are held */
    sl_list queue;               /* calls that have something to do */
    sl_list next; /* likewise, in another turn than `next_turn` */
    uint64_t next_turn;
    uint64_t turn;     /* of the last run */
    uint32_t handlers; /* not over */
} sl_native;

void sl_native_init(sl_native *native);

/* No exchange may be held. */
void sl_native_deinit(sl_native *native);

/* On failure *error (free) says what is wrong with the path. */
sl_status sl_native_visitors_add(sl_native *native, const char *path,
                                 sl_event_fn *fn, void *context, char **error);

/* A request has arrived: tell who wants to know. */
void sl_native_visit(const sl_native *native, sl_exchange *exchange);

void sl_native_visitors_deinit(sl_native *native);

/* Queue the handler of an exchange; false: its path is none of ours. */
bool sl_native_start(sl_native *native, sl_exchange *exchange);

/* Queue what these events of an exchange that was started here lead to. */
void sl_native_on_events(sl_exchange *exchange, uint32_t events);

/* Do what is queued; what comes meanwhile waits for the next call. False when
 * nothing was. `turn` tells which turn of the loop it is. */
bool sl_native_run(sl_native *native, uint64_t turn);
bool sl_native_is_runnable(const sl_native *native);

/* The grace time is over: sources stop, the other responses are aborted, and
 * their handlers told. */
void sl_native_cancel_all(sl_native *native);

/* The end: handlers that have not ended by now count as cancelled. */
void sl_native_end_all(sl_native *native);

/* Answer without a handler: "404 not found", and an Allow field, or NULL. Lets
 * go of the exchange. */
void sl_native_answer(sl_exchange *exchange, int status, const char *text,
                      const char *allow);

#endif
