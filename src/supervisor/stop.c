/* How a server with workers ends: the sockets are closed here, so that only the
 * workers hold them; each empties its queue, finishes what runs, and goes. */
#include <signal.h>

#include "supervisor/supervisor.h"

/* What workers get beyond the grace time to end by themselves. */
enum { LAST_MS = 3000 };

static void on_deadline(uv_timer_t *handle)
{
    sl_supervisor *supervisor = handle->data;

    sl_log_line(supervisor->log, SL_LOG_ERROR,
                "a worker has not ended in time: it is killed");
    sl_supervisor_kill(supervisor, 1);
}

static void stop_retries(sl_supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->count; i++) {
        uv_timer_stop(&supervisor->slots[i].retry);
    }
}

void sl_supervisor_stop(sl_supervisor *supervisor)
{
    supervisor->phase = SL_SUPERVISOR_STOPPING;
    stop_retries(supervisor);
    sl_ports_close(&supervisor->ports);
    sl_children_tell(supervisor, SL_TOLD_STOP, NULL);
    supervisor->deadline.data = supervisor;
    uv_timer_start(&supervisor->deadline, on_deadline,
                   (uint64_t)supervisor->settings->grace_ms + LAST_MS, 0);
    sl_supervisor_look_at_end(supervisor);
}

void sl_supervisor_kill(sl_supervisor *supervisor, int exit_code)
{
    supervisor->phase = SL_SUPERVISOR_STOPPING;
    supervisor->exit_code = exit_code;
    stop_retries(supervisor);
    for (sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        sl_child *child = SL_CONTAINER(link, sl_child, link);

        child->told = true;
        (void)kill(child->pid, SIGKILL);
    }
    sl_supervisor_look_at_end(supervisor);
}

void sl_supervisor_look_at_end(sl_supervisor *supervisor)
{
    if (supervisor->phase == SL_SUPERVISOR_STOPPING &&
        sl_list_is_empty(&supervisor->children)) {
        uv_stop(&supervisor->loop);
    }
}
