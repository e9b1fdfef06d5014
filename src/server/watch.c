#include "server/watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_FOLDERS = 16 /* deeper is a link to itself */ };

typedef struct look {
    const char *end;
    uint64_t sum;
} look;

static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3; /* FNV-1a */
    }
    return hash;
}

static bool is_skipped(const char *name)
{
    return name[0] == '.' || strcmp(name, "node_modules") == 0 ||
           strcmp(name, "lua_modules") == 0 || strcmp(name, "build") == 0;
}

static bool has_end(const char *name, const char *end)
{
    size_t len = strlen(name);

    return end == NULL ||
           (len >= strlen(end) && strcmp(name + len - strlen(end), end) == 0);
}

/* Added, so that the order in which a folder is read does not matter. */
static void add_file(look *l, const char *name, const struct stat *st)
{
    uint64_t hash = mix(0xcbf29ce484222325, name, strlen(name));

    hash = mix(hash, &st->st_ino, sizeof st->st_ino);
    hash = mix(hash, &st->st_size, sizeof st->st_size);
    l->sum += mix(hash, &st->st_mtim, sizeof st->st_mtim);
}

static void add_folder(look *l, int parent, const char *name, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    struct stat st;

    if (folder == NULL) {
        return; /* gone, or not ours to read */
    }
    while ((entry = readdir(folder)) != NULL) {
        if (is_skipped(entry->d_name) ||
            fstatat(fd, entry->d_name, &st, 0) < 0) {
            continue;
        }
        if (S_ISREG(st.st_mode) && has_end(entry->d_name, l->end)) {
            add_file(l, entry->d_name, &st);
        } else if (S_ISDIR(st.st_mode) && depth < MOST_FOLDERS) {
            add_folder(l, fd, entry->d_name, depth + 1);
        }
    }
    closedir(folder);
}

uint64_t sl_watch_look(const char *end)
{
    look l = {.end = end};

    add_folder(&l, AT_FDCWD, ".", 0);
    return l.sum;
}
