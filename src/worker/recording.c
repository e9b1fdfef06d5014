/* In development, what becomes of each request is recorded. The recorder stands
 * between the layers and the worker, so that nothing looks for it elsewhere. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "pipeline/record.h"
#include "worker/worker.h"

typedef struct sl_recording {
    sl_recorder recorder;
    sl_session_host session_host;
    sl_pipeline_host pipeline_host;
} sl_recording;

static uint64_t now_ns(void *context)
{
    return uv_hrtime();
}

static int64_t unix_ms(void *context)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Those of who looks at pictures would soon be all that there are. */
static void on_exchange(void *host, sl_exchange *exchange)
{
    const sl_worker *worker = host;

    if (!sl_access_is_ours(exchange->request.parts[SL_PART_TARGET])) {
        (void)sl_record_begin(&worker->recording->recorder, exchange);
    }
    sl_worker_session_host.on_exchange(host, exchange);
}

static void on_done(void *host, sl_exchange *exchange, int refused,
                    const char *peer)
{
    if (exchange != NULL && exchange->response.record != NULL) {
        sl_record_end(exchange->response.record);
    }
    sl_worker_session_host.on_done(host, exchange, refused, peer);
}

static void on_completed(void *host, sl_exchange *exchange,
                         const sl_completion *done)
{
    sl_record_completed(exchange, done);
}

/* Other processes have pictures, too, also those that were here before. */
static void name_process(char *prefix, size_t size)
{
    (void)snprintf(prefix, size, "%d-", (int)getpid());
}

void sl_worker_record(sl_worker *worker)
{
    sl_recording *recording = sl_malloc(sizeof *recording);
    char prefix[12];

    name_process(prefix, sizeof prefix);
    sl_recorder_init(&recording->recorder, prefix);
    recording->recorder.now_ns = now_ns;
    recording->recorder.unix_ms = unix_ms;
    recording->session_host = sl_worker_session_host;
    recording->session_host.on_exchange = on_exchange;
    recording->session_host.on_done = on_done;
    recording->pipeline_host = sl_worker_pipeline_host;
    recording->pipeline_host.on_completed = on_completed;
    worker->recording = recording;
    worker->env.host = &recording->session_host;
    worker->pipeline->host = &recording->pipeline_host;
    worker->pipeline->recorder = &recording->recorder;
}

void sl_worker_end_record(sl_worker *worker)
{
    if (worker->recording != NULL) {
        sl_recorder_deinit(&worker->recording->recorder);
        sl_free(worker->recording);
        worker->recording = NULL;
    }
}
