/* New workers with the code as it is now, all or none: those that serve go on
 * until every new one is ready, and nothing changes when one of them fails. */
#include <signal.h>

#include "supervisor/supervisor.h"

/* Those that were to be the next ones are not. */
static void drop_next(sl_supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->count; i++) {
        sl_slot *slot = &supervisor->slots[i];

        if (slot->next != NULL) {
            slot->next->told = true;
            (void)kill(slot->next->pid, SIGKILL);
            slot->next = NULL;
        }
    }
}

void sl_reload_start(sl_supervisor *supervisor)
{
    if (supervisor->phase != SL_SUPERVISOR_RUNNING) {
        return;
    }
    if (supervisor->is_reloading) {
        sl_log_line(supervisor->log, SL_LOG_INFO, "reloading once more");
    }
    drop_next(supervisor);
    supervisor->is_reloading = true;
    for (uint32_t i = 0; i < supervisor->count; i++) {
        uv_timer_stop(&supervisor->slots[i].retry);
        sl_slot_start(&supervisor->slots[i]);
    }
}

void sl_reload_settle(sl_supervisor *supervisor)
{
    supervisor->is_reloading = false;
    supervisor->is_settling = true;
}

static bool is_settled(const sl_supervisor *supervisor)
{
    for (const sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        const sl_child *child = SL_CONTAINER(link, sl_child, link);

        if (child->listens != (child->state == SL_CHILD_SERVING)) {
            return false;
        }
    }
    return true;
}

void sl_reload_look(sl_supervisor *supervisor)
{
    if (supervisor->is_settling && is_settled(supervisor)) {
        supervisor->is_settling = false;
        sl_log_line(supervisor->log, SL_LOG_INFO,
                    "reloaded: new workers serve");
        sl_control_tell_waiting(&supervisor->control, "reloaded\n");
    }
}

void sl_reload_fail(sl_supervisor *supervisor, const char *why)
{
    sl_buffer text = {0};

    supervisor->is_reloading = false;
    sl_log_line(supervisor->log, SL_LOG_ERROR,
                "the reload failed, and the workers before it serve on: %s",
                why);
    sl_buffer_printf(&text, "error: %s\n", why);
    sl_buffer_append(&text, "", 1);
    sl_control_tell_waiting(&supervisor->control, sl_buffer_data(&text));
    sl_buffer_deinit(&text);
    drop_next(supervisor);
    for (uint32_t i = 0; i < supervisor->count; i++) {
        if (supervisor->slots[i].current == NULL) {
            sl_slot_start_later(&supervisor->slots[i], 0);
        }
    }
}
