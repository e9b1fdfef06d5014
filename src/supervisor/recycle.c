/* Workers that have served long enough: replaced before what they have
 * collected does harm. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/supervisor.h"
#include "worker/status.h"

enum { EVERY_MS = 500, WHY = 96 };

/* Why the worker should be replaced, in *why; "": it should not. */
static void judge(const sl_child *child, char why[WHY])
{
    const sl_settings *settings = child->supervisor->settings;
    uint64_t requests = sl_heartbeat_see(child->page->requests);
    uint64_t bytes =
        settings->worker_memory > 0 ? sl_status_memory(child->pid) : 0;

    *why = '\0';
    if (settings->worker_requests > 0 &&
        requests >= settings->worker_requests) {
        (void)snprintf(why, WHY, "it has begun %" PRIu64 " requests", requests);
    } else if (bytes > settings->worker_memory) {
        (void)snprintf(why, WHY, "it holds %" PRIu64 " KiB", bytes / 1024);
    }
}

static void on_look(uv_timer_t *handle)
{
    sl_supervisor *supervisor = handle->data;
    char why[WHY];

    for (uint32_t i = 0; i < supervisor->count; i++) {
        sl_slot *slot = &supervisor->slots[i];

        if (slot->current == NULL) {
            continue;
        }
        judge(slot->current, why);
        if (*why != '\0') {
            sl_slot_on_worn(slot, slot->current, why);
        }
    }
}

void sl_recycle_start(sl_supervisor *supervisor)
{
    const sl_settings *settings = supervisor->settings;

    supervisor->recycle.data = supervisor;
    if (settings->worker_requests > 0 || settings->worker_memory > 0) {
        uv_timer_start(&supervisor->recycle, on_look, EVERY_MS, EVERY_MS);
    }
}
