/* Where a script spends its time: samples of its stack, taken each time that the
 * process has used some time of a processor.
 *
 * The VM that is watched (see stack.h) is asked in the same way as who sends
 * SIGPROF asks it: nothing is started or compiled anew, and both go on.
 *
 * Threads:   the loop's. One sampling of a process at a time.
 */
#ifndef SLUICE_SCRIPT_SAMPLING_H
#define SLUICE_SCRIPT_SAMPLING_H

#include <stdbool.h>

#include "base/buffer.h"
#include "script/script.h"

enum {
    SL_SAMPLING_US = 1000 /* between two samples, or a tick of the kernel */
};

/* Begin, for the script that is watched and for those that take its place.
 * False: one goes on already. */
bool sl_sampling_start(void);

/* End it, and append what there is: folded stacks, the root first, each line
 * with a blank and a number behind it. Frames are "name (file:line)", the root
 * is what the coroutine is for, "GET /users/:id", and the last frame what the VM did:
 * [compiled], [interpreted], [C], [GC], or [compiler]. */
void sl_sampling_stop(sl_buffer *folded);

/* --- Inside the script layer ----------------------------------------------- */

/* The VM is watched from now on, by a handler of its own; or it is not (NULL). */
void sl_sampling_watch(const sl_script *script);

/* Is the VM asked for a sample, and not by somebody else? Then take it. */
bool sl_sampling_take(const sl_script *script, void *lua, int vm_state);

#endif
