/* Where the control socket of a server in development is, so that whoever works
 * in the same folder finds it without being told: in a folder that only this
 * user may enter, by a name made of the current folder and the process.
 */
#ifndef SLUICE_WORKER_RENDEZVOUS_H
#define SLUICE_WORKER_RENDEZVOUS_H

#include <stddef.h>

/* The path for a socket of this process (sl_free); NULL: there is no place for
 * one. */
char *sl_rendezvous_make(void);

/* The paths of those of this folder (each: sl_free), at most
 * `most`. Files of servers that are no more are removed. */
size_t sl_rendezvous_find(char **paths, size_t most);

#endif
