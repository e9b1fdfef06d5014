#include "script/sources.h"

#include <string.h>

#include "base/memory.h"
#include "script/source_entry.h"

sl_sources *sl_sources_create(void)
{
    sl_sources *sources = sl_calloc(1, sizeof *sources);

    sources->references = 1;
    sources->record = -1;
    return sources;
}

sl_sources *sl_sources_ref(sl_sources *sources)
{
    sources->references++;
    return sources;
}

static void entry_deinit(sl_source_entry *entry)
{
    sl_free(entry->path);
    sl_free(entry->data);
}

void sl_sources_unref(sl_sources *sources)
{
    if (sources == NULL || --sources->references > 0) {
        return;
    }
    for (size_t i = 0; i < sources->count; i++) {
        entry_deinit(&sources->entries[i]);
    }
    entry_deinit(&sources->passing);
    sl_free(sources->entries);
    sl_free(sources);
}

/* An app has some dozens of files, and is loaded once. */
static sl_source_entry *find(const sl_sources *sources, char kind,
                             const char *path)
{
    for (size_t i = 0; i < sources->count; i++) {
        sl_source_entry *entry = &sources->entries[i];

        if (entry->kind == kind && strcmp(entry->path, path) == 0) {
            return entry;
        }
    }
    return NULL;
}

sl_source_entry *sl_sources_add(sl_sources *sources, char kind,
                                const char *path)
{
    sl_source_entry *entry;

    if (sources->count == sources->room) {
        sources->room = sources->room == 0 ? 16 : 2 * sources->room;
        sources->entries = sl_realloc(sources->entries,
                                      sources->room * sizeof *sources->entries);
    }
    entry = &sources->entries[sources->count++];
    *entry = (sl_source_entry){.kind = kind, .path = sl_strdup(path)};
    return entry;
}

/* For a read that is not kept. */
static sl_source_entry *pass(sl_sources *sources, char kind, const char *path)
{
    entry_deinit(&sources->passing);
    sources->passing = (sl_source_entry){.kind = kind, .path = sl_strdup(path)};
    return &sources->passing;
}

static sl_status look_up(sl_sources *sources, char kind, const char *path,
                         sl_source_text *text)
{
    sl_source_entry *entry = find(sources, kind, path);

    if (entry == NULL) {
        entry = sources->is_closed ? pass(sources, kind, path)
                                   : sl_sources_add(sources, kind, path);
        sl_source_entry_fetch(entry);
        if (!sources->is_closed) {
            sl_source_entry_record(sources, entry);
        }
    }
    *text = (sl_source_text){entry->data, entry->len, entry->error};
    return entry->error == 0 ? SL_OK : SL_ESYSTEM;
}

sl_status sl_sources_read(sl_sources *sources, const char *path,
                          sl_source_text *text)
{
    return look_up(sources, SL_SOURCE_KIND_FILE, path, text);
}

sl_status sl_sources_list(sl_sources *sources, const char *path,
                          sl_source_text *text)
{
    return look_up(sources, SL_SOURCE_KIND_FOLDER, path, text);
}

void sl_sources_close(sl_sources *sources)
{
    sources->is_closed = true;
}

void sl_sources_each(const sl_sources *sources, sl_source_visitor *visit,
                     void *context)
{
    for (size_t i = 0; i < sources->count; i++) {
        const sl_source_entry *entry = &sources->entries[i];
        sl_source_text text = {entry->data, entry->len, entry->error};

        visit(context, entry->path, entry->kind == SL_SOURCE_KIND_FOLDER,
              &text);
    }
}
