/* One process: how it is started, what it says, how it ended. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "supervisor/supervisor.h"
#include "supervisor/upgrade.h"
#include "worker/channel.h"
#include "worker/link.h"

/* --- What it says ---------------------------------------------------------- */

/* A worker of a server that starts may have what everybody would have. */
static void on_failed(sl_child *child, const char *why)
{
    sl_supervisor *supervisor = child->supervisor;

    child->told = true;
    if (supervisor->phase == SL_SUPERVISOR_STARTING) {
        sl_supervisor_fail(supervisor, why);
    } else if (supervisor->phase == SL_SUPERVISOR_RUNNING) {
        sl_log_line(supervisor->log, SL_LOG_ERROR,
                    "worker %u (pid %d) cannot serve: %s", child->slot,
                    (int)child->pid, why);
    }
}

static void hear(sl_child *child, const sl_message *message)
{
    sl_slot *slot = &child->supervisor->slots[child->slot];

    switch (message->kind) {
    case SL_SAYS_READY:
        child->state = SL_CHILD_READY;
        sl_slot_on_ready(slot, child);
        break;
    case SL_SAYS_SERVING:
        child->listens = true;
        sl_slot_on_serving(slot, child);
        break;
    case SL_SAYS_WORN:
        sl_slot_on_worn(slot, child, message->text);
        break;
    case SL_SAYS_PREPARED:
        sl_reload_on_prepared(child, message->text);
        break;
    case SL_SAYS_SWITCHED:
        sl_reload_on_switched(child, message->text);
        break;
    case SL_SAYS_REFUSED:
        sl_reload_on_refused(child, message->text);
        break;
    case SL_SAYS_FAILED:
        on_failed(child, message->text);
        break;
    default:
        break;
    }
}

/* Its end of the channel closes when it dies, which is heard of by a signal. */
static void listen_to(sl_child *child)
{
    sl_message message;
    sl_status rc;

    while ((rc = sl_channel_receive(child->channel, &message)) == SL_OK) {
        hear(child, &message);
    }
    if (rc == SL_EABORTED) {
        uv_poll_stop(&child->poll);
    }
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    listen_to(handle->data);
}

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

static void describe(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status)) {
        (void)snprintf(text, size, "was ended by signal %d (%s)",
                       WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) == 0) {
        (void)snprintf(text, size, "has ended");
    } else {
        (void)snprintf(text, size, "ended with exit code %d",
                       WEXITSTATUS(status));
    }
}

static void fail_to_start(sl_child *child, const char *how)
{
    sl_buffer text = {0};

    sl_buffer_printf(&text, "a worker %s while it loaded %s", how,
                     child->supervisor->app);
    sl_buffer_append(&text, "", 1);
    sl_supervisor_fail(child->supervisor, sl_buffer_data(&text));
    sl_buffer_deinit(&text);
}

/* Who was asked to go and went is no news. */
static void report(sl_child *child, int status)
{
    sl_supervisor *supervisor = child->supervisor;
    bool asked = child->state == SL_CHILD_LEAVING ||
                 supervisor->phase == SL_SUPERVISOR_STOPPING;
    bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    char ids[SL_HEARTBEAT_IDS * SL_HEARTBEAT_ID_SIZE];
    char how[64];

    supervisor->deaths += !asked;
    if (child->told || (asked && well)) {
        return;
    }
    describe(status, how, sizeof how);
    if (supervisor->phase == SL_SUPERVISOR_STARTING) {
        fail_to_start(child, how);
        return;
    }
    sl_heartbeat_last_ids(child->page, SL_HEARTBEAT_IDS, ids);
    sl_log_line(supervisor->log, well ? SL_LOG_WARN : SL_LOG_ERROR,
                "worker %u (pid %d) %s%s%s%s", child->slot, (int)child->pid,
                how, child->state == SL_CHILD_LOADING ? " while it loaded" : "",
                *ids != '\0' ? "; its last requests: " : "", ids);
}

static void bury(sl_child *child, int status)
{
    sl_supervisor *supervisor = child->supervisor;

    listen_to(child); /* its last words */
    if (child->board != NULL) {
        sl_board_add(supervisor->departed, child->board, false);
    }
    report(child, status);
    sl_reload_on_death(child);
    sl_slot_on_death(&supervisor->slots[child->slot], child);
    sl_child_free(child);
    sl_supervisor_look_at_end(supervisor);
}

static sl_child *find(sl_supervisor *supervisor, pid_t pid)
{
    for (sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        sl_child *child = SL_CONTAINER(link, sl_child, link);

        if (child->pid == pid) {
            return child;
        }
    }
    return NULL;
}

/* As process 1 we are also told of what scripts have started and left behind:
 * those are let go. */
void sl_children_reap(sl_supervisor *supervisor)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        sl_child *child = find(supervisor, pid);

        if (child != NULL) {
            bury(child, status);
        } else if (!sl_reload_on_exit(supervisor, pid, status)) {
            (void)sl_upgrade_on_exit(supervisor, pid, status);
        }
    }
}
