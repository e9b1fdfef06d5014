/* How an app is loaded for the first time, and again while it is served. */
#include "base/memory.h"
#include "worker/worker.h"

/* --- The first time ----------------------------------------------------------- */

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

/* --- Again -------------------------------------------------------------------- */

/* What came of it; NULL: it went well. */
static void conclude(sl_worker *worker, const char *error)
{
    *(error != NULL ? &worker->failed_reloads : &worker->reloads) += 1;
    if (error != NULL) {
        sl_log_line(worker->log, SL_LOG_ERROR,
                    "the reload failed, and the version before serves on: %s",
                    error);
    }
    if (worker->on_reloaded != NULL) {
        worker->on_reloaded(worker, error);
    }
}

static void on_again(sl_worker *worker, sl_generation *generation,
                     const char *error)
{
    worker->next = NULL;
    if (error == NULL) {
        sl_generation_commit(generation);
        sl_log_line(worker->log, SL_LOG_INFO,
                    "SIGHUP: reloaded: generation %u serves",
                    generation->number);
    }
    conclude(worker, error);
    if (error != NULL) {
        sl_generation_discard(generation);
    }
}

void sl_worker_reload(sl_worker *worker)
{
    char *error = NULL;

    if (worker->current == NULL || worker->next != NULL ||
        worker->phase != SL_WORKER_SERVING) {
        sl_log_line(worker->log, SL_LOG_WARN,
                    "SIGHUP: there is nothing to reload now");
        if (worker->on_reloaded != NULL) {
            worker->on_reloaded(worker, "there is nothing to reload now");
        }
        return;
    }
    sl_pipeline_refresh(worker->pipeline);
    if (sl_generation_load(worker, worker->app, NULL, &worker->next, &error) <
        0) {
        conclude(worker, error);
        sl_free(error);
        return;
    }
    worker->on_prepared = on_again;
}
