/* How a worker ends: SERVING -> DRAINING -> CANCELLING -> STOPPED, or, when
 * another one serves in its place already, with LEAVING for DRAINING.
 *
 * A signal stops the listeners, after what waited in their queues was taken.
 * Running requests finish within the grace time, then their handlers are
 * cancelled, and a moment later everything is closed. A second signal skips
 * to the end.
 */
#include "worker/worker.h"

#include <signal.h>

#include "worker/alone.h"
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

static void begin(sl_worker *worker)
{
    worker->env.draining = true;
    sl_net_stop_listening(worker->net);
    sl_generations_shut_down(worker);
}

static void tick(sl_worker *worker, sl_timer_fn *on_due, uint64_t after_ms)
{
    sl_timer_stop(&worker->pipeline->timers, &worker->tick);
    worker->tick.on_due = on_due;
    sl_timer_start(&worker->pipeline->timers, &worker->tick,
                   worker->pipeline->now_ms + after_ms);
}

static void on_tick(sl_timer *timer, uint64_t now_ms);

static void drain(sl_worker *worker)
{
    begin(worker);
    sl_net_drain(worker->net);
    enter(worker, SL_WORKER_DRAINING, worker->settings->grace_ms);
    tick(worker, on_tick, TICK_MS);
}

/* The turn that it causes looks at the end. */
static void on_late(sl_timer *timer, uint64_t now_ms)
{
}

static void leave(sl_worker *worker)
{
    uint32_t most_ms = worker->settings->worker_grace_ms;

    begin(worker);
    enter(worker, SL_WORKER_LEAVING, most_ms);
    if (most_ms > 0) {
        tick(worker, on_late, most_ms);
    }
}

void sl_worker_finish(sl_worker *worker, sl_finish how)
{
    bool serves = worker->phase == SL_WORKER_SERVING;

    if (how == SL_FINISH_AT_LEISURE && serves) {
        leave(worker);
    } else if (how == SL_FINISH_IN_TIME &&
               (serves || worker->phase == SL_WORKER_LEAVING)) {
        drain(worker);
    }
}

/* After requests were given the time to end, each number is 0, except for
 * coroutines and what they hold of an app that runs some for ever. Generations
 * are those that the current one has replaced. */
static void say_what_is_left(const sl_worker *worker)
{
    const sl_pipeline *pipeline = worker->pipeline;
    sl_script_stat script;
    sl_net_stat net;

    sl_generations_describe(worker, &script);
    sl_net_describe(worker->net, &net);
    sl_log_line(worker->log, SL_LOG_DEBUG,
                "left at the end: connections %u, exchanges %zu, operations "
                "%zu, pieces %zu, anchors %u, handlers %u, coroutines %u, "
                "generations %u",
                net.connections, pipeline->exchanges.live,
                pipeline->operations.live, pipeline->pieces.live,
                sl_generations_count_anchors(worker), script.handlers,
                script.tasks, sl_generations_count_old(worker));
}

static void stop(sl_worker *worker)
{
    if (worker->log->level <= SL_LOG_DEBUG) {
        say_what_is_left(worker);
    }
    enter(worker, SL_WORKER_STOPPED, 0);
    sl_timer_stop(&worker->pipeline->timers, &worker->tick);
    if (worker->on_stopped != NULL) {
        worker->on_stopped(worker);
    } else {
        uv_stop(worker->loop);
    }
}

void sl_worker_end(sl_worker *worker, int exit_code)
{
    worker->exit_code = exit_code;
    stop(worker);
}

static uint32_t running_handlers(const sl_worker *worker)
{
    sl_script_stat script;

    sl_generations_describe(worker, &script);
    return script.handlers +
           (worker->native != NULL ? worker->native->handlers : 0);
}

static bool is_quiet(const sl_worker *worker)
{
    sl_net_stat net;

    sl_net_describe(worker->net, &net);
    return net.connections == 0 && running_handlers(worker) == 0;
}

static void cancel(sl_worker *worker, const char *why)
{
    uint32_t handlers = running_handlers(worker);
    sl_net_stat net;

    sl_net_describe(worker->net, &net);
    sl_log_line(worker->log, SL_LOG_WARN,
                "%s: cancelling %u requests, closing %u connections", why,
                handlers, net.connections);
    if (handlers == 0) {
        stop(worker);
        return;
    }
    sl_generations_cancel(worker);
    if (worker->native != NULL) {
        sl_native_cancel_all(worker->native);
    }
    enter(worker, SL_WORKER_CANCELLING, CANCEL_GRACE_MS);
}

void sl_worker_look_at_end(sl_worker *worker)
{
    bool is_over = worker->pipeline->now_ms >= worker->phase_end_ms;

    switch (worker->phase) {
    case SL_WORKER_LEAVING:
        if (is_quiet(worker) && sl_generations_stop(worker)) {
            stop(worker);
        } else if (is_over && worker->settings->worker_grace_ms > 0) {
            cancel(worker, "the worker was replaced worker_grace ago");
        }
        break;
    case SL_WORKER_DRAINING:
        if (is_quiet(worker) && sl_generations_stop(worker)) {
            stop(worker);
        } else if (is_over) {
            cancel(worker, "the grace time is over");
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
        drain(worker);
    } else if (worker->phase != SL_WORKER_STOPPED) {
        sl_log_line(worker->log, SL_LOG_WARN, "%s again: ending now", why);
        sl_worker_end(worker, 1);
    }
}

void sl_worker_ask_to_stop(sl_worker *worker)
{
    if (worker->phase == SL_WORKER_SERVING) {
        stop_for(worker, "asked to stop");
    }
}

void sl_worker_stop(sl_worker *worker)
{
    stop_for(worker, "stop");
}

/* A worker that has a supervisor goes when another one serves in its place. Who
 * is going already is hurried. */
static void on_stop_signal(uv_async_t *handle)
{
    sl_worker *worker = handle->data;
    const char *name = sl_signals_take();

    if (worker->link.channel < 0) {
        stop_for(worker, name);
    } else if (worker->phase == SL_WORKER_LEAVING) {
        sl_pipeline_refresh(worker->pipeline);
        sl_worker_finish(worker, SL_FINISH_IN_TIME);
    } else {
        sl_link_say_worn(&worker->link, name);
    }
}

static void on_hangup(uv_signal_t *handle, int number)
{
    sl_worker *worker = handle->data;

    sl_log_line(sl_log_of(worker->log, SL_LOG_RELOAD), SL_LOG_INFO,
                "SIGHUP: reloading");
    sl_alone_reload(worker->alone);
}

void sl_worker_reopen_logs(sl_worker *worker)
{
    sl_worker_reopen_log(worker->settings, worker->log);
    sl_access_log_reopen(&worker->access_log);
}

static void on_reopen(uv_signal_t *handle, int number)
{
    sl_worker_reopen_logs(handle->data);
}

static void watch(sl_worker *worker, uv_signal_t *handle,
                  uv_signal_cb on_signal, int number)
{
    uv_signal_init(worker->loop, handle);
    handle->data = worker;
    uv_signal_start(handle, on_signal, number);
}

void sl_worker_watch_signals(sl_worker *worker)
{
    bool alone = worker->alone != NULL;

    worker->stop_signal.data = worker;
    sl_signals_start(worker->loop, &worker->stop_signal, on_stop_signal, alone);
    if (alone) {
        watch(worker, &worker->hangup, on_hangup, SIGHUP);
        watch(worker, &worker->reopen, on_reopen, SIGUSR1);
    }
}
