/* Inside native: one exchange that a C handler answers. */
#ifndef SLUICE_NATIVE_CALL_H
#define SLUICE_NATIVE_CALL_H

#include "native/native.h"

/* Whom to call, once. */
typedef struct sl_native_listener {
    sl_event_fn *fn; /* NULL: nobody */
    void *context;
} sl_native_listener;

/* Lives in the arena of its exchange, as its `host`. */
typedef struct sl_native_call {
    sl_native *native;
    sl_exchange *exchange;
    const sl_native_route *route;
    sl_list live_link;
    sl_list link;     /* native->queue or next */
    uint32_t events;  /* of the exchange, not yet looked at */
    bool begun;       /* the handler was called */
    bool over;        /* it has ended; what is left is to let go */
    sl_status status; /* that it ended with */
    sl_native_listener drain;
    sl_native_listener abort;

    bool has_source; /* to be told that it stops */
    bool waits;      /* the source has nothing to write for now */
    sl_body_source source;
    sl_quota quota; /* of the source */
} sl_native_call;

/* The call of a response, or NULL with *rc saying why there is none. */
sl_native_call *sl_native_call_of(sl_response *response, uint32_t generation,
                                  sl_status *rc);

/* Queue it: it has something to do. */
void sl_native_call_queue(sl_native_call *call);

/* The handler is over. Whoever is to be told is told by the next run. */
void sl_native_call_end(sl_native_call *call, sl_status status);

/* --- source.c --------------------------------------------------------------- */

/* Let the source write, as far as there is room in the response, and in the
 * turn. */
void sl_native_source_run(sl_native_call *call);

/* Tell it that it will not be called any more. */
void sl_native_source_stop(sl_native_call *call, sl_status status);

#endif
