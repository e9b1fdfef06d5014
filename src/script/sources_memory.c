/* Sources in a file of memory. Once it is sealed its bytes are those that were
 * written, whoever else has it open.
 *
 * For each entry a head, the path with its NUL, and the bytes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "script/source_entry.h"

static const char magic[] = "sluice sources 1";

typedef struct head {
    uint32_t kind;
    int32_t error;
    uint64_t path_size; /* with its NUL */
    uint64_t len;
} head;

static void append(sl_buffer *bytes, const sl_source_entry *entry)
{
    head h = {(uint32_t)entry->kind, entry->error, strlen(entry->path) + 1,
              entry->len};

    sl_buffer_append(bytes, (const char *)&h, sizeof h);
    sl_buffer_append(bytes, entry->path, h.path_size);
    if (entry->len > 0) {
        sl_buffer_append(bytes, entry->data, entry->len);
    }
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return true;
}

int sl_sources_create_record(void)
{
    int fd = memfd_create("sluice-sources", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && !write_all(fd, magic, sizeof magic)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

void sl_sources_record(sl_sources *sources, int fd)
{
    sources->record = fd;
    sources->is_recorded = true;
}

bool sl_sources_are_recorded(const sl_sources *sources)
{
    return sources->is_recorded;
}

static bool write_entry(int fd, const sl_source_entry *entry)
{
    sl_buffer bytes = {0};
    bool written;

    append(&bytes, entry);
    written = write_all(fd, sl_buffer_data(&bytes), sl_buffer_len(&bytes));
    sl_buffer_deinit(&bytes);
    return written;
}

sl_status sl_sources_write(int fd, const char *path, const char *data,
                           size_t len)
{
    sl_source_entry entry = {.kind = SL_SOURCE_KIND_FILE,
                             .path = (char *)path,
                             .data = (char *)data,
                             .len = len};

    return write_entry(fd, &entry) ? SL_OK : SL_ESYSTEM;
}

void sl_source_entry_record(sl_sources *sources, const sl_source_entry *entry)
{
    sources->is_recorded =
        sources->is_recorded && write_entry(sources->record, entry);
}

sl_status sl_sources_seal_record(int fd)
{
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

    return fcntl(fd, F_ADD_SEALS, seals) < 0 ? SL_ESYSTEM : SL_OK;
}

/* One entry from the front of what is left. False: it is none, or was cut. */
static bool take(sl_sources *sources, const char **at, size_t *left)
{
    sl_source_entry *entry;
    head h;

    if (*left < sizeof h) {
        return false;
    }
    memcpy(&h, *at, sizeof h);
    *at += sizeof h;
    *left -= sizeof h;
    if (h.path_size == 0 || h.path_size > *left ||
        h.len > *left - h.path_size || (*at)[h.path_size - 1] != '\0') {
        return false;
    }
    entry = sl_sources_add(sources, (char)h.kind, *at);
    entry->error = h.error;
    entry->len = h.len;
    if (h.error == 0) {
        entry->data = sl_malloc(h.len + 1);
        memcpy(entry->data, *at + h.path_size, h.len);
        entry->data[h.len] = '\0';
    }
    *at += h.path_size + h.len;
    *left -= h.path_size + h.len;
    return true;
}

static sl_sources *parse(const char *bytes, size_t size)
{
    sl_sources *sources = sl_sources_create();
    const char *at = bytes + sizeof magic;
    size_t left = size - sizeof magic;

    while (left > 0 && take(sources, &at, &left)) {
    }
    return sources;
}

sl_sources *sl_sources_open(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    sl_sources *sources = NULL;
    char *bytes;

    if (size < (off_t)sizeof magic) {
        return NULL;
    }
    bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        return NULL;
    }
    if (memcmp(bytes, magic, sizeof magic) == 0) {
        sources = parse(bytes, (size_t)size);
    }
    (void)munmap(bytes, (size_t)size);
    return sources;
}
