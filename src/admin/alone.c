/* The admin listener of a worker without a supervisor: on the same loop, so that
 * it answers between two turns of it. */
#include "admin/admin.h"

#include <unistd.h>

static void sum(void *host, sl_board *sum, sl_admin_facts *facts)
{
    const sl_worker *worker = host;

    sl_board_add(sum, worker->board, true);
    facts->workers = worker->phase == SL_WORKER_SERVING;
    facts->reloads = worker->reloads;
    facts->failed_reloads = worker->failed_reloads;
}

static bool is_healthy(void *host, sl_buffer *why_not)
{
    return true; /* that it answers is the proof */
}

static bool is_ready(void *host, sl_buffer *why_not)
{
    const sl_worker *worker = host;

    if (worker->phase != SL_WORKER_SERVING) {
        sl_buffer_printf(why_not, "draining");
    } else if (worker->app != NULL && worker->current == NULL) {
        sl_buffer_printf(why_not, "starting");
    } else if (!sl_admin_has_room(worker->settings, worker->board)) {
        sl_buffer_printf(why_not, "the worker is at a limit");
    } else {
        return true;
    }
    return false;
}

static void ask(void *host)
{
    sl_worker *worker = host;

    sl_counter_add(&worker->board->asked, 1);
    sl_board_list(worker);
}

static bool have_answered(void *host)
{
    return true;
}

static void status(void *host, sl_buffer *json)
{
    const sl_worker *worker = host;
    bool serves = worker->phase == SL_WORKER_SERVING;

    sl_buffer_printf(json,
                     "{\"version\":\"" SLUICE_VERSION "\",\"state\":\"%s\""
                     ",\"pid\":%d,\"replaced\":0,\"workers\":[{\"worker\":0,"
                     "\"pid\":%d,\"state\":\"%s\",",
                     serves ? "serving" : "stopping", (int)getpid(),
                     (int)getpid(), serves ? "serving" : "leaving");
    sl_admin_append_worker(worker->heartbeat, worker->board, json);
    sl_admin_append_live(worker->board, json);
    sl_buffer_printf(json, "}]}\n");
}

static void reload(void *host)
{
    sl_worker_reload(host);
    sl_worker_wake(host);
}

static void on_reloaded(sl_worker *worker, const char *error)
{
    sl_admin_tell(worker->admin, error);
}

static const sl_admin_host host = {
    .sum = sum,
    .is_healthy = is_healthy,
    .is_ready = is_ready,
    .ask = ask,
    .have_answered = have_answered,
    .status = status,
    .reload = reload,
};

sl_status sl_admin_open_alone(sl_admin *admin, sl_worker *worker, char **error)
{
    worker->admin = admin;
    worker->on_reloaded = on_reloaded;
    return sl_admin_open(admin, worker->settings, worker->log, worker->loop,
                         &host, worker, error);
}
