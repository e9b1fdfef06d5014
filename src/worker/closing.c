/* The very end of a worker: everything is let go. */
#include "base/memory.h"
#include "worker/visit.h"
#include "worker/worker.h"

/* What cancelled handlers get to end, with all that they start. */
enum { LAST_ROUNDS = 1000 };

/* Nobody reads what they write any more: raise `cancelled` in those that are
 * left. One that waits again is dropped, but one that always starts another
 * would go on for ever. */
static void end_handlers(sl_worker *worker)
{
    sl_generations_cancel(worker);
    for (int i = 0; i < LAST_ROUNDS; i++) {
        bool delivered = sl_pipeline_deliver(worker->pipeline);

        if (!sl_worker_run_once(worker) && !delivered) {
            break;
        }
    }
    if (worker->native != NULL) {
        sl_native_end_all(worker->native);
    }
}

/* libuv closes handles in the reverse of the order in which it was told to, so
 * that the first is the last. */
static void on_last_closed(uv_handle_t *handle)
{
    sl_worker *worker = handle->data;

    if (worker->on_closed != NULL) {
        worker->on_closed(worker);
    }
}

/* Let go of everything, in the order of who needs whom. */
void sl_worker_close(sl_worker *worker)
{
    uv_close((uv_handle_t *)&worker->after_poll, on_last_closed);
    uv_close((uv_handle_t *)&worker->before_poll, NULL);
    sl_timer_stop(&worker->pipeline->timers, &worker->log_timer);
    sl_worker_disown_log(worker);
    sl_net_stop_listening(worker->net);
    sl_net_close_all(worker->net);
    sl_visits_close(worker);
    end_handlers(worker);
    sl_generations_close(worker);
    sl_access_log_close(&worker->access_log);
    sl_link_close(&worker->link);
    uv_close((uv_handle_t *)&worker->more, NULL);
    uv_close((uv_handle_t *)&worker->timer, NULL);
}

void sl_worker_free(sl_worker *worker)
{
    sl_net_destroy(worker->net);
    sl_pipeline_destroy(worker->pipeline);
    sl_worker_end_record(worker);
    sl_stages_deinit(&worker->stages);
    sl_board_unmap(worker->board);
    sl_free(worker->app);
    sl_free(worker->start_error);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

void sl_worker_deinit(sl_worker *worker)
{
    sl_worker_close(worker);
    uv_walk(worker->loop, close_handle, NULL);
    uv_run(worker->loop, UV_RUN_DEFAULT);
    sl_worker_free(worker);
    uv_loop_close(worker->loop);
}
