/* The end of a generation: what it runs is over or cancelled, app:on_stop has run,
 * and all that it has left open is closed. */
#include "base/memory.h"
#include "worker/distress.h"
#include "worker/generation.h"
#include "worker/worker.h"

static void cancel(sl_generation *generation)
{
    sl_script_cancel_all(generation->script);
    sl_generation_enter(generation, SL_GENERATION_CANCELLED,
                        SL_GENERATION_GRACE_MS);
}

/* Nothing new comes to it. */
static void leave(const sl_generation *generation)
{
    sl_worker *worker = generation->worker;

    if (worker->script == generation->script) {
        sl_distress_stop(worker);
        worker->script = NULL;
        worker->current = NULL;
    }
}

void sl_generation_discard(sl_generation *generation)
{
    leave(generation);
    cancel(generation);
}

static void on_freed(sl_luv *luv)
{
    sl_free(SL_CONTAINER(luv, sl_generation, luv));
}

/* What it has refused counts on. */
static void keep_counters(sl_generation *generation)
{
    sl_script_stat *gone = &generation->worker->gone;
    sl_script_stat stat;

    sl_script_describe(generation->script, &stat);
    gone->busy += stat.busy;
    gone->no_memory += stat.no_memory;
    gone->late += stat.late;
}

static void destroy(sl_generation *generation)
{
    leave(generation);
    keep_counters(generation);
    generation->worker->alive--;
    sl_timer_stop(&generation->worker->pipeline->timers, &generation->alarm);
    sl_list_remove(&generation->link);
    sl_generations_show_hooks(generation->worker);
    sl_script_destroy(generation->script);
    sl_luv_deinit(&generation->luv, on_freed);
}

static void report(const sl_generation *generation, const char *what,
                   const char *text)
{
    sl_log_line(sl_log_of(generation->worker->log, SL_LOG_RELOAD), SL_LOG_ERROR,
                "generation %u: %s: %s", generation->number, what, text);
}

static bool has_stopped(const sl_generation *generation)
{
    const char *text;
    size_t len;
    sl_step step = sl_script_step(generation->script, &text, &len);

    if (step == SL_STEP_FAILED) {
        report(generation, "on_stop failed", text);
    } else if (step == SL_STEP_RUNNING && sl_generation_is_late(generation)) {
        report(generation, "on_stop", "the grace time is over");
    }
    return step != SL_STEP_RUNNING || sl_generation_is_late(generation);
}

void sl_generation_look_at_end(sl_generation *generation)
{
    sl_script_stat stat;

    switch (generation->phase) {
    case SL_GENERATION_OLD:
        if (!sl_script_is_busy(generation->script)) {
            sl_generation_enter(generation, SL_GENERATION_STOPPING,
                                generation->worker->settings->grace_ms + 1);
            sl_script_begin_step(generation->script, "stop", NULL, 0);
        }
        break;
    case SL_GENERATION_STOPPING:
        if (has_stopped(generation)) {
            cancel(generation);
        }
        break;
    case SL_GENERATION_CANCELLED:
        sl_script_describe(generation->script, &stat);
        if ((stat.tasks == 0 && !sl_script_is_busy(generation->script)) ||
            sl_generation_is_late(generation)) {
            sl_generation_enter(generation, SL_GENERATION_CLOSING, 0);
            sl_luv_close(&generation->luv);
        }
        break;
    case SL_GENERATION_CLOSING:
        if (!sl_luv_is_busy(&generation->luv)) {
            destroy(generation);
        }
        break;
    default:
        break;
    }
}

void sl_generations_close(sl_worker *worker)
{
    while (!sl_list_is_empty(&worker->generations)) {
        sl_generation *generation =
            SL_CONTAINER(worker->generations.next, sl_generation, link);

        sl_luv_close(&generation->luv);
        sl_luv_finish(&generation->luv);
        destroy(generation);
    }
}
