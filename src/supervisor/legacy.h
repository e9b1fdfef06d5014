/* What a supervisor leaves to the binary that takes its place: a file without a
 * name, found by a variable of the environment, with a line for each thing.
 *
 *   sources <fd>
 *   sums <fd> <started> <replaced> <deaths> <reloads> <of them, failed>
 *   port <inherited> <count> <fd>... <address as in the settings>
 *   child <slot> <pid> <state> <fd of the channel> <fd of the page>
 */
#ifndef SLUICE_SUPERVISOR_LEGACY_H
#define SLUICE_SUPERVISOR_LEGACY_H

#include <stdbool.h>

#include "supervisor/ports.h"

struct sl_supervisor;

/* Write it, and let its descriptors survive; the file's, or -1 with errno. */
int sl_legacy_leave(struct sl_supervisor *supervisor);

/* There is no next life: take that back. */
void sl_legacy_keep(struct sl_supervisor *supervisor, int fd);

/* Is this the next life of a process that has left something? */
bool sl_legacy_is_there(void);

/* The text of what was left, which is free()d; NULL: nothing was. */
char *sl_legacy_find(void);

/* The sources of the app that serves, see script/sources.h; -1: none. */
int sl_legacy_sources(const char *text);

/* What was counted until then. */
void sl_legacy_sums(struct sl_supervisor *supervisor, const char *text);

/* The ports in it, to be found again by their addresses. */
void sl_legacy_ports(const char *text, sl_ports *ports);

/* The children in it become those of the supervisor: who served serves on, until
 * another one is ready in that slot. */
void sl_legacy_children(struct sl_supervisor *supervisor, const char *text);

#endif
