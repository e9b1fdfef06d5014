/* What the files of an app looked like when they were loaded, and whether they
 * still do.
 *
 * What counts is what is in them: a file that was touched, or written again with
 * the same bytes, has not changed. Of folders it is the names that could be
 * those of scripts, so that the scratch files of editors do not matter.
 *
 * Threads:   one.
 * Ownership: paths are copied; bytes are not kept.
 */
#ifndef SLUICE_WORKER_WATCHED_H
#define SLUICE_WORKER_WATCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "script/sources.h"

/* What the system says of a file without opening it. */
typedef struct sl_look {
    int error;
    ino_t node;
    off_t size;
    struct timespec modified;
    struct timespec changed;
} sl_look;

typedef struct sl_watched_file {
    char *path;
    bool is_folder;
    bool has_bytes;  /* there was something in it when it was loaded */
    uint64_t loaded; /* digest of that */
    uint64_t seen;   /* and of what was there last */
    bool is_empty;   /* nothing was there then, or no file */
    bool is_settled; /* as long as `look` is the same, so is what is in it */
    sl_look look;
} sl_watched_file;

/* All zero: nothing is watched. */
typedef struct sl_watched {
    sl_watched_file *files;
    size_t count;
} sl_watched;

/* Watch these from now on, and nothing else. With none of them, or NULL, nobody
 * knows what was read: go on with the same, and as they are on the disk now
 * they are as they should be. */
void sl_watched_take(sl_watched *watched, const sl_sources *sources);
void sl_watched_deinit(sl_watched *watched);

typedef struct sl_difference {
    const char *path; /* of the first file that differs; NULL: none does */
    size_t count;     /* of those that do */
    bool fades; /* one of them is empty or gone: perhaps it is being written */
} sl_difference;

sl_difference sl_watched_compare(sl_watched *watched);

#endif
