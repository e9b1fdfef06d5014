/* How long a slot stays empty after its worker died: not at all after the first
 * time, then longer each time that the one in its place dies young: before it
 * has served for ten times the wait. So a slot is empty for a tenth of the time
 * at most, unless its workers do not come to serve.
 */
#ifndef SLUICE_SUPERVISOR_BACKOFF_H
#define SLUICE_SUPERVISOR_BACKOFF_H

#include <stdint.h>

/* Note the death of a worker that has served for `served_ms`; 0: never. The
 * failures in a row are counted in *failures. Returns the milliseconds to
 * wait. */
uint64_t sl_backoff_next(uint32_t *failures, uint64_t served_ms);

#endif
