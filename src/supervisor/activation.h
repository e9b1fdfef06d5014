/* Sockets from who started the server, as systemd hands them over: descriptors
 * from 3 on, LISTEN_FDS of them, when LISTEN_PID is this process.
 */
#ifndef SLUICE_SUPERVISOR_ACTIVATION_H
#define SLUICE_SUPERVISOR_ACTIVATION_H

#include <stdint.h>
#include <sys/types.h>

#include <sluice/status.h>

/* How many there are for process `pid`: 0 when the variables (which may be
 * NULL) are meant for another one, or are not there. SL_EINVAL: they make no
 * sense. */
sl_status sl_activation_read(const char *listen_pid, const char *listen_fds,
                             pid_t pid, uint32_t *count);

/* Likewise for this process, and forget the variables: they are not for the
 * programs that it starts. */
sl_status sl_activation_take(uint32_t *count);

#endif
