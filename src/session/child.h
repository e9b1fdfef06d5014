/* A request that a handler makes of its own app, and its answer, in memory: after
 * ExecuteRequest of IHttpContext.
 *
 * A child is carried as a session carries an exchange, but by no protocol: the
 * request is filled in by whoever asks, and the body waits in pieces for whoever takes
 * them. What is there is to the response what a socket has taken: flushes return and
 * operations complete. Above the high-water mark nothing more is taken from it, so that
 * its writers wait. Trailers stay with the response; interim responses are dropped.
 *
 * Pure: no descriptor, no clock.
 *
 * Threads:   the worker's.
 * Ownership: the struct is the caller's. It holds its exchange (SL_HOLD_SESSION)
 *            from sl_child_open to sl_child_close. Zero before.
 * Re-entry:  `on_due` only takes note; the caller then calls sl_child_pull from the
 *            loop.
 */
#ifndef SLUICE_SESSION_CHILD_H
#define SLUICE_SESSION_CHILD_H

#include "pipeline/exchange.h"

typedef struct sl_child {
    sl_exchange *exchange; /* NULL: closed */
    sl_queue inbox;        /* of its body, not taken */
    void (*on_due)(struct sl_child *child);
} sl_child;

/* A request from the same client as `parent`, with its id and host, and without
 * fields. `method` and `target` are copied. SL_EINVAL: the target is no path with
 * an optional query, or the method no token. */
sl_status sl_child_open(sl_child *child, sl_request *parent, sl_span method,
                        sl_span target);

/* Add a field, copied, in place of those of that name. SL_EINVAL: it is none. */
sl_status sl_child_set_field(sl_child *child, sl_span name, sl_span value);

/* Its body is complete: these bytes, copied. */
void sl_child_set_body(sl_child *child, sl_span body);

/* Move on what can be. Call it when it was due. */
void sl_child_pull(sl_child *child);

/* SL_OK: status and headers are fixed; SL_PENDING: not yet; negative: it was
 * aborted. */
sl_status sl_child_head(const sl_child *child);

/* SL_OK: all of its body, and its trailers, are there; SL_PENDING: not yet;
 * negative: it was aborted. */
sl_status sl_child_end(const sl_child *child);

/* Is its handler over, and all of its body there, or taken already? */
bool sl_child_is_whole(const sl_child *child);

/* Bytes of its body so far: of all when it is whole. */
double sl_child_bytes(const sl_child *child);

/* Can something be taken? SL_OK: the first piece of `inbox`; SL_PENDING: not yet;
 * SL_EMPTY: all of the body was taken; negative: it was aborted. */
sl_status sl_child_next(const sl_child *child);

/* So many bytes of the first piece were taken. */
void sl_child_take(sl_child *child, uint64_t bytes);

/* Let go; an answer that is not done is aborted. */
void sl_child_close(sl_child *child);

#endif
