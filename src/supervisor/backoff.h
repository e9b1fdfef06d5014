/* How long a slot stays empty after its worker died: not at all after the first
 * time, then longer each time that the one in its place dies young: before it
 * has served for twice the wait. So a slot whose workers come to serve at all is
 * never empty for longer than a second: requests that kill workers would
 * otherwise empty all slots in the end, since those that are left get them all.
 */
#ifndef SLUICE_SUPERVISOR_BACKOFF_H
#define SLUICE_SUPERVISOR_BACKOFF_H

#include <stdint.h>

/* Note the death of a worker that has served for `served_ms`; 0: never. The
 * failures in a row are counted in *failures. Returns the milliseconds to
 * wait. */
uint64_t sl_backoff_next(uint32_t *failures, uint64_t served_ms);

#endif
