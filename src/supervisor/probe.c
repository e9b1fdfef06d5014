/* The process in which new code is loaded first. */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "script/sources.h"
#include "supervisor/supervisor.h"
#include "worker/channel.h"

/* What the probe gets beyond the limit, to say itself where it is. */
enum { LAST_MS = 500, HOW = 128 };

static void on_deadline(uv_timer_t *handle)
{
    const sl_supervisor *supervisor = handle->data;

    (void)kill(supervisor->reload.probe, SIGKILL);
}

/* What it says comes before its end, which is heard of by a signal. */
static void on_readable(uv_poll_t *handle, int status, int events)
{
    sl_supervisor *supervisor = handle->data;
    sl_message message;

    if (sl_channel_receive(supervisor->reload.channel, &message) != SL_OK) {
        uv_poll_stop(handle);
    } else {
        sl_reload_on_probed(
            supervisor, message.kind == SL_SAYS_PROBED ? NULL : message.text);
    }
}

static void watch(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;
    uint32_t most_ms = supervisor->settings->watchdog_ms;
    int rc = uv_poll_init(&supervisor->loop, &reload->poll, reload->channel);

    assert(rc == 0);
    (void)rc;
    reload->poll.data = supervisor;
    uv_poll_start(&reload->poll, UV_READABLE, on_readable);
    if (most_ms > 0) {
        uv_timer_start(&reload->deadline, on_deadline,
                       (uint64_t)most_ms + LAST_MS, 0);
    }
}

/* It inherits, in the order of link.h, a channel, the settings, no page, and
 * where it records what it reads. */
static pid_t spawn(const sl_supervisor *supervisor, int channel)
{
    int nothing = supervisor->settings_fd;
    int fds[] = {channel, supervisor->settings_fd, nothing,
                 supervisor->reload.tried};

    return sl_spawn_probe(supervisor->app, fds, sizeof fds / sizeof *fds);
}

bool sl_probe_start(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;
    int ends[2];

    sl_reload_drop(&reload->tried);
    reload->tried = sl_sources_create_record();
    if (reload->tried < 0 || sl_channel_create(ends) < 0) {
        return false;
    }
    reload->probe = spawn(supervisor, ends[1]);
    close(ends[1]);
    if (reload->probe < 0) {
        reload->probe = 0;
        close(ends[0]);
        return false;
    }
    reload->channel = ends[0];
    reload->deadline.data = supervisor;
    watch(supervisor);
    return true;
}

/* The handle must have left the loop before another probe has it. */
static void on_closed(uv_handle_t *handle)
{
    sl_supervisor *supervisor = handle->data;

    close(supervisor->reload.channel);
    supervisor->reload.channel = -1;
    sl_reload_on_settled(supervisor);
}

void sl_probe_end(sl_supervisor *supervisor)
{
    uv_timer_stop(&supervisor->reload.deadline);
    uv_close((uv_handle_t *)&supervisor->reload.poll, on_closed);
}

static void describe(const sl_supervisor *supervisor, int status,
                     char text[HOW])
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        (void)snprintf(text, HOW,
                       "the app does not stop loading: it takes longer than "
                       "watchdog, %u ms",
                       supervisor->settings->watchdog_ms);
    } else if (WIFSIGNALED(status)) {
        (void)snprintf(text, HOW,
                       "a process was ended by signal %d (%s) while it loaded "
                       "the app",
                       WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else {
        (void)snprintf(text, HOW,
                       "a process ended with exit code %d while it loaded the "
                       "app",
                       WEXITSTATUS(status));
    }
}

bool sl_reload_on_exit(sl_supervisor *supervisor, pid_t pid, int status)
{
    sl_reload *reload = &supervisor->reload;
    char how[HOW];

    if (pid != reload->probe) {
        return false;
    }
    on_readable(&reload->poll, 0, UV_READABLE); /* its last words */
    reload->probe = 0;
    describe(supervisor, status, how);
    sl_reload_on_probed(supervisor, how); /* if it has said nothing */
    sl_probe_end(supervisor);
    return true;
}
