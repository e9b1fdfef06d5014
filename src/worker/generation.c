#include "worker/generation.h"

#include "base/memory.h"
#include "worker/distress.h"
#include "worker/worker.h"

enum { CANCEL_GRACE_MS = 1000 /* what cancelled tasks get */ };

/* --- Phases ------------------------------------------------------------------ */

static void on_alarm(sl_timer *timer, uint64_t now_ms)
{
    /* Its existence makes the loop turn, and each turn looks. */
}

static void enter(sl_generation *generation, sl_generation_phase phase,
                  uint64_t most_ms)
{
    sl_pipeline *pipeline = generation->worker->pipeline;

    sl_timer_stop(&pipeline->timers, &generation->alarm);
    generation->phase = phase;
    generation->end_ms = UINT64_MAX;
    if (most_ms > 0) {
        generation->end_ms = pipeline->now_ms + most_ms;
        generation->alarm.on_due = on_alarm;
        sl_timer_start(&pipeline->timers, &generation->alarm,
                       generation->end_ms);
    }
}

static bool is_over(const sl_generation *generation)
{
    return generation->worker->pipeline->now_ms >= generation->end_ms;
}

/* --- Its beginning ------------------------------------------------------------ */

sl_status sl_generation_load(sl_worker *worker, const char *path,
                             sl_sources *sources, sl_generation **generation,
                             char **error)
{
    const sl_settings *settings = worker->settings;
    const char *lua_dir = *settings->lua_dir != '\0' ? settings->lua_dir : NULL;
    sl_generation *made = sl_calloc(1, sizeof *made);
    sl_status rc;

    made->script =
        sl_script_create(&settings->script, worker->pipeline,
                         sl_log_of(worker->log, SL_LOG_SCRIPT), lua_dir, error);
    if (made->script == NULL) {
        sl_free(made);
        return SL_EINVAL;
    }
    made->worker = worker;
    sl_script_on_hook(made->script, sl_generation_on_hook, made);
    made->number = ++worker->made;
    sl_list_append(&worker->generations, &made->link);
    worker->alive++;
    sl_luv_init(&made->luv, worker->loop, made->script);
    if (sources != NULL) {
        sl_script_use(made->script, sources);
    }
    if (worker->current == NULL) {
        worker->script = made->script;
        sl_distress_start(worker);
    }
    rc = sl_script_load(made->script, path, error);
    if (rc < 0) {
        sl_generation_discard(made);
        return rc;
    }
    enter(made, SL_GENERATION_STARTING, settings->start_timeout_ms);
    *generation = made;
    return SL_OK;
}

/* Requests of the oldest one are aborted when there are too many. */
static void limit(sl_worker *worker)
{
    sl_generation *oldest = NULL;
    uint32_t count = 0;

    for (sl_list *link = worker->generations.prev; link != &worker->generations;
         link = link->prev) {
        sl_generation *generation = SL_CONTAINER(link, sl_generation, link);

        if (generation->phase == SL_GENERATION_CURRENT ||
            generation->phase == SL_GENERATION_OLD) {
            oldest = generation;
            count++;
        }
    }
    if (count > worker->settings->max_generations) {
        sl_script_stat stat;

        sl_script_describe(oldest->script, &stat);
        sl_log_line(sl_log_of(worker->log, SL_LOG_RELOAD), SL_LOG_WARN,
                    "more than max_generations are in use: aborting %u "
                    "requests of generation %u",
                    stat.handlers, oldest->number);
        sl_script_cancel_all(oldest->script);
        enter(oldest, SL_GENERATION_CANCELLED, CANCEL_GRACE_MS);
    }
}

void sl_generation_commit(sl_generation *generation)
{
    sl_worker *worker = generation->worker;
    sl_generation *before = worker->current;

    sl_distress_stop(worker);
    enter(generation, SL_GENERATION_CURRENT, 0);
    worker->current = generation;
    worker->script = generation->script;
    sl_distress_start(worker);
    if (before != NULL) {
        sl_script_tell(before->script, "over", "");
        enter(before, SL_GENERATION_OLD, 0);
        limit(worker);
    }
}

/* --- Its end ------------------------------------------------------------------ */

static void cancel(sl_generation *generation)
{
    sl_script_cancel_all(generation->script);
    enter(generation, SL_GENERATION_CANCELLED, CANCEL_GRACE_MS);
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
    } else if (step == SL_STEP_RUNNING && is_over(generation)) {
        report(generation, "on_stop", "the grace time is over");
    }
    return step != SL_STEP_RUNNING || is_over(generation);
}

/* --- Each turn ---------------------------------------------------------------- */

/* With what the current one hands over, if there is one. */
static void begin(sl_generation *generation)
{
    sl_generation *current = generation->worker->current;

    generation->begun = true;
    generation->takes_over = current != NULL;
    if (current != NULL) {
        sl_script_begin_step(current->script, "save", NULL, 0);
    } else {
        sl_script_begin_step(generation->script, "start", NULL, 0);
    }
}

static void look_at_start(sl_generation *generation)
{
    sl_worker *worker = generation->worker;
    const sl_generation *from =
        generation->takes_over ? worker->current : generation;
    const char *text;
    size_t len;
    sl_step step = sl_script_step(from->script, &text, &len);

    if (step == SL_STEP_RUNNING && is_over(generation)) {
        worker->on_prepared(worker, generation,
                            "the start takes longer than start_timeout");
    } else if (step == SL_STEP_FAILED) {
        worker->on_prepared(worker, generation, text);
    } else if (step == SL_STEP_DONE && generation->takes_over) {
        generation->takes_over = false;
        sl_script_begin_step(generation->script, "start", text, len);
    } else if (step == SL_STEP_DONE) {
        enter(generation, SL_GENERATION_READY, 0);
        worker->on_prepared(worker, generation, NULL);
    }
}

static void look_at_end(sl_generation *generation)
{
    sl_script_stat stat;

    switch (generation->phase) {
    case SL_GENERATION_OLD:
        if (!sl_script_is_busy(generation->script)) {
            enter(generation, SL_GENERATION_STOPPING,
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
            is_over(generation)) {
            enter(generation, SL_GENERATION_CLOSING, 0);
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

void sl_generations_look(sl_worker *worker)
{
    sl_list *link = worker->generations.next;

    while (link != &worker->generations) {
        sl_generation *generation = SL_CONTAINER(link, sl_generation, link);

        link = link->next;
        if (generation->phase != SL_GENERATION_STARTING) {
            look_at_end(generation);
        } else if (generation->begun) {
            look_at_start(generation);
        } else {
            begin(generation);
        }
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
