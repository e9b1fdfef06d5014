/* What an exchange asks of the session that carries it.
 *
 * None of these calls back into the exchange's caller. `due` only takes note;
 * `send` may gather, send and note completions, which are delivered from the
 * loop.
 */
#ifndef SLUICE_PIPELINE_TRANSPORT_H
#define SLUICE_PIPELINE_TRANSPORT_H

#include "http/fields.h"

typedef struct sl_exchange sl_exchange;

typedef struct sl_transport {
    /* Something changed that the session looks at when the turn ends: output,
     * the end, an abort, or a handler that is over. */
    void (*due)(void *session, sl_exchange *exchange);

    /* Send now what can be sent. */
    void (*send)(void *session, sl_exchange *exchange);

    /* The handler asked for the body: go on reading, and let a client that
     * expects 100-continue go on. */
    void (*want_body)(void *session, sl_exchange *exchange);

    /* Put a 1xx response in front of the final one. */
    void (*informational)(void *session, sl_exchange *exchange, int status,
                          const sl_fields *fields);

    /* Fill in SL_PART_LOCAL of the request. NULL: it is not known. */
    void (*local_address)(void *session, sl_exchange *exchange);
} sl_transport;

#endif
