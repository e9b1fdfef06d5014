#include "worker/worker.h"

#include <assert.h>
#include <sys/random.h>
#include <time.h>

#include "worker/signals.h"

enum {
    /* Handlers that others wake in the same turn, and pipelined requests, run
     * in it, up to so many times; what is left runs after the sockets had
     * their share. */
    HANDLER_ROUNDS = 64,
    SEND_ROUNDS = 8
};

/* --- A turn --------------------------------------------------------------- */

bool sl_worker_run_once(sl_worker *worker)
{
    bool ran = sl_generations_run(worker);

    if (worker->native != NULL) {
        ran = sl_native_run(worker->native, worker->pipeline->turn) || ran;
    }
    return ran;
}

/* Run handlers and start the requests behind them until neither has more to
 * do. False when there was nothing at all. */
static bool run_handlers(sl_worker *worker)
{
    bool any = false;

    for (int i = 0; i < HANDLER_ROUNDS; i++) {
        bool ran = sl_worker_run_once(worker);
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
    return sl_generations_are_runnable(worker) ||
           (worker->native != NULL && sl_native_is_runnable(worker->native)) ||
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

void sl_worker_turn_soon(sl_worker *worker)
{
    keep_turning(worker, true);
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
    uint64_t now = uv_now(worker->loop);

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

static void look_at_clock(sl_worker *worker)
{
    worker->pipeline->now_us = uv_hrtime() / 1000;
}

static void end_turn(sl_worker *worker, uint64_t began_us)
{
    sl_pipeline *pipeline = worker->pipeline;

    sl_histogram_note(&pipeline->tally->turns, &sl_tally_times,
                      pipeline->now_us - began_us);
    sl_board_show(worker);
    sl_heartbeat_wait(worker->heartbeat);
}

/* Run and send until there is nothing left to do, or others had to wait long
 * enough. */
static void answer(sl_worker *worker)
{
    for (int i = 0; i < SEND_ROUNDS; i++) {
        bool ran = run_handlers(worker);

        if (ran) {
            look_at_clock(worker);
        }
        sl_net_flush(worker->net);
        if (!sl_pipeline_deliver(worker->pipeline) && !ran) {
            break;
        }
    }
}

/* What has arrived comes before what is due: a client that was in time. */
static void turn(sl_worker *worker)
{
    uint64_t began_us;
    bool more;

    sl_heartbeat_run(worker->heartbeat);
    look_at_clock(worker);
    began_us = worker->pipeline->now_us;
    worker->env.unix_s = time(NULL);
    worker->pipeline->now_ms = uv_now(worker->loop);
    more = sl_net_receive(worker->net);
    sl_pipeline_turn(worker->pipeline, uv_now(worker->loop));
    answer(worker);
    while (more) {
        more = sl_net_receive(worker->net);
        answer(worker);
    }
    sl_generations_look(worker);
    sl_worker_look_at_end(worker);
    keep_turning(worker, has_more(worker));
    keep_time(worker);
    end_turn(worker, began_us);
}

static void on_after_poll(uv_check_t *handle)
{
    turn(handle->data);
}

/* C handlers may have gone on from timers and the like of their own: the turn
 * that follows from that must not wait in the poll. */
static void on_before_poll(uv_prepare_t *handle)
{
    sl_worker *worker = handle->data;

    if (!worker->more_active && has_more(worker)) {
        keep_turning(worker, true);
    }
    keep_time(worker);
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

static void init_loop(sl_worker *worker, uv_loop_t *loop)
{
    int rc = loop != NULL ? 0 : uv_loop_init(&worker->own_loop);

    assert(rc == 0);
    (void)rc;
    worker->loop = loop != NULL ? loop : &worker->own_loop;
    uv_check_init(worker->loop, &worker->after_poll);
    uv_prepare_init(worker->loop, &worker->before_poll);
    uv_idle_init(worker->loop, &worker->more);
    uv_timer_init(worker->loop, &worker->timer);
    worker->after_poll.data = worker;
    worker->before_poll.data = worker;
    worker->timer.data = worker;
    worker->timer_due_ms = UINT64_MAX;
}

void sl_worker_init(sl_worker *worker, const sl_settings *settings,
                    const sl_log *log, uv_loop_t *loop)
{
    *worker = (sl_worker){.settings = settings, .log = log, .link.channel = -1};
    worker->heartbeat = &worker->own_heartbeat;
    sl_list_init(&worker->generations);
    sl_list_init(&worker->visits);
    init_loop(worker, loop);
    worker->pipeline = sl_pipeline_create(&settings->pipeline,
                                          &sl_worker_pipeline_host, worker);
    worker->pipeline->now_ms = uv_now(worker->loop);
    sl_stages_init(&worker->stages, &settings->compress);
    worker->pipeline->shared_stages = &worker->stages;
    worker->env = (sl_session_env){
        .pipeline = worker->pipeline,
        .settings = &settings->session,
        .host = &sl_worker_session_host,
        .host_context = worker,
        .unix_s = time(NULL),
        .trusted = settings->trusted,
        .next_id = random_start(),
    };
    worker->net = sl_net_create(worker->loop, &settings->net, &worker->env,
                                sl_log_of(log, SL_LOG_NET));
    worker->access_log.fd = -1;
    sl_worker_show_on(worker, sl_board_create());
    if (settings->script.development) {
        sl_worker_record(worker);
    }
}

void sl_worker_show_in(sl_worker *worker, sl_heartbeat *page)
{
    worker->heartbeat = page;
    sl_heartbeat_run(page); /* until it waits for the first time */
}

void sl_worker_show_on(sl_worker *worker, sl_board *board)
{
    sl_pipeline *pipeline = worker->pipeline;

    if (board == NULL) {
        return;
    }
    if (worker->board != NULL) {
        sl_board_unmap(worker->board);
    }
    worker->board = board;
    pipeline->tally = &board->tally;
    pipeline->traffic = &board->traffic;
    pipeline->meters = &board->meters;
}

void sl_worker_start(sl_worker *worker)
{
    uv_check_start(&worker->after_poll, on_after_poll);
    if (worker->native != NULL) {
        uv_prepare_start(&worker->before_poll, on_before_poll);
    }
    turn(worker); /* what the app has queued while it was loaded */
}

int sl_worker_run(sl_worker *worker)
{
    sl_worker_watch_signals(worker);
    sl_worker_start(worker);
    uv_run(worker->loop, UV_RUN_DEFAULT);
    uv_check_stop(&worker->after_poll);
    sl_signals_stop();
    return worker->exit_code;
}
