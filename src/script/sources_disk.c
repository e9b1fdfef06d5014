/* Reading sources from the disk. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "script/source_entry.h"

enum { READ_STEP = 64 * 1024 };

/* The bytes of the buffer become those of the entry. */
static void take(sl_source_entry *entry, const sl_buffer *bytes)
{
    entry->len = sl_buffer_len(bytes);
    entry->data = sl_malloc(entry->len + 1);
    if (entry->len > 0) {
        memcpy(entry->data, sl_buffer_data(bytes), entry->len);
    }
    entry->data[entry->len] = '\0';
}

/* 0, or an errno. What is no file (a folder, a FIFO) is refused before it can
 * keep anybody waiting. */
static int read_all(int fd, sl_buffer *bytes)
{
    char step[READ_STEP];
    struct stat st;
    ssize_t n;

    if (fstat(fd, &st) < 0) {
        return errno;
    }
    if (!S_ISREG(st.st_mode)) {
        return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    }
    while ((n = read(fd, step, sizeof step)) != 0) {
        if (n > 0) {
            sl_buffer_append(bytes, step, (size_t)n);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static void fetch_file(sl_source_entry *entry)
{
    int fd = open(entry->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    sl_buffer bytes = {0};

    if (fd < 0) {
        entry->error = errno;
        return;
    }
    entry->error = read_all(fd, &bytes);
    close(fd);
    if (entry->error == 0) {
        take(entry, &bytes);
    }
    sl_buffer_deinit(&bytes);
}

/* Links are followed; one that leads nowhere is no folder. */
static bool is_folder(DIR *folder, const char *name)
{
    struct stat st;
    int fd = dirfd(folder);

    return fd >= 0 && fstatat(fd, name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static void list(DIR *folder, sl_buffer *bytes)
{
    const struct dirent *found;

    while ((found = readdir(folder)) != NULL) {
        const char *name = found->d_name;

        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            sl_buffer_append(bytes, is_folder(folder, name) ? "d" : "f", 1);
            sl_buffer_append(bytes, name, strlen(name) + 1);
        }
    }
}

static void fetch_folder(sl_source_entry *entry)
{
    DIR *folder = opendir(entry->path);
    sl_buffer bytes = {0};

    if (folder == NULL) {
        entry->error = errno;
        return;
    }
    list(folder, &bytes);
    closedir(folder);
    take(entry, &bytes);
    sl_buffer_deinit(&bytes);
}

void sl_source_entry_fetch(sl_source_entry *entry)
{
    if (entry->kind == SL_SOURCE_KIND_FOLDER) {
        fetch_folder(entry);
    } else {
        fetch_file(entry);
    }
}
