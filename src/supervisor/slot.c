/* Who serves in a slot, and who comes next. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "supervisor/backoff.h"
#include "supervisor/supervisor.h"
#include "worker/channel.h"

static void on_retry(uv_timer_t *handle)
{
    sl_slot_start(handle->data);
}

void sl_slot_init(sl_slot *slot, sl_supervisor *supervisor)
{
    *slot = (sl_slot){.supervisor = supervisor};
    uv_timer_init(&supervisor->loop, &slot->retry);
    slot->retry.data = slot;
}

static uint32_t index_of(const sl_slot *slot)
{
    return (uint32_t)(slot - slot->supervisor->slots);
}

static void start_later(sl_slot *slot, uint64_t served_ms)
{
    const sl_supervisor *supervisor = slot->supervisor;
    uint64_t wait_ms = sl_backoff_next(&slot->failures, served_ms);

    if (wait_ms > 0) {
        sl_log_line(supervisor->log, SL_LOG_WARN,
                    "worker %u: the next attempt is in %" PRIu64
                    " ms, after %u failures in a row",
                    index_of(slot), wait_ms, slot->failures);
    }
    uv_timer_start(&slot->retry, on_retry, wait_ms, 0);
}

void sl_slot_start(sl_slot *slot)
{
    sl_supervisor *supervisor = slot->supervisor;

    slot->next = sl_child_start(supervisor, index_of(slot));
    if (slot->next == NULL) {
        sl_log_line(supervisor->log, SL_LOG_ERROR,
                    "worker %u cannot be started: %s", index_of(slot),
                    strerror(errno));
        start_later(slot, 0);
    }
}

void sl_slots_end_stale(sl_supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->count; i++) {
        sl_child *next = supervisor->slots[i].next;

        if (next != NULL) {
            next->told = true;
            (void)kill(next->pid, SIGKILL);
        }
    }
}

/* The one before goes only when this one listens: somebody always does. */
static void let_serve(sl_slot *slot)
{
    sl_child *child = slot->next;
    char *kinds;

    slot->next = NULL;
    if (slot->current != NULL) {
        slot->current->state = SL_CHILD_LEAVING;
        sl_channel_send(slot->current->channel, SL_TOLD_LEAVE, NULL);
    }
    slot->current = child;
    child->state = SL_CHILD_SERVING;
    child->serving_ms = uv_now(&slot->supervisor->loop);
    kinds = sl_ports_kinds(&slot->supervisor->ports);
    sl_channel_send(child->channel, SL_TOLD_SERVE, kinds);
    sl_free(kinds);
    sl_reload_on_serving(child);
}

static bool all_are_ready(const sl_supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->count; i++) {
        const sl_child *child = supervisor->slots[i].next;

        if (child == NULL || child->state != SL_CHILD_READY) {
            return false;
        }
    }
    return true;
}

/* All or none: an app that does not load never answers anybody. */
static void serve_first(sl_supervisor *supervisor)
{
    char *error;

    if (!all_are_ready(supervisor)) {
        return;
    }
    if (sl_ports_listen(&supervisor->ports, supervisor->settings, &error) < 0) {
        sl_supervisor_fail(supervisor, error);
        free(error);
        return;
    }
    supervisor->phase = SL_SUPERVISOR_RUNNING;
    for (uint32_t i = 0; i < supervisor->count; i++) {
        let_serve(&supervisor->slots[i]);
    }
}

void sl_slot_on_ready(sl_slot *slot, sl_child *child)
{
    sl_supervisor *supervisor = slot->supervisor;

    switch (supervisor->phase) {
    case SL_SUPERVISOR_STARTING:
        serve_first(supervisor);
        break;
    case SL_SUPERVISOR_RUNNING:
        if (child == slot->next) {
            let_serve(slot);
        }
        break;
    case SL_SUPERVISOR_STOPPING:
        sl_channel_send(child->channel, SL_TOLD_STOP, NULL);
        break;
    }
}

static bool all_listen(const sl_supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->count; i++) {
        const sl_child *child = supervisor->slots[i].current;

        if (child == NULL || !child->listens) {
            return false;
        }
    }
    return true;
}

void sl_slot_on_serving(sl_slot *slot, sl_child *child)
{
    sl_supervisor *supervisor = slot->supervisor;

    if (supervisor->announced) {
        supervisor->replaced++;
        sl_log_line(supervisor->log, SL_LOG_INFO, "worker %u (pid %d) serves",
                    child->slot, (int)child->pid);
    } else if (supervisor->phase == SL_SUPERVISOR_RUNNING &&
               all_listen(supervisor)) {
        supervisor->announced = true;
        sl_supervisor_announce(supervisor);
    }
}

void sl_slot_on_worn(sl_slot *slot, sl_child *child, const char *why)
{
    sl_supervisor *supervisor = slot->supervisor;

    if (supervisor->phase == SL_SUPERVISOR_RUNNING && child == slot->current &&
        slot->next == NULL && !uv_is_active((uv_handle_t *)&slot->retry)) {
        sl_log_line(supervisor->log, SL_LOG_INFO,
                    "worker %u (pid %d) is being replaced: %s", child->slot,
                    (int)child->pid, why);
        sl_slot_start(slot);
    }
}

static uint64_t time_served(const sl_child *child)
{
    return child->state == SL_CHILD_SERVING
               ? uv_now(&child->supervisor->loop) - child->serving_ms
               : 0;
}

void sl_slot_on_death(sl_slot *slot, sl_child *child)
{
    bool matters = child == slot->current || child == slot->next;

    if (child == slot->current) {
        slot->current = NULL;
    }
    if (child == slot->next) {
        slot->next = NULL;
    }
    if (!matters) {
        return;
    }
    if (slot->supervisor->phase != SL_SUPERVISOR_STOPPING &&
        slot->next == NULL) {
        start_later(slot, time_served(child));
    }
}
