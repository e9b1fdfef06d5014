/* How a worker ends: SERVING -> DRAINING -> CANCELLING -> STOPPED.
 *
 * A signal stops the listeners, after what waited in their queues was taken.
 * Running requests finish within the grace time, then their handlers are
 * cancelled, and a moment later everything is closed. A second signal skips
 * to the end.
 */
#include "worker/worker.h"

#include <signal.h>

#include "worker/signals.h"

enum {
    TICK_MS = 50,          /* how often idle connections are looked at */
    CANCEL_GRACE_MS = 1000 /* what cancelled handlers get */
};

static void enter(sl_worker *worker, sl_worker_phase phase, uint64_t time_ms)
{
    worker->phase = phase;
    worker->phase_end_ms = worker->pipeline->now_ms + time_ms;
}

static void drain(sl_worker *worker)
{
    worker->env.draining = true;
    sl_net_stop_listening(worker->net);
    sl_net_drain(worker->net);
    enter(worker, SL_WORKER_DRAINING, worker->settings->grace_ms);
    sl_timer_start(&worker->pipeline->timers, &worker->tick,
                   worker->pipeline->now_ms + TICK_MS);
}

static void stop(sl_worker *worker)
{
    enter(worker, SL_WORKER_STOPPED, 0);
    sl_timer_stop(&worker->pipeline->timers, &worker->tick);
    if (worker->on_stopped != NULL) {
        worker->on_stopped(worker);
    } else {
        uv_stop(worker->loop);
    }
}

static uint32_t running_handlers(const sl_worker *worker)
{
    sl_script_stat script = {0};

    if (worker->script != NULL) {
        sl_script_describe(worker->script, &script);
    }
    return script.handlers +
           (worker->native != NULL ? worker->native->handlers : 0);
}

static bool is_quiet(const sl_worker *worker)
{
    sl_net_stat net;

    sl_net_describe(worker->net, &net);
    return net.connections == 0 && running_handlers(worker) == 0;
}

static void cancel(sl_worker *worker)
{
    uint32_t handlers = running_handlers(worker);
    sl_net_stat net;

    sl_net_describe(worker->net, &net);
    sl_log_line(worker->log, SL_LOG_WARN,
                "the grace time is over: cancelling %u requests, closing %u "
                "connections",
                handlers, net.connections);
    if (handlers == 0) {
        stop(worker);
        return;
    }
    if (worker->script != NULL) {
        sl_script_cancel_all(worker->script);
    }
    if (worker->native != NULL) {
        sl_native_cancel_all(worker->native);
    }
    enter(worker, SL_WORKER_CANCELLING, CANCEL_GRACE_MS);
}

void sl_worker_look_at_end(sl_worker *worker)
{
    bool is_over = worker->pipeline->now_ms >= worker->phase_end_ms;

    switch (worker->phase) {
    case SL_WORKER_DRAINING:
        if (is_quiet(worker)) {
            stop(worker);
        } else if (is_over) {
            cancel(worker);
        }
        break;
    case SL_WORKER_CANCELLING:
        if (is_quiet(worker) || is_over) {
            stop(worker);
        }
        break;
    case SL_WORKER_SERVING:
    case SL_WORKER_STOPPED:
        break;
    }
}

/* Idle connections end as they become idle; the turn looks at the rest. */
static void on_tick(sl_timer *timer, uint64_t now_ms)
{
    sl_worker *worker = SL_CONTAINER(timer, sl_worker, tick);

    sl_net_drain(worker->net);
    sl_timer_start(&worker->pipeline->timers, timer, now_ms + TICK_MS);
}

static void stop_for(sl_worker *worker, const char *why)
{
    sl_pipeline_refresh(worker->pipeline);
    if (worker->phase == SL_WORKER_SERVING) {
        sl_log_line(worker->log, SL_LOG_INFO,
                    "%s: finishing what runs; again to end at once", why);
        worker->tick.on_due = on_tick;
        drain(worker);
    } else if (worker->phase != SL_WORKER_STOPPED) {
        sl_log_line(worker->log, SL_LOG_WARN, "%s again: ending now", why);
        worker->exit_code = 1;
        stop(worker);
    }
}

void sl_worker_stop(sl_worker *worker)
{
    stop_for(worker, "stop");
}

static void on_stop_signal(uv_async_t *handle)
{
    stop_for(handle->data, sl_signals_take());
}

static void on_hangup(uv_signal_t *handle, int number)
{
    sl_worker *worker = handle->data;

    sl_log_line(worker->log, SL_LOG_WARN,
                "SIGHUP: reloading is not supported, restart the server");
}

void sl_worker_watch_signals(sl_worker *worker)
{
    worker->stop_signal.data = worker;
    sl_signals_start(worker->loop, &worker->stop_signal, on_stop_signal);
    uv_signal_init(worker->loop, &worker->hangup);
    worker->hangup.data = worker;
    uv_signal_start(&worker->hangup, on_hangup, SIGHUP);
}
