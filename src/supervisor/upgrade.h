/* Another binary in the place of this one, in the same process: the sockets and
 * the workers stay, and the new binary replaces the workers by its own.
 *
 * The command line is the same, so the new binary is asked first whether it
 * accepts it (`check` in the place of `serve`). What one life leaves to the next
 * is in legacy.h.
 */
#ifndef SLUICE_SUPERVISOR_UPGRADE_H
#define SLUICE_SUPERVISOR_UPGRADE_H

#include <stdbool.h>
#include <sys/types.h>

struct sl_supervisor;

/* Begin: ask the binary of our name whether it could go on. */
void sl_upgrade_start(struct sl_supervisor *supervisor);

/* Is it the process that was asked? Then go on, or stay. */
bool sl_upgrade_on_exit(struct sl_supervisor *supervisor, pid_t pid,
                        int status);

#endif
