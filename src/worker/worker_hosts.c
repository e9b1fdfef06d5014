/* What the layers tell the worker. */
#include "worker/worker.h"

#include <sys/stat.h>
#include <unistd.h>

static void on_exchange(void *host, sl_exchange *exchange)
{
    sl_worker *worker = host;

    sl_heartbeat_note_request(worker->heartbeat, exchange->request.id);
    if (worker->native != NULL && sl_native_start(worker->native, exchange)) {
        return;
    }
    if (worker->script != NULL) {
        sl_script_start(worker->script, exchange);
    } else {
        sl_native_answer(exchange, 404, "404 not found\n", NULL);
    }
}

static void on_done(void *host, sl_exchange *exchange, int refused,
                    const char *peer)
{
    sl_worker *worker = host;

    sl_access_log_note(&worker->access_log, &worker->env, exchange, refused,
                       peer);
}

static void on_events(void *host, sl_exchange *exchange, uint32_t events)
{
    sl_worker *worker = host;

    if (exchange->is_native) {
        sl_native_on_events(exchange, events);
    } else if (worker->script != NULL) {
        sl_script_on_events(worker->script, exchange, events);
    }
}

static void on_anchor(void *host, uint32_t anchor)
{
    sl_worker *worker = host;

    sl_script_release_anchor(worker->script, anchor);
}

static void on_descriptor(void *host, int fd)
{
    close(fd);
}

static void on_waiter(void *host, void *waiter)
{
    sl_worker *worker = host;

    sl_script_on_waiter(worker->script, waiter);
}

static int64_t file_size(void *host, int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : -1;
}

static uint64_t now_ms(void *host)
{
    const sl_worker *worker = host;

    return uv_now(worker->loop);
}

const sl_session_host sl_worker_session_host = {
    .on_exchange = on_exchange,
    .on_done = on_done,
};

const sl_pipeline_host sl_worker_pipeline_host = {
    .on_events = on_events,
    .on_anchor = on_anchor,
    .on_descriptor = on_descriptor,
    .on_waiter = on_waiter,
    .file_size = file_size,
    .now_ms = now_ms,
};
