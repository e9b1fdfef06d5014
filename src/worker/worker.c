#include "worker/worker.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/memory.h"
#include "net/address.h"
#include "worker/signals.h"

enum {
    /* Handlers that others wake in the same turn, and pipelined requests, run
     * in it, up to so many times; what is left runs after the sockets had
     * their share. */
    HANDLER_ROUNDS = 64,
    SEND_ROUNDS = 8,
    /* What cancelled coroutines get to end, with all that they start. */
    LAST_ROUNDS = 1000
};

/* --- A turn --------------------------------------------------------------- */

/* Run handlers and start the requests behind them until neither has more to
 * do. False when there was nothing at all. */
static bool run_handlers(sl_worker *worker)
{
    bool any = false;

    for (int i = 0; i < HANDLER_ROUNDS; i++) {
        bool ran = sl_script_run(worker->script);
        bool advanced = sl_net_advance(worker->net);

        if (!ran && !advanced) {
            break;
        }
        any = true;
    }
    return any;
}

static bool has_more(const sl_worker *worker)
{
    return sl_script_is_runnable(worker->script) ||
           sl_net_is_due(worker->net) || sl_pipeline_has_news(worker->pipeline);
}

static void on_more(uv_idle_t *handle)
{
    /* Its existence makes the loop poll without waiting. */
}

static void keep_turning(sl_worker *worker, bool more)
{
    if (more == worker->more_active) {
        return;
    }
    worker->more_active = more;
    if (more) {
        uv_idle_start(&worker->more, on_more);
    } else {
        uv_idle_stop(&worker->more);
    }
}

static void turn(sl_worker *worker);

static void on_timer(uv_timer_t *handle)
{
    sl_worker *worker = handle->data;

    worker->timer_due_ms = UINT64_MAX;
    turn(worker); /* before the poll that would wait */
}

static void keep_time(sl_worker *worker)
{
    uint64_t due = sl_timers_next(&worker->pipeline->timers);
    uint64_t now = uv_now(&worker->loop);

    if (due == worker->timer_due_ms) {
        return;
    }
    worker->timer_due_ms = due;
    if (due == UINT64_MAX) {
        uv_timer_stop(&worker->timer);
    } else {
        /* libuv runs a timer of 0 ms that a timer starts before it polls
         * again, for ever if need be. */
        uv_timer_start(&worker->timer, on_timer, due > now ? due - now : 1, 0);
    }
}

/* What the supervisor sees of a worker, between two turns. */
static void show(sl_worker *worker)
{
    sl_heartbeat *page = worker->heartbeat;
    sl_script_stat script;
    sl_net_stat net;

    sl_net_describe(worker->net, &net);
    sl_script_describe(worker->script, &script);
    sl_heartbeat_show(page->accepted, net.accepted);
    sl_heartbeat_show(page->connections, net.connections);
    sl_heartbeat_show(page->handlers, script.handlers);
    sl_heartbeat_show(page->lua_bytes, script.memory_bytes);
    sl_heartbeat_wait(page);
}

static void turn(sl_worker *worker)
{
    sl_heartbeat_run(worker->heartbeat);
    worker->env.unix_s = time(NULL);
    sl_pipeline_turn(worker->pipeline, uv_now(&worker->loop));
    for (int i = 0; i < SEND_ROUNDS; i++) {
        bool ran = run_handlers(worker);

        sl_net_flush(worker->net);
        if (!sl_pipeline_deliver(worker->pipeline) && !ran) {
            break;
        }
    }
    sl_worker_look_at_end(worker);
    keep_turning(worker, has_more(worker));
    keep_time(worker);
    show(worker);
}

static void on_after_poll(uv_check_t *handle)
{
    turn(handle->data);
}

/* --- Life ----------------------------------------------------------------- */

/* Request ids count on from here, so that those of two workers, or of two
 * lives of one, do not meet in a log. */
static uint64_t random_start(void)
{
    uint64_t start = 0;

    if (getrandom(&start, sizeof start, GRND_NONBLOCK) < 0) {
        start = (uint64_t)time(NULL) << 32;
    }
    return start;
}

static void init_loop(sl_worker *worker)
{
    int rc = uv_loop_init(&worker->loop);

    assert(rc == 0);
    (void)rc;
    uv_check_init(&worker->loop, &worker->after_poll);
    uv_idle_init(&worker->loop, &worker->more);
    uv_timer_init(&worker->loop, &worker->timer);
    worker->after_poll.data = worker;
    worker->timer.data = worker;
    worker->timer_due_ms = UINT64_MAX;
}

