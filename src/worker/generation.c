#include "worker/generation.h"

#include "base/memory.h"
#include "worker/distress.h"
#include "worker/worker.h"

/* --- Phases ------------------------------------------------------------------ */

static void on_alarm(sl_timer *timer, uint64_t now_ms)
{
    /* Its existence makes the loop turn, and each turn looks. */
}

void sl_generation_enter(sl_generation *generation, sl_generation_phase phase,
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

bool sl_generation_is_late(const sl_generation *generation)
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
    sl_generation_enter(made, SL_GENERATION_STARTING,
                        settings->start_timeout_ms);
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
        sl_generation_enter(oldest, SL_GENERATION_CANCELLED,
                            SL_GENERATION_GRACE_MS);
    }
}

void sl_generation_commit(sl_generation *generation)
{
    sl_worker *worker = generation->worker;
    sl_generation *before = worker->current;

    sl_distress_stop(worker);
    sl_generation_enter(generation, SL_GENERATION_CURRENT, 0);
    worker->current = generation;
    worker->script = generation->script;
    sl_distress_start(worker);
    if (before != NULL) {
        sl_script_tell(before->script, "over", "");
        sl_generation_enter(before, SL_GENERATION_OLD, 0);
        limit(worker);
    }
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

    if (step == SL_STEP_RUNNING && sl_generation_is_late(generation)) {
        worker->on_prepared(worker, generation,
                            "the start takes longer than start_timeout");
    } else if (step == SL_STEP_FAILED) {
        worker->on_prepared(worker, generation, text);
    } else if (step == SL_STEP_DONE && generation->takes_over) {
        generation->takes_over = false;
        sl_script_begin_step(generation->script, "start", text, len);
    } else if (step == SL_STEP_DONE) {
        sl_generation_enter(generation, SL_GENERATION_READY, 0);
        worker->on_prepared(worker, generation, NULL);
    }
}

void sl_generations_look(sl_worker *worker)
{
    sl_list *link = worker->generations.next;

    while (link != &worker->generations) {
        sl_generation *generation = SL_CONTAINER(link, sl_generation, link);

        link = link->next;
        if (generation->phase != SL_GENERATION_STARTING) {
            sl_generation_look_at_end(generation);
        } else if (generation->begun) {
            look_at_start(generation);
        } else {
            begin(generation);
        }
    }
}
