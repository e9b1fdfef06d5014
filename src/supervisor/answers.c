/* What the supervisor answers at its control socket. */
#include "base/memory.h"
#include "supervisor/supervisor.h"
#include "worker/status.h"
#include "worker/worker.h"

static const char *const states[] = {
    [SL_CHILD_LOADING] = "loading",
    [SL_CHILD_READY] = "ready",
    [SL_CHILD_SERVING] = "serving",
    [SL_CHILD_LEAVING] = "leaving",
};

static const char *const phases[] = {
    [SL_SUPERVISOR_STARTING] = "starting",
    [SL_SUPERVISOR_RUNNING] = "serving",
    [SL_SUPERVISOR_STOPPING] = "stopping",
};

/* All children; the array is the caller's. */
static sl_status_row *list_rows(const sl_supervisor *supervisor, size_t *count)
{
    sl_status_row *rows = NULL;
    size_t n = 0;

    for (const sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        const sl_child *child = SL_CONTAINER(link, sl_child, link);

        rows = sl_realloc(rows, (n + 1) * sizeof *rows);
        rows[n++] =
            (sl_status_row){child->slot, child->pid, states[child->state],
                            child->page, child->board};
    }
    *count = n;
    return rows;
}

typedef char address[SL_ADDRESS_TEXT];

/* The texts of all addresses, and in *list where each is. */
static address *list_addresses(const sl_ports *ports, const char ***list)
{
    address *texts = sl_calloc(ports->count + 1, sizeof *texts);

    *list = sl_calloc(ports->count + 1, sizeof **list);
    for (size_t i = 0; i < ports->count; i++) {
        sl_address_format(&ports->ports[i].sockets[0].address, texts[i]);
        (*list)[i] = texts[i];
    }
    return texts;
}

static void on_status(void *context, sl_status_form form, sl_buffer *text)
{
    const sl_supervisor *supervisor = context;
    size_t count;
    sl_status_row *rows = list_rows(supervisor, &count);
    const char **list;
    address *texts = list_addresses(&supervisor->ports, &list);
    sl_status_view view = {
        .state = phases[supervisor->phase],
        .replaced = supervisor->replaced,
        .reload = &supervisor->reload.outcome,
        .addresses = list,
        .rows = rows,
        .count = count,
    };

    sl_status_append(&view, form, text);
    sl_free(rows);
    sl_free(list);
    sl_free(texts);
}

static void on_reload(void *context)
{
    sl_reload_start(context);
}

static void on_stop(void *context)
{
    sl_supervisor *supervisor = context;

    sl_log_line(supervisor->log, SL_LOG_INFO,
                "asked to stop: finishing what runs");
    sl_supervisor_stop(supervisor);
}

/* The workers that are, and those that will be, have the same. */
static void on_set_levels(void *context, const char *levels, sl_buffer *answer)
{
    sl_supervisor *supervisor = context;

    if (sl_worker_set_levels(supervisor->settings, supervisor->log, levels,
                             answer)) {
        supervisor->has_levels = true;
        for (sl_list *link = supervisor->children.next;
             link != &supervisor->children; link = link->next) {
            sl_child_tell_levels(SL_CONTAINER(link, sl_child, link));
        }
    }
}

static bool is_meant(const sl_child *child, uint32_t worker)
{
    return child != NULL && child->listens &&
           (worker == SL_VISIT_ANY || child->slot == worker);
}

static const char *on_visit(void *context, uint32_t worker, const char *what,
                            int fd)
{
    const sl_supervisor *supervisor = context;

    if (worker != SL_VISIT_ANY && worker >= supervisor->count) {
        return "there is no worker of that number: see sluice status";
    }
    for (uint32_t i = 0; i < supervisor->count; i++) {
        const sl_child *child = supervisor->slots[i].current;

        if (is_meant(child, worker)) {
            sl_channel_send_fd(child->channel, SL_TOLD_VISIT, what, fd);
            return NULL;
        }
    }
    return "no such worker serves at the moment: try again";
}

const sl_control_host sl_supervisor_answers = {
    .set_levels = on_set_levels,
    .status = on_status,
    .reload = on_reload,
    .stop = on_stop,
    .visit = on_visit,
};
