/* What the layers tell the worker. */
#include "base/rare.h"
#include "worker/worker.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static void on_exchange(void *host, sl_exchange *exchange)
{
    sl_worker *worker = host;

    sl_heartbeat_note_request(worker->heartbeat,
                              exchange->request.parts[SL_PART_ID]);
    if (worker->settings->compress.on) {
        sl_status rc = sl_response_compress(
            &exchange->response, exchange->response.generation, NULL);

        (void)rc; /* nothing was written, so that it cannot fail */
    }
    if (worker->native != NULL) {
        sl_native_visit(worker->native, exchange);
        if (sl_native_start(worker->native, exchange)) {
            return;
        }
    }
    if (worker->script != NULL) {
        sl_script_start(worker->script, exchange);
    } else {
        sl_native_answer(exchange, 404, "404 not found\n", NULL);
    }
}

/* A client that left before the answer began counts as one that erred. */
static int status_of(const sl_exchange *exchange)
{
    const sl_response *response = &exchange->response;
    bool left =
        response->phase == SL_PHASE_ABORTED && response->wire_bytes == 0;

    return left ? SL_CLIENT_LEFT : response->status;
}

static void count(const sl_worker *worker, const sl_exchange *exchange,
                  int refused)
{
    const sl_pipeline *pipeline = worker->pipeline;
    uint64_t began_us;
    uint64_t first_us;

    if (exchange == NULL) {
        sl_traffic_note(pipeline->traffic, SL_ROUTE_NONE, (sl_span){0}, refused,
                        0, 0);
        return;
    }
    began_us = exchange->request.arrived_us;
    first_us = exchange->response.first_us;
    sl_traffic_note(pipeline->traffic, exchange->route,
                    exchange->request.parts[SL_PART_METHOD],
                    refused != 0 ? refused : status_of(exchange),
                    pipeline->now_us - began_us + 1,
                    first_us != 0 ? first_us - began_us + 1 : 0);
}

SL_RARE static void log_refusal(const sl_worker *worker, int status,
                                const char *peer)
{
    sl_log_line(sl_log_of(worker->log, SL_LOG_HTTP), SL_LOG_DEBUG,
                "a request from %s was refused with %d", peer, status);
}

static void on_done(void *host, sl_exchange *exchange, int refused,
                    const char *peer)
{
    sl_worker *worker = host;

    count(worker, exchange, refused);
    if (refused != 0) {
        log_refusal(worker, refused, peer);
    }
    sl_access_log_note(&worker->access_log, &worker->env, exchange, refused,
                       peer);
    if (exchange != NULL && exchange->is_watched) {
        sl_script_on_done(exchange, refused);
    }
}

static void on_events(void *host, sl_exchange *exchange, uint32_t events)
{
    if (exchange->is_native) {
        sl_native_on_events(exchange, events);
    } else {
        sl_script_on_events(exchange, events);
    }
}

static void on_anchor(void *host, sl_lender *lender, uint32_t anchor)
{
    sl_script_release_anchor(lender, anchor);
}

static void on_descriptor(void *host, int fd)
{
    close(fd);
}

static void on_waiter(void *host, void *waiter)
{
    sl_script_on_waiter(waiter);
}

static int64_t file_size(void *host, int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : -1;
}

static int64_t read_file(void *host, int fd, uint64_t offset, char *buffer,
                         size_t len)
{
    ssize_t n;

    do {
        n = pread(fd, buffer, len, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    return n;
}

static void on_stage_failed(void *host, sl_exchange *exchange,
                            const char *stage, sl_status why)
{
    const sl_worker *worker = host;
    const char *text = "has failed";

    if (why == SL_ETOOBIG) {
        text = "keeps something, although it was flushed";
    } else if (why == SL_ETIMEDOUT) {
        text = "waits for longer than stage_timeout";
    }
    sl_log_line(sl_log_of(worker->log, SL_LOG_HTTP), SL_LOG_ERROR,
                "request %s: the stage \"%s\" %s",
                sl_request_id(&exchange->request), stage, text);
}

static uint64_t now_ms(void *host)
{
    const sl_worker *worker = host;

    worker->pipeline->now_us = uv_hrtime() / 1000;
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
    .read_file = read_file,
    .on_stage_failed = on_stage_failed,
    .now_ms = now_ms,
};
