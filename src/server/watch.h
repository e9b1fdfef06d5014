/* Whether files below the current folder have changed since somebody looked. */
#ifndef SLUICE_SERVER_WATCH_H
#define SLUICE_SERVER_WATCH_H

#include <stdint.h>

/* A number that is another one when a file is new, gone, or was written: of all
 * files, or of those whose name has this end (NULL: of all). Folders that begin
 * with a dot, or hold what was installed or built, are left out. */
uint64_t sl_watch_look(const char *end);

#endif
