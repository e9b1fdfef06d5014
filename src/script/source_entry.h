/* What the files about sources share: their entries.
 */
#ifndef SLUICE_SCRIPT_SOURCE_ENTRY_H
#define SLUICE_SCRIPT_SOURCE_ENTRY_H

#include "script/sources.h"

enum { SL_SOURCE_KIND_FILE = 'f', SL_SOURCE_KIND_FOLDER = 'd' };

typedef struct sl_source_entry {
    char kind;
    char *path;
    char *data; /* NULL: there was none */
    size_t len;
    int error;
} sl_source_entry;

struct sl_sources {
    uint32_t references;
    bool is_closed;
    bool is_recorded; /* each entry was, so far */
    int record;       /* -1: they are not */
    sl_source_entry *entries;
    size_t count;
    size_t room;
    sl_source_entry passing; /* the last one that was not kept */
};

/* A new entry at the end, with nothing in it. */
sl_source_entry *sl_sources_add(sl_sources *sources, char kind,
                                const char *path);

/* Fill it in from the disk. */
void sl_source_entry_fetch(sl_source_entry *entry);

/* Append it to the record, if there is one. */
void sl_source_entry_record(sl_sources *sources, const sl_source_entry *entry);

#endif
