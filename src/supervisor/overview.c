/* What the admin listener is told about the workers. */
#include "supervisor/supervisor.h"
#include "worker/status.h"

typedef bool child_test(const sl_child *child);

static bool turns(const sl_child *child)
{
    return child->state == SL_CHILD_SERVING && child->watch == SL_WATCH_FINE;
}

static bool takes_requests(const sl_child *child)
{
    return turns(child) && child->listens &&
           (child->board == NULL ||
            sl_admin_has_room(child->supervisor->settings, child->board));
}

static uint64_t count(const sl_supervisor *supervisor, child_test *test)
{
    uint64_t n = 0;

    for (const sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        n += test(SL_CONTAINER(link, sl_child, link));
    }
    return n;
}

/* --- Numbers ------------------------------------------------------------------ */

static void sum(void *host, sl_board *sum, sl_admin_facts *facts)
{
    const sl_supervisor *supervisor = host;
    const sl_outcome *outcome = &supervisor->reload.outcome;

    sl_board_add(sum, supervisor->departed, false);
    for (const sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        const sl_child *child = SL_CONTAINER(link, sl_child, link);

        facts->memory_bytes += sl_status_memory(child->pid);
        if (child->board != NULL) {
            sl_board_add(sum, child->board, true);
        }
    }
    facts->workers = count(supervisor, turns);
    facts->restarts = supervisor->replaced;
    facts->deaths = supervisor->deaths;
    facts->reloads =
        supervisor->reloads_before + outcome->number - outcome->failures;
    facts->failed_reloads = supervisor->failed_before + outcome->failures;
}

/* --- Health ------------------------------------------------------------------- */

/* Before there are workers, and when they go, our own loop counts. */
static bool is_healthy(void *host, sl_buffer *why_not)
{
    const sl_supervisor *supervisor = host;

    if (supervisor->phase != SL_SUPERVISOR_RUNNING ||
        count(supervisor, turns) > 0) {
        return true;
    }
    sl_buffer_printf(why_not, "no worker turns its loop");
    return false;
}

static bool is_ready(void *host, sl_buffer *why_not)
{
    const sl_supervisor *supervisor = host;

    if (supervisor->phase == SL_SUPERVISOR_STARTING) {
        sl_buffer_printf(why_not, "starting");
    } else if (supervisor->phase == SL_SUPERVISOR_STOPPING) {
        sl_buffer_printf(why_not, "draining");
    } else if (count(supervisor, turns) == 0) {
        sl_buffer_printf(why_not, "no worker serves");
    } else if (count(supervisor, takes_requests) == 0) {
        sl_buffer_printf(why_not, "all workers are at a limit");
    } else {
        return true;
    }
    return false;
}

/* --- Status ------------------------------------------------------------------- */

static void ask(void *host)
{
    const sl_supervisor *supervisor = host;

    for (const sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        const sl_child *child = SL_CONTAINER(link, sl_child, link);

        if (child->board != NULL) {
            sl_counter_add(&child->board->asked, 1);
            sl_channel_send(child->channel, SL_TOLD_LIST, NULL);
        }
    }
}

static bool has_not_answered(const sl_child *child)
{
    return child->board != NULL && child->state != SL_CHILD_LOADING &&
           sl_counter_see(&child->board->asked) !=
               sl_counter_see(&child->board->answered);
}

static bool have_answered(void *host)
{
    return count(host, has_not_answered) == 0;
}

static bool may_reload(void *host)
{
    const sl_supervisor *supervisor = host;

    return supervisor->phase == SL_SUPERVISOR_RUNNING;
}

const sl_admin_host sl_supervisor_admin = {
    .sum = sum,
    .is_healthy = is_healthy,
    .is_ready = is_ready,
    .ask = ask,
    .have_answered = have_answered,
    .may_reload = may_reload,
};