sl_status sl_worker_init(sl_worker *worker, const sl_settings *settings,
                         const sl_log *log, sl_heartbeat *page, char **error)
{
    const char *lua_dir = settings->lua_dir;

    *worker = (sl_worker){.settings = settings, .log = log, .link.channel = -1};
    worker->heartbeat = page != NULL ? page : &worker->own_heartbeat;
    sl_heartbeat_run(worker->heartbeat); /* until it waits for the first time */
    init_loop(worker);
    worker->pipeline = sl_pipeline_create(&settings->pipeline,
                                          &sl_worker_pipeline_host, worker);
    worker->pipeline->now_ms = uv_now(&worker->loop);
    worker->env = (sl_session_env){
        .pipeline = worker->pipeline,
        .settings = &settings->session,
        .host = &sl_worker_session_host,
        .host_context = worker,
        .unix_s = time(NULL),
        .next_id = random_start(),
    };
    worker->net =
        sl_net_create(&worker->loop, &settings->net, &worker->env, log);
    worker->script = sl_script_create(&settings->script, worker->pipeline, log,
                                      *lua_dir != '\0' ? lua_dir : NULL, error);
    worker->access_log.fd = -1;
    if (worker->script == NULL) {
        sl_worker_deinit(worker);
        return SL_EINVAL;
    }
    sl_luv_init(&worker->luv, &worker->loop, worker->script);
    return SL_OK;
}

static void close_handle(uv_handle_t *handle, void *context)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

/* Nobody reads what they write any more: raise `cancelled` in those that are
 * left. One that waits again is dropped, but one that always starts another
 * would go on for ever. */
static void end_handlers(sl_worker *worker)
{
    sl_script_cancel_all(worker->script);
    for (int i = 0; i < LAST_ROUNDS; i++) {
        bool ran = sl_script_run(worker->script);

        if (!sl_pipeline_deliver(worker->pipeline) && !ran) {
            break;
        }
    }
}

/* Let go of everything, in the order of who needs whom. */
void sl_worker_deinit(sl_worker *worker)
{
    sl_net_stop_listening(worker->net);
    sl_net_close_all(worker->net);
    if (worker->script != NULL) {
        end_handlers(worker);
        sl_luv_close(&worker->luv);
        sl_script_destroy(worker->script);
        worker->script = NULL;
        sl_luv_deinit(&worker->luv);
    }
    sl_access_log_close(&worker->access_log);
    sl_link_close(&worker->link);
    uv_walk(&worker->loop, close_handle, NULL);
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    sl_net_destroy(worker->net);
    sl_pipeline_destroy(worker->pipeline);
    uv_loop_close(&worker->loop);
}

sl_status sl_worker_load(sl_worker *worker, const char *path, char **error)
{
    return sl_script_load(worker->script, path, error);
}

static sl_status open_access_log(sl_worker *worker, char **error)
{
    const sl_settings *settings = worker->settings;

    if (sl_access_log_open(&worker->access_log, settings->access_log,
                           (sl_access_format)settings->access_log_format,
                           &worker->pipeline->timers, worker->log) < 0) {
        (void)asprintf(error, "cannot write the access log %s: %s",
                       settings->access_log, strerror(errno));
        return SL_ESYSTEM;
    }
    return SL_OK;
}

sl_status sl_worker_attach(sl_worker *worker, uint32_t sockets, char **error)
{
    sl_status rc = open_access_log(worker, error);

    if (rc == SL_OK) {
        sl_link_start(worker, sockets);
    }
    return rc;
}

static void announce(const sl_worker *worker, const char *bound)
{
    bool is_unix = strncmp(bound, "unix:", strlen("unix:")) == 0;

    sl_log_line(worker->log, SL_LOG_INFO, "listening on %s%s",
                is_unix ? "" : "http://", bound);
}

sl_status sl_worker_open(sl_worker *worker, uint32_t inherited, char **error)
{
    const sl_text_list *addresses = &worker->settings->listen;
    size_t count = inherited > 0 ? inherited : addresses->count;
    sl_status rc = open_access_log(worker, error);

    for (size_t i = 0; i < count && rc == SL_OK; i++) {
        char bound[SL_ADDRESS_TEXT];
        char reason[SL_ADDRESS_ERROR];

        rc = inherited > 0
                 ? sl_net_adopt(worker->net, SL_FIRST_INHERITED + (int)i, bound,
                                reason)
                 : sl_net_listen(worker->net, addresses->items[i], bound,
                                 reason);
        if (rc == SL_OK) {
            announce(worker, bound);
        } else {
            *error = sl_strdup(reason);
        }
    }
    return rc;
}

int sl_worker_run(sl_worker *worker)
{
    sl_worker_watch_signals(worker);
    uv_check_start(&worker->after_poll, on_after_poll);
    turn(worker); /* what the app has queued while it was loaded */
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    uv_check_stop(&worker->after_poll);
    sl_signals_stop();
    return worker->exit_code;
}
