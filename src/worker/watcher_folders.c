/* Which folders the system is asked to tell of. */
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "worker/places.h"
#include "worker/watcher.h"

typedef struct folder {
    sl_list link; /* watcher->folders */
    sl_watcher *watcher;
    uv_fs_event_t event;
    char *path;
    dev_t device;
    ino_t node;   /* another folder may take the path */
    bool is_gone; /* or even the number of this one */
    bool is_all;  /* every name in it matters, else: */
    char **names; /* those that do */
    size_t count;
} folder;

/* --- One of them -------------------------------------------------------------- */

static void forget_names(folder *f)
{
    for (size_t i = 0; i < f->count; i++) {
        sl_free(f->names[i]);
    }
    sl_free(f->names);
    f->names = NULL;
    f->count = 0;
    f->is_all = false;
}

static bool matters(const folder *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->names[i], name) == 0) {
            return true;
        }
    }
    return f->is_all;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* What happens to the folder itself is told of by its own name. */
static void on_event(uv_fs_event_t *handle, const char *name, int events,
                     int status)
{
    folder *f = handle->data;
    bool is_itself = name == NULL || strcmp(name, last_name(f->path)) == 0;

    f->is_gone = f->is_gone || status < 0 || is_itself;
    if (f->is_gone || matters(f, name)) {
        sl_watcher_notice(f->watcher);
    }
}

static void on_closed(uv_handle_t *handle)
{
    folder *f = handle->data;

    forget_names(f);
    sl_free(f->path);
    sl_free(f);
}

static void close_folder(folder *f)
{
    sl_list_remove(&f->link);
    uv_close((uv_handle_t *)&f->event, on_closed);
}

static bool is_at_its_place(const folder *f)
{
    struct stat st;

    return !f->is_gone && stat(f->path, &st) == 0 && st.st_dev == f->device &&
           st.st_ino == f->node;
}

/* --- All of them -------------------------------------------------------------- */

static folder *find(const sl_watcher *watcher, const char *path)
{
    for (sl_list *link = watcher->folders.next; link != &watcher->folders;
         link = link->next) {
        folder *f = SL_CONTAINER(link, folder, link);

        if (strcmp(f->path, path) == 0) {
            return f;
        }
    }
    return NULL;
}

/* The system has no more to give, as opposed to a folder that is gone. */
static void fall_back(sl_watcher *watcher, int error)
{
    if (watcher->mode == SL_WATCH_ON) {
        watcher->mode = SL_WATCH_POLL;
        sl_log_line(watcher->log, SL_LOG_WARN,
                    "the system does not tell of changes (%s; see "
                    "fs.inotify.max_user_watches and max_user_instances): "
                    "looking at the files every %u ms",
                    uv_strerror(error), watcher->interval_ms);
    }
}

static folder *start(sl_watcher *watcher, const char *path)
{
    folder *f = sl_calloc(1, sizeof *f);
    struct stat st = {0};
    int rc;

    f->watcher = watcher;
    f->path = sl_strdup(path);
    f->event.data = f;
    (void)stat(path, &st);
    f->device = st.st_dev;
    f->node = st.st_ino;
    sl_list_append(&watcher->folders, &f->link);
    rc = uv_fs_event_init(watcher->loop, &f->event);
    if (rc == 0) {
        rc = uv_fs_event_start(&f->event, on_event, path, 0);
    }
    if (rc == UV_EMFILE || rc == UV_ENFILE || rc == UV_ENOSPC ||
        rc == UV_ENOSYS || rc == UV_ENOMEM) {
        fall_back(watcher, rc);
    }
    return f;
}

static folder *provide(sl_watcher *watcher, const char *path)
{
    folder *f = find(watcher, path);

    return f != NULL ? f : start(watcher, path);
}

static void add_name(void *context, const char *path, const char *name)
{
    folder *f = provide(context, path);

    if (!matters(f, name)) {
        f->names = sl_realloc(f->names, (f->count + 1) * sizeof *f->names);
        f->names[f->count++] = sl_strdup(name);
    }
}

static void add_file(sl_watcher *watcher, const sl_watched_file *file)
{
    struct stat st;

    sl_places_each(file->path, add_name, watcher);
    if (file->is_folder && stat(file->path, &st) == 0) {
        provide(watcher, file->path)->is_all = true;
    }
}

/* A folder whose place another one has taken tells of nothing that matters. */
static void begin(sl_watcher *watcher)
{
    for (sl_list *link = watcher->folders.next, *next;
         link != &watcher->folders; link = next) {
        folder *f = SL_CONTAINER(link, folder, link);

        next = link->next;
        forget_names(f);
        if (!is_at_its_place(f)) {
            close_folder(f);
        }
    }
}

static void close_those(sl_watcher *watcher, bool even_if_used)
{
    for (sl_list *link = watcher->folders.next, *next;
         link != &watcher->folders; link = next) {
        folder *f = SL_CONTAINER(link, folder, link);

        next = link->next;
        if (even_if_used || (f->count == 0 && !f->is_all)) {
            close_folder(f);
        }
    }
}

void sl_watcher_arm(sl_watcher *watcher)
{
    begin(watcher);
    for (size_t i = 0; i < watcher->watched.count; i++) {
        add_file(watcher, &watcher->watched.files[i]);
    }
    close_those(watcher, watcher->mode != SL_WATCH_ON);
}

void sl_watcher_disarm(sl_watcher *watcher)
{
    close_those(watcher, true);
}
