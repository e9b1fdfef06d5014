#include "worker/heartbeat.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worker/board.h"

static sl_heartbeat *map(int fd)
{
    void *page = mmap(NULL, sizeof(sl_heartbeat), PROT_READ | PROT_WRITE,
                      MAP_SHARED, fd, 0);

    return page != MAP_FAILED ? page : NULL;
}

sl_status sl_heartbeat_create(sl_heartbeat **page, int *fd)
{
    sl_heartbeat *mapped;
    int made = memfd_create("sluice-heartbeat", MFD_CLOEXEC);

    if (made < 0) {
        return SL_ESYSTEM;
    }
    if (ftruncate(made, sl_board_file_size()) < 0 ||
        (mapped = map(made)) == NULL) {
        close(made);
        return SL_ESYSTEM;
    }
    *page = mapped;
    *fd = made;
    return SL_OK;
}

sl_heartbeat *sl_heartbeat_map(int fd)
{
    sl_heartbeat *page = NULL;

    if (lseek(fd, 0, SEEK_END) == sl_board_file_size()) {
        page = map(fd);
    }
    close(fd);
    return page;
}

void sl_heartbeat_unmap(sl_heartbeat *page)
{
    (void)munmap(page, sizeof *page);
}

void sl_heartbeat_note_request(sl_heartbeat *page, sl_span id)
{
    uint64_t n = atomic_load_explicit(&page->requests, memory_order_relaxed);
    char *text = page->ids[n % SL_HEARTBEAT_IDS];

    memcpy(text, id.data, id.len);
    text[id.len] = '\0';
    atomic_store_explicit(&page->requests, n + 1, memory_order_relaxed);
}

void sl_heartbeat_last_ids(const sl_heartbeat *page, int most, char *text)
{
    uint64_t n = atomic_load_explicit(&page->requests, memory_order_relaxed);
    char *end = text;

    *text = '\0';
    for (int i = 0; i < most && i < SL_HEARTBEAT_IDS && n > 0; i++) {
        n--;
        end +=
            snprintf(end, SL_HEARTBEAT_ID_SIZE + 1, "%s%.*s", i > 0 ? " " : "",
                     SL_HEARTBEAT_ID_SIZE - 1, page->ids[n % SL_HEARTBEAT_IDS]);
    }
}
