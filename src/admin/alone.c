/* The admin listener of a worker without a supervisor: on the same loop, so that
 * it answers between two turns of it. */
#include "admin/admin.h"

#include <unistd.h>

static void sum(void *host, sl_board *sum, sl_admin_facts *facts)
{
    const sl_alone *alone = host;
    const sl_worker *worker = alone->worker;

    sl_board_add(sum, worker->board, true);
    facts->workers = worker->phase == SL_WORKER_SERVING && alone->serves;
    facts->memory_bytes = sl_status_memory(getpid());
    facts->reloads = alone->outcome.number - alone->outcome.failures;
    facts->failed_reloads = alone->outcome.failures;
}

static bool is_healthy(void *host, sl_buffer *why_not)
{
    return true; /* that it answers is the proof */
}

static bool is_ready(void *host, sl_buffer *why_not)
{
    const sl_alone *alone = host;
    const sl_worker *worker = alone->worker;

    if (!alone->serves) {
        sl_buffer_printf(why_not, "starting");
    } else if (worker->phase != SL_WORKER_SERVING) {
        sl_buffer_printf(why_not, "draining");
    } else if (!sl_admin_has_room(worker->settings, worker->board)) {
        sl_buffer_printf(why_not, "the worker is at a limit");
    } else {
        return true;
    }
    return false;
}

static void ask(void *host)
{
    const sl_alone *alone = host;

    sl_counter_add(&alone->worker->board->asked, 1);
    sl_board_list(alone->worker);
}

static bool have_answered(void *host)
{
    return true;
}

static bool may_reload(void *host)
{
    const sl_alone *alone = host;

    return alone->worker->phase == SL_WORKER_SERVING && alone->serves;
}

static const sl_admin_host host = {
    .sum = sum,
    .is_healthy = is_healthy,
    .is_ready = is_ready,
    .ask = ask,
    .have_answered = have_answered,
    .may_reload = may_reload,
};

sl_status sl_admin_open_alone(sl_admin *admin, sl_alone *alone, char **error)
{
    const sl_worker *worker = alone->worker;

    return sl_admin_open(admin, worker->settings, worker->log, worker->loop,
                         &host, alone, &alone->control, error);
}
