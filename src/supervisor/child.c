/* One process: how it is started, or taken over, and let go. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/memory.h"
#include "supervisor/supervisor.h"
#include "worker/channel.h"
#include "worker/link.h"

/* --- Its start ------------------------------------------------------------- */

/* What it inherits, in the order of link.h. The sockets come last. */
static pid_t spawn(sl_child *child, int channel, int page)
{
    const sl_supervisor *supervisor = child->supervisor;
    size_t ports = supervisor->ports.count;
    size_t first = SL_INHERITED_SOCKETS - SL_INHERITED_CHANNEL;
    int *fds = sl_calloc(first + ports, sizeof *fds);
    pid_t pid;

    fds[0] = channel;
    fds[SL_INHERITED_SETTINGS - SL_INHERITED_CHANNEL] = supervisor->settings_fd;
    fds[SL_INHERITED_PAGE - SL_INHERITED_CHANNEL] = page;
    fds[SL_INHERITED_SOURCES - SL_INHERITED_CHANNEL] =
        supervisor->reload.sources >= 0 ? supervisor->reload.sources
                                        : supervisor->settings_fd;
    for (size_t i = 0; i < ports; i++) {
        fds[first + i] = sl_ports_fd(&supervisor->ports, i, child->slot);
    }
    pid = sl_spawn_worker(supervisor->app, child->slot, fds, first + ports);
    sl_free(fds);
    return pid;
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    sl_child_listen(handle->data);
}

static void watch(sl_child *child)
{
    int rc =
        uv_poll_init(&child->supervisor->loop, &child->poll, child->channel);

    assert(rc == 0);
    (void)rc;
    child->poll.data = child;
    uv_poll_start(&child->poll, UV_READABLE, on_readable);
}

sl_child *sl_child_start(sl_supervisor *supervisor, uint32_t slot)
{
    sl_child *child = sl_calloc(1, sizeof *child);
    int ends[2] = {-1, -1};
    int page = -1;
    int error = 0;

    child->supervisor = supervisor;
    child->slot = slot;
    child->pid = -1;
    if (sl_channel_create(ends) == SL_OK &&
        sl_heartbeat_create(&child->page, &page) == SL_OK) {
        child->board = sl_board_map(page);
        child->channel = ends[0];
        child->pid = spawn(child, ends[1], page);
    }
    error = errno;
    if (ends[1] >= 0) {
        close(ends[1]);
    }
    if (child->pid >= 0) {
        child->page_fd = page;
        watch(child);
        sl_list_append(&supervisor->children, &child->link);
        if (supervisor->has_levels) {
            sl_child_tell_levels(child);
        }
        return child;
    }
    if (page >= 0) {
        close(page);
    }
    if (child->page != NULL) {
        sl_heartbeat_unmap(child->page);
    }
    if (child->board != NULL) {
        sl_board_unmap(child->board);
    }
    if (ends[0] >= 0) {
        close(ends[0]);
    }
    sl_free(child);
    errno = error;
    return NULL;
}

void sl_child_tell_levels(const sl_child *child)
{
    sl_buffer levels = {0};

    sl_logs_list(child->supervisor->log->all, &levels);
    sl_buffer_append(&levels, "", 1);
    sl_channel_send(child->channel, SL_TOLD_LEVELS, sl_buffer_data(&levels));
    sl_buffer_deinit(&levels);
}

/* The page of another version may be another one: then nothing is seen. */
void sl_child_adopt(sl_supervisor *supervisor, uint32_t slot, pid_t pid,
                    sl_child_state state, int channel, int page)
{
    sl_child *child = sl_calloc(1, sizeof *child);

    child->supervisor = supervisor;
    child->slot = slot < supervisor->count ? slot : 0;
    child->pid = pid;
    child->state = SL_CHILD_LEAVING;
    child->channel = channel;
    child->page_fd = page;
    child->page = sl_heartbeat_map(fcntl(page, F_DUPFD_CLOEXEC, 0));
    if (child->page == NULL) {
        child->page = &child->no_page;
    }
    child->board = sl_board_map(page);
    sl_list_append(&supervisor->children, &child->link);
    watch(child);
    if (state == SL_CHILD_SERVING && slot < supervisor->count) {
        child->state = SL_CHILD_SERVING;
        child->serving_ms = uv_now(&supervisor->loop);
        supervisor->slots[slot].current = child;
    } else {
        sl_channel_send(channel, SL_TOLD_LEAVE, NULL);
    }
}

/* --- Its end --------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    sl_free(handle->data);
}

void sl_child_free(sl_child *child)
{
    sl_list_remove(&child->link);
    uv_close((uv_handle_t *)&child->poll, on_closed);
    close(child->channel);
    close(child->page_fd);
    if (child->page != &child->no_page) {
        sl_heartbeat_unmap(child->page);
    }
    if (child->board != NULL) {
        sl_board_unmap(child->board);
    }
}
