/* The log of the supervisor, when nobody reads it. */
#include "supervisor/supervisor.h"

enum { AGAIN_MS = 50 };

static void on_due(uv_timer_t *timer)
{
    const sl_supervisor *supervisor = timer->data;

    if (sl_logs_flush(supervisor->log->all)) {
        uv_timer_stop(timer);
    }
}

static void on_waiting(void *context)
{
    sl_supervisor *supervisor = context;

    if (!uv_is_active((uv_handle_t *)&supervisor->log_timer)) {
        uv_timer_start(&supervisor->log_timer, on_due, AGAIN_MS, AGAIN_MS);
    }
}

/* Lines that are lost count beside those of workers that have ended. */
void sl_supervisor_show_log(const sl_supervisor *supervisor)
{
    supervisor->log->all->shown = &supervisor->departed->tally.lost_log_lines;
}

void sl_supervisor_own_log(sl_supervisor *supervisor)
{
    sl_logs *logs = supervisor->log->all;

    uv_timer_init(&supervisor->loop, &supervisor->log_timer);
    uv_unref((uv_handle_t *)&supervisor->log_timer);
    supervisor->log_timer.data = supervisor;
    logs->on_waiting = on_waiting;
    logs->context = supervisor;
    sl_supervisor_show_log(supervisor);
}

void sl_supervisor_disown_log(const sl_supervisor *supervisor)
{
    sl_logs *logs = supervisor->log->all;

    logs->on_waiting = NULL;
    logs->context = NULL;
    logs->shown = NULL;
}
