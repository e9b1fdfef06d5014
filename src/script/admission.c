/* Which requests get a handler: no more than may run at once, the others wait
 * in line or are told to come again; and none for longer than it may take.
 *
 * One that cannot be served costs next to nothing and gets 503, which is what
 * lets those that are served come to their end. */
#include "script/task.h"

#include <lauxlib.h>

/* A full collection for requests that find the VM full: so often at most. */
enum { COLLECT_AGAIN_MS = 500 };

/* --- Memory ------------------------------------------------------------------ */

static bool has_no_memory(sl_script *script)
{
    uint64_t now_ms = script->pipeline->now_ms;

    if (sl_script_is_nearly_full(script) && now_ms >= script->collect_at_ms) {
        script->collect_at_ms = now_ms + COLLECT_AGAIN_MS;
        sl_script_collect(script->lua);
    }
    return sl_script_is_nearly_full(script);
}

/* --- Time -------------------------------------------------------------------- */

static void on_late(sl_timer *timer, uint64_t now_ms)
{
    sl_handling *handling = SL_CONTAINER(timer, sl_handling, deadline);
    sl_script *script = handling->script;
    sl_task *task = handling->task;
    bool has_begun = task->nargs < 0;

    (void)now_ms;
    script->stat.late++;
    handling->is_late = true;
    sl_log_line(script->log, SL_LOG_WARN,
                "a handler takes longer than handler_timeout: request %s",
                sl_request_id(&handling->exchange->request));
    sl_task_cancel(task);
    if (!has_begun) { /* and never will */
        sl_handling_end(handling, SL_ETIMEDOUT);
    }
}

/* --- Numbers ------------------------------------------------------------------- */

static bool has_place(const sl_script *script)
{
    uint32_t most = script->settings.max_handlers;

    return most == 0 || script->handlers - script->waiting <= most;
}

static void refuse(sl_handling *handling, uint64_t *counter)
{
    ++*counter;
    sl_handling_end(handling, SL_EAGAIN);
}

static void begin(sl_handling *handling)
{
    sl_script *script = handling->script;
    uint32_t timeout_ms = script->settings.handler_timeout_ms;

    if (!sl_handling_start(handling)) {
        sl_script_collect(script->lua);
        sl_log_line(script->log, SL_LOG_ERROR,
                    "no memory in the VM to run a handler: request %s",
                    sl_request_id(&handling->exchange->request));
        refuse(handling, &script->stat.no_memory);
        return;
    }
    if (timeout_ms > 0) {
        handling->deadline.on_due = on_late;
        sl_timer_start(&script->pipeline->timers, &handling->deadline,
                       script->pipeline->now_ms + timeout_ms);
    }
}

static void wait_in_line(sl_handling *handling)
{
    sl_script *script = handling->script;

    if (script->waiting >= script->settings.max_waiting) {
        refuse(handling, &script->stat.busy);
        return;
    }
    script->waiting++;
    sl_list_append(&script->entrance, &handling->entrance_link);
}

void sl_script_start(sl_script *script, sl_exchange *exchange)
{
    sl_handling *handling = sl_handling_begin(script, exchange);

    if (has_no_memory(script)) {
        refuse(handling, &script->stat.no_memory);
    } else if (has_place(script) || exchange->depth > 0) {
        begin(
            handling); /* a child has its parent's place, which waits for it */
    } else {
        wait_in_line(handling);
    }
}

bool sl_handling_leave_entrance(sl_handling *handling)
{
    if (sl_list_is_empty(&handling->entrance_link)) {
        return false;
    }
    sl_list_remove(&handling->entrance_link);
    handling->script->waiting--;
    return true;
}

/* The place of the one that goes in counts as taken already. */
static bool may_enter(const sl_script *script)
{
    return script->waiting > 0 &&
           script->handlers - script->waiting < script->settings.max_handlers;
}

void sl_script_admit(sl_script *script)
{
    if (script->is_admitting) { /* by the end of one that could not begin */
        return;
    }
    script->is_admitting = true;
    while (may_enter(script)) {
        sl_handling *handling =
            SL_CONTAINER(script->entrance.next, sl_handling, entrance_link);

        (void)sl_handling_leave_entrance(handling);
        begin(handling);
    }
    script->is_admitting = false;
}

void sl_script_close_entrance(sl_script *script, sl_status status)
{
    while (script->waiting > 0) {
        sl_handling *handling =
            SL_CONTAINER(script->entrance.next, sl_handling, entrance_link);

        (void)sl_handling_leave_entrance(handling);
        sl_handling_end(handling, status);
    }
}
