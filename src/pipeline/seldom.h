/* What few requests and few responses have. It lies in the arena of their exchange,
 * made when it is first needed, so that a stream that waits has none of it.
 */
#ifndef SLUICE_PIPELINE_SELDOM_H
#define SLUICE_PIPELINE_SELDOM_H

#include <sluice/request.h>
#include <sluice/response.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/timers.h"

/* What of a body has arrived and was not read yet. */
typedef struct sl_inflow {
    sl_buffer bytes;
    sl_list reads; /* operations that wait for some of it */
} sl_inflow;

/* How a request came, as far as few want to know it. */
typedef struct sl_origin {
    sl_span local;  /* SL_PART_LOCAL; data NULL: not looked up yet */
    sl_span scheme; /* SL_PART_SCHEME; data NULL: the usual one */
} sl_origin;

/* What few heads say in words of their own, and the texts of a head that was
 * changed again and again. */
typedef struct sl_wording {
    sl_span reason;      /* data NULL: the usual one */
    sl_span description; /* of an error */
    sl_arena arena;      /* of the texts, once they were moved */
    char length[20];     /* the declared length, when it was asked for */
} sl_wording;

/* Wakes a response whose stages have held something long enough. */
typedef struct sl_hold {
    sl_timer timer;
    sl_response *response;
} sl_hold;

sl_inflow *sl_request_inflow(sl_request *request);
sl_origin *sl_request_origin(sl_request *request);
sl_wording *sl_response_wording(sl_response *response);

/* Look at what the stages hold when that time comes; or do not. */
void sl_response_hold_until(sl_response *response, uint64_t due_ms);
void sl_response_end_hold(sl_response *response);

#endif
