/* Where a response is on its way out.
 */
#ifndef SLUICE_PIPELINE_PHASE_H
#define SLUICE_PIPELINE_PHASE_H

#include <sluice/status.h>

typedef enum sl_phase {
    SL_PHASE_HEAD,   /* nothing has left: everything can still change */
    SL_PHASE_BODY,   /* the head was handed to the session: committed */
    SL_PHASE_DONE,   /* the kernel took all of it */
    SL_PHASE_ABORTED /* it ended before, and the client can tell */
} sl_phase;

typedef enum sl_phase_event {
    SL_PHASE_COMMITS,
    SL_PHASE_ENDS,
    SL_PHASE_FAILS
} sl_phase_event;

/* Make the move; SL_EINVAL, and no change, when it is not a legal one. */
sl_status sl_phase_step(sl_phase *phase, sl_phase_event event);

#endif
