#include "worker/watched.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

/* The times of a file system have their grain: what was changed so recently may
 * be changed again without a trace. */
enum { SETTLED_AFTER_S = 3 };

/* --- Digests ------------------------------------------------------------------ */

static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return sum ^ (sum >> 32);
}

static uint64_t digest(const char *data, size_t len)
{
    uint64_t sum = len;
    uint64_t word;

    for (; len >= sizeof word; data += sizeof word, len -= sizeof word) {
        memcpy(&word, data, sizeof word);
        sum = mix(sum, word);
    }
    word = 0;
    if (len > 0) {
        memcpy(&word, data, len);
    }
    return mix(sum, word);
}

/* Editors keep files of their own beside those that they edit. */
static bool is_scratch(const char *name)
{
    size_t len = strlen(name);

    return name[0] == '.' || name[0] == '#' || name[len - 1] == '~';
}

/* In whatever order they are. */
static uint64_t digest_names(const sl_source_text *text)
{
    const char *end = text->data + text->len;
    uint64_t sum = 0;

    for (const char *at = text->data; at < end; at += strlen(at) + 1) {
        if (!is_scratch(at + 1)) {
            sum += digest(at, strlen(at));
        }
    }
    return sum;
}

static uint64_t digest_text(bool is_folder, const sl_source_text *text)
{
    if (text->error != 0) {
        return mix(0, (uint64_t)text->error);
    }
    return is_folder ? digest_names(text) : digest(text->data, text->len);
}

/* --- Looking at the disk ------------------------------------------------------- */

static sl_look look_at(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0) {
        return (sl_look){.error = errno};
    }
    return (sl_look){0, st.st_ino, st.st_size, st.st_mtim, st.st_ctim};
}

static bool is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same(const sl_look *a, const sl_look *b)
{
    return a->error == b->error && a->node == b->node && a->size == b->size &&
           is_same_time(a->modified, b->modified) &&
           is_same_time(a->changed, b->changed);
}

static bool is_settled(const sl_look *look)
{
    time_t latest = time(NULL) - SETTLED_AFTER_S;

    return look->error == 0 && look->modified.tv_sec < latest &&
           look->changed.tv_sec < latest;
}

/* The look comes first: what changes in between makes the next one differ. */
static void see(sl_watched_file *file, sl_sources *disk)
{
    sl_look look = look_at(file->path);
    sl_source_text text;

    if (file->is_settled && is_same(&look, &file->look)) {
        return;
    }
    if (file->is_folder) {
        (void)sl_sources_list(disk, file->path, &text);
    } else {
        (void)sl_sources_read(disk, file->path, &text);
    }
    file->seen = digest_text(file->is_folder, &text);
    file->is_empty = text.len == 0;
    file->look = look;
    file->is_settled = is_settled(&look);
}

static void see_all(sl_watched *watched)
{
    sl_sources *disk = sl_sources_create();

    sl_sources_close(disk); /* each read goes to the disk */
    for (size_t i = 0; i < watched->count; i++) {
        see(&watched->files[i], disk);
    }
    sl_sources_unref(disk);
}

static void take_as_it_is(sl_watched *watched)
{
    see_all(watched);
    for (size_t i = 0; i < watched->count; i++) {
        watched->files[i].loaded = watched->files[i].seen;
        watched->files[i].has_bytes = !watched->files[i].is_empty;
    }
}

sl_difference sl_watched_compare(sl_watched *watched)
{
    sl_difference found = {0};

    see_all(watched);
    for (size_t i = 0; i < watched->count; i++) {
        const sl_watched_file *file = &watched->files[i];

        if (file->seen != file->loaded) {
            found.path = found.count++ == 0 ? file->path : found.path;
            found.fades = found.fades || (file->has_bytes && file->is_empty);
        }
    }
    return found;
}

/* --- Life --------------------------------------------------------------------- */

static void count(void *context, const char *path, bool is_folder,
                  const sl_source_text *text)
{
    ++*(size_t *)context;
}

static void add(void *context, const char *path, bool is_folder,
                const sl_source_text *text)
{
    sl_watched *watched = context;

    watched->files[watched->count++] = (sl_watched_file){
        .path = sl_strdup(path),
        .is_folder = is_folder,
        .has_bytes = text->len > 0,
        .loaded = digest_text(is_folder, text),
    };
}

void sl_watched_take(sl_watched *watched, const sl_sources *sources)
{
    size_t room = 0;

    if (sources != NULL) {
        sl_sources_each(sources, count, &room);
    }
    if (room == 0) {
        take_as_it_is(watched);
        return;
    }
    sl_watched_deinit(watched);
    watched->files = sl_calloc(room, sizeof *watched->files);
    sl_sources_each(sources, add, watched);
}

void sl_watched_deinit(sl_watched *watched)
{
    for (size_t i = 0; i < watched->count; i++) {
        sl_free(watched->files[i].path);
    }
    sl_free(watched->files);
    *watched = (sl_watched){0};
}
