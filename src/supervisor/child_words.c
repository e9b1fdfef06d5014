/* What a process says, and who is told of it. */
#include "supervisor/supervisor.h"
#include "worker/channel.h"

/* A worker of a server that starts may have what everybody would have. */
static void on_failed(sl_child *child, const char *why)
{
    sl_supervisor *supervisor = child->supervisor;

    if (child->told) {
        return; /* others have had the same, and it is being ended */
    }
    child->told = true;
    if (supervisor->phase == SL_SUPERVISOR_STARTING) {
        sl_reload_fail_to_start(supervisor, why);
    } else if (supervisor->phase == SL_SUPERVISOR_RUNNING) {
        sl_log_line(supervisor->log, SL_LOG_ERROR,
                    "worker %u (pid %d) cannot serve: %s", child->slot,
                    (int)child->pid, why);
    }
}

static void hear(sl_child *child, const sl_message *message)
{
    sl_slot *slot = &child->supervisor->slots[child->slot];

    switch (message->kind) {
    case SL_SAYS_READY:
        child->state = SL_CHILD_READY;
        sl_slot_on_ready(slot, child);
        break;
    case SL_SAYS_SERVING:
        child->listens = true;
        sl_slot_on_serving(slot, child);
        break;
    case SL_SAYS_WORN:
        sl_slot_on_worn(slot, child, message->text);
        break;
    case SL_SAYS_PREPARED:
        sl_reload_on_prepared(child, message->text);
        break;
    case SL_SAYS_SWITCHED:
        sl_reload_on_switched(child, message->text);
        break;
    case SL_SAYS_REFUSED:
        sl_reload_on_refused(child, message->text);
        break;
    case SL_SAYS_FAILED:
        on_failed(child, message->text);
        break;
    default:
        break;
    }
}

/* Its end of the channel closes when it dies, which is heard of by a signal. */
void sl_child_listen(sl_child *child)
{
    sl_message message;
    sl_status rc;

    while ((rc = sl_channel_receive(child->channel, &message)) == SL_OK) {
        hear(child, &message);
    }
    if (rc == SL_EABORTED) {
        uv_poll_stop(&child->poll);
    }
}
