/* What the supervisor does when it is sent a signal. */
#include <signal.h>

#include "supervisor/supervisor.h"
#include "supervisor/upgrade.h"
#include "worker/worker.h"

static void on_stop(uv_signal_t *handle, int number)
{
    sl_supervisor *supervisor = handle->data;
    const char *name = number == SIGINT ? "SIGINT" : "SIGTERM";

    if (supervisor->phase == SL_SUPERVISOR_STOPPING) {
        sl_log_line(supervisor->log, SL_LOG_WARN, "%s again: ending now", name);
        sl_supervisor_kill(supervisor, 1);
    } else {
        sl_log_line(supervisor->log, SL_LOG_INFO,
                    "%s: finishing what runs; again to end at once", name);
        sl_supervisor_stop(supervisor);
    }
}

static void on_child(uv_signal_t *handle, int number)
{
    sl_children_reap(handle->data);
}

static void on_hangup(uv_signal_t *handle, int number)
{
    sl_supervisor *supervisor = handle->data;

    sl_log_line(sl_log_of(supervisor->log, SL_LOG_RELOAD), SL_LOG_INFO,
                "SIGHUP: reloading %s", supervisor->app);
    sl_reload_start(supervisor);
}

static void on_reopen(uv_signal_t *handle, int number)
{
    sl_supervisor *supervisor = handle->data;

    sl_worker_reopen_log(supervisor->settings, supervisor->log);
    sl_children_tell(supervisor, SL_TOLD_REOPEN, NULL);
}

static void on_upgrade(uv_signal_t *handle, int number)
{
    sl_upgrade_start(handle->data);
}

void sl_supervisor_watch_signals(sl_supervisor *supervisor)
{
    static const struct {
        int number;
        uv_signal_cb on_signal;
    } list[SL_SUPERVISOR_SIGNALS] = {
        {SIGTERM, on_stop},  {SIGINT, on_stop},    {SIGCHLD, on_child},
        {SIGHUP, on_hangup}, {SIGUSR1, on_reopen}, {SIGUSR2, on_upgrade},
    };

    for (size_t i = 0; i < SL_SUPERVISOR_SIGNALS; i++) {
        uv_signal_t *handle = &supervisor->signals[i];

        uv_signal_init(&supervisor->loop, handle);
        handle->data = supervisor;
        uv_signal_start(handle, list[i].on_signal, list[i].number);
    }
}

void sl_children_tell(sl_supervisor *supervisor, sl_message_kind message,
                      const char *text)
{
    for (sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        sl_channel_send(SL_CONTAINER(link, sl_child, link)->channel, message,
                        text);
    }
}
