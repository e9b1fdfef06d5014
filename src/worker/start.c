/* How an app is loaded for the first time. */
#include "base/memory.h"
#include "worker/worker.h"

static void on_first(sl_worker *worker, sl_generation *generation,
                     const char *error)
{
    worker->next = NULL;
    if (worker->is_awaited) { /* the poll would wait for ever */
        uv_stop(worker->loop);
    }
    if (error == NULL) {
        sl_generation_commit(generation);
        return;
    }
    sl_log_line(worker->log, SL_LOG_ERROR, "the app does not start: %s", error);
    worker->start_error = sl_strdup(error);
    sl_generation_discard(generation);
}

sl_status sl_worker_load(sl_worker *worker, const char *path,
                         sl_sources *sources, char **error)
{
    sl_status rc =
        sl_generation_load(worker, path, sources, &worker->next, error);

    if (rc == SL_OK) {
        worker->app = sl_strdup(path);
        worker->on_prepared = on_first;
    }
    return rc;
}

sl_status sl_worker_await_start(sl_worker *worker, char **error)
{
    if (worker->next == NULL) { /* only handlers in C */
        return SL_OK;
    }
    worker->is_awaited = true;
    sl_worker_start(worker);
    while (worker->next != NULL) {
        uv_run(worker->loop, UV_RUN_ONCE);
    }
    worker->is_awaited = false;
    if (worker->start_error == NULL) {
        return SL_OK;
    }
    *error = worker->start_error;
    worker->start_error = NULL;
    return SL_EINVAL;
}
