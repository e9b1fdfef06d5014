/* Every file that an app is made of, with the bytes that were read.
 *
 * While an app is loaded its files are read through here: `require`, `dofile`,
 * `loadfile`, folders of scripts, sluice.asset. The first read of a path goes
 * to the disk, and what it found (also that there is nothing) is kept; whoever
 * reads the path later gets the same. Recorded in a sealed file of memory and
 * opened in another process, the same app is loaded there, whatever has become
 * of the files meanwhile.
 *
 * Threads:   the loop's.
 * Ownership: counted; the texts that are given out live as long as the sources.
 */
#ifndef SLUICE_SCRIPT_SOURCES_H
#define SLUICE_SCRIPT_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice/status.h>

typedef struct sl_sources sl_sources;

typedef struct sl_source_text {
    const char *data; /* a NUL follows, which is not counted */
    size_t len;
    int error; /* errno of why there is nothing; 0: there is */
} sl_source_text;

/* None yet, counted once. */
sl_sources *sl_sources_create(void);
sl_sources *sl_sources_ref(sl_sources *sources);
void sl_sources_unref(sl_sources *sources);

/* What is, or was, at `path`: the bytes of a file. SL_ESYSTEM: text->error
 * says why there is none. */
sl_status sl_sources_read(sl_sources *sources, const char *path,
                          sl_source_text *text);

/* Likewise the entries of a folder: for each a letter, `d` for a folder or `f`,
 * and the name with its NUL. */
sl_status sl_sources_list(sl_sources *sources, const char *path,
                          sl_source_text *text);

/* The app is loaded: what is not here is read from the disk from now on, each
 * time, and not kept. The text is valid until the next read. */
void sl_sources_close(sl_sources *sources);

/* --- A record: a file without a name, in memory ------------------------------ */

/* An empty one. -1: errno. */
int sl_sources_create_record(void);

/* Append what is to be found at `path`, wherever that comes from. SL_ESYSTEM:
 * errno. */
sl_status sl_sources_write(int fd, const char *path, const char *data,
                           size_t len);

/* Whatever is read from now on is also appended there, at once: a load that
 * ends its process leaves behind what it has read until then. The descriptor
 * stays the caller's and has to outlive the sources. */
void sl_sources_record(sl_sources *sources, int fd);

/* Is all of it there? */
bool sl_sources_are_recorded(const sl_sources *sources);

/* Nobody can change it from now on. SL_ESYSTEM: errno. */
sl_status sl_sources_seal_record(int fd);

/* What a record holds; a last entry that was cut off is left out. The descriptor
 * stays the caller's. NULL: it is no record. */
sl_sources *sl_sources_open(int fd);

/* Call `visit` for each path that was asked for, in order. */
typedef void sl_source_visitor(void *context, const char *path, bool is_folder,
                               const sl_source_text *text);
void sl_sources_each(const sl_sources *sources, sl_source_visitor *visit,
                     void *context);

#endif
