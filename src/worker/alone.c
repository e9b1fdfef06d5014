#include "worker/alone.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "worker/status.h"
#include "worker/visit.h"

/* --- Reloading ---------------------------------------------------------------- */

static void begin(sl_alone *alone);

static void finish(sl_alone *alone, const char *error)
{
    sl_worker *worker = alone->worker;
    char done[32];

    (void)snprintf(done, sizeof done, "generation %u serves", worker->made);
    sl_outcome_set(&alone->outcome, error, alone->why,
                   uv_now(worker->loop) - alone->began_ms);
    alone->why = NULL;
    sl_outcome_log(&alone->outcome, worker->log, done);
    if (error != NULL && worker->script != NULL) {
        sl_script_tell(worker->script, "trouble", error);
        sl_worker_turn_soon(worker);
    }
    if (alone->again) {
        alone->again = false;
        begin(alone);
        return;
    }
    sl_control_tell_waiting(&alone->control, &alone->outcome);
    sl_watcher_take(&alone->watcher, alone->tried);
}

static void on_prepared(sl_worker *worker, sl_generation *generation,
                        const char *error)
{
    worker->next = NULL;
    if (error == NULL) {
        sl_generation_commit(generation);
        finish(worker->alone, NULL);
    } else {
        finish(worker->alone, error); /* whose text the generation has */
        sl_generation_discard(generation);
    }
}

static void begin(sl_alone *alone)
{
    sl_worker *worker = alone->worker;
    char *error = NULL;

    sl_watcher_pause(&alone->watcher);
    alone->began_ms = uv_now(worker->loop);
    if (worker->current == NULL) {
        finish(alone, "there is no app, only handlers in C");
        return;
    }
    sl_sources_unref(alone->tried);
    alone->tried = sl_sources_create();
    sl_pipeline_refresh(worker->pipeline);
    if (sl_generation_load(worker, worker->app, alone->tried, &worker->next,
                           &error) < 0) {
        finish(alone, error);
        sl_free(error);
        return;
    }
    worker->on_prepared = on_prepared;
    sl_worker_turn_soon(worker);
}

void sl_alone_reload(sl_alone *alone)
{
    if (alone->worker->next != NULL) {
        alone->again = true;
    } else if (alone->worker->phase == SL_WORKER_SERVING) {
        begin(alone);
    }
}

static void on_change(void *context, const char *what)
{
    sl_alone *alone = context;

    sl_log_line(sl_log_of(alone->worker->log, SL_LOG_RELOAD), SL_LOG_DEBUG,
                "%s: reloading", what);
    sl_free(alone->why);
    alone->why = sl_strdup(what);
    sl_alone_reload(alone);
}

/* --- The control socket -------------------------------------------------------- */

static const char *state_of(const sl_worker *worker)
{
    if (!worker->alone->serves) {
        return "starting";
    }
    return worker->phase == SL_WORKER_SERVING ? "serving" : "stopping";
}

/* Grown by one for each, with NULL behind the last. */
typedef struct list {
    char **items;
    size_t count;
} list;

static void add_address(void *context, const char *address)
{
    list *l = context;

    l->items = sl_realloc(l->items, (l->count + 2) * sizeof *l->items);
    l->items[l->count++] = sl_strdup(address);
    l->items[l->count] = NULL;
}

static list list_addresses(const sl_worker *worker)
{
    list l = {.items = sl_calloc(1, sizeof *l.items)};

    sl_net_each_address(worker->net, add_address, &l);
    return l;
}

static void list_free(list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        sl_free(l->items[i]);
    }
    sl_free(l->items);
}

static void on_status(void *context, sl_status_form form, sl_buffer *text)
{
    const sl_alone *alone = context;
    const sl_worker *worker = alone->worker;
    list addresses = list_addresses(worker);
    sl_status_row row = {0, getpid(), state_of(worker), worker->heartbeat,
                         worker->board};
    sl_status_view view = {
        .state = row.state,
        .reload = &alone->outcome,
        .addresses = (const char *const *)addresses.items,
        .rows = &row,
        .count = 1,
    };

    sl_status_append(&view, form, text);
    list_free(&addresses);
}

static void on_reload(void *context)
{
    sl_alone_reload(context);
}

static void on_stop(void *context)
{
    sl_alone *alone = context;

    sl_worker_ask_to_stop(alone->worker);
}

static void on_set_levels(void *context, const char *levels, sl_buffer *answer)
{
    const sl_worker *worker = ((const sl_alone *)context)->worker;

    (void)sl_worker_set_levels(worker->settings, worker->log, levels, answer);
}

static const char *on_visit(void *context, uint32_t worker, const char *what,
                            int fd)
{
    const sl_alone *alone = context;

    if (worker != 0 && worker != SL_VISIT_ANY) {
        return "there is one worker only, number 0";
    }
    sl_visit_begin(alone->worker, fd, what);
    return NULL;
}

static const sl_control_host host = {
    .set_levels = on_set_levels,
    .status = on_status,
    .reload = on_reload,
    .stop = on_stop,
    .visit = on_visit,
};

/* --- Life --------------------------------------------------------------------- */

void sl_alone_init(sl_alone *alone, sl_worker *worker)
{
    *alone = (sl_alone){.worker = worker};
    worker->alone = alone;
    sl_control_init(&alone->control, &host, alone);
    sl_watcher_init(&alone->watcher, worker->loop,
                    sl_log_of(worker->log, SL_LOG_RELOAD), worker->settings,
                    on_change, alone);
}

sl_status sl_alone_open(sl_alone *alone, sl_sources *sources, char **error)
{
    const sl_worker *worker = alone->worker;

    if (sources != NULL) {
        alone->tried = sl_sources_ref(sources);
        sl_watcher_take(&alone->watcher, sources);
    }
    return sl_control_open(&alone->control, worker->loop, worker->settings,
                           error);
}

void sl_alone_close(sl_alone *alone)
{
    alone->worker->alone = NULL;
    sl_control_close(&alone->control);
    sl_watcher_close(&alone->watcher);
    sl_sources_unref(alone->tried);
    sl_outcome_deinit(&alone->outcome);
    sl_free(alone->why);
}
