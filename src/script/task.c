/* The pool of coroutines. */
#include "script/task.h"

#include <lauxlib.h>

#include "base/memory.h"
#include "script/console.h"
#include "script/stage.h"

static void on_due(sl_timer *timer, uint64_t now_ms)
{
    sl_task *task = SL_CONTAINER(timer, sl_task, timer);

    sl_task_wake(task, SL_ETIMEDOUT);
}

/* A new task in the pool. May raise an error, for want of memory. */
static void add_to_pool(lua_State *lua)
{
    sl_script *script = sl_script_of(lua);
    lua_State *co = lua_newthread(lua);
    int ref = luaL_ref(lua, LUA_REGISTRYINDEX);
    sl_task *task = sl_calloc(1, sizeof *task);

    task->script = script;
    task->lua = co;
    task->ref = ref;
    task->timer.on_due = on_due;
    sl_list_init(&task->link);
    sl_list_init(&task->line_link);
    sl_list_init(&task->tied_link);
    sl_list_append(&script->tasks, &task->all_link);
    sl_list_append(&script->idle, &task->link);
    script->pooled++;
}

int sl_script_add_task(lua_State *lua)
{
    add_to_pool(lua);
    return 0;
}

static sl_task *take(sl_script *script)
{
    sl_task *task = SL_CONTAINER(sl_list_take(&script->idle), sl_task, link);

    script->pooled--;
    script->live++;
    task->cancel = SL_CANCEL_NONE;
    task->is_expected = false;
    task->is_for_request = false;
    task->quota = (sl_quota){0};
    return task;
}

sl_task_kin *sl_task_kin_of(sl_task *task)
{
    sl_task_kin *kin = task->kin;

    if (kin == NULL) {
        kin = sl_calloc(1, sizeof *kin);
        sl_list_init(&kin->joiners);
        sl_list_init(&kin->children);
        sl_list_init(&kin->child_link);
        task->kin = kin;
    }
    return kin;
}

const char *sl_task_request_id(const sl_task *task)
{
    if (task->handler_of != NULL) {
        return sl_request_id(&task->handler_of->exchange->request);
    }
    return task->kin != NULL ? task->kin->request_id : "";
}

void sl_task_count_for_request(sl_task *task)
{
    if (!task->is_for_request) {
        task->is_for_request = true;
        task->script->for_requests++;
    }
}

sl_task *sl_task_take(sl_script *script)
{
    if (sl_list_is_empty(&script->idle) &&
        !sl_script_call(script, script->refs.add_task, NULL)) {
        return NULL;
    }
    return take(script);
}

sl_task *sl_task_take_in(lua_State *lua)
{
    sl_script *script = sl_script_of(lua);

    if (sl_list_is_empty(&script->idle)) {
        add_to_pool(lua);
    }
    return take(script);
}

/* Nothing of what it was for is left. */
static void leave_kin(sl_task *task)
{
    sl_task_kin *kin = task->kin;
    sl_handling *keeps = kin->keeps;

    sl_task_end(task);
    if (kin->visit != 0) {
        sl_script_console_over(task->script, kin->visit);
    }
    if (kin->stage != NULL) {
        sl_script_stage_over(task);
    }
    kin->visit = 0;
    kin->request_id[0] = '\0';
    kin->keeps = NULL;
    if (keeps != NULL) {
        sl_handling_unuse(keeps);
    }
}

/* Let go of everything outside of the coroutine. */
static void detach(sl_task *task)
{
    sl_handling *waits_for = task->waits_for;

    sl_wait_leave(task);
    sl_line_leave(task);
    sl_task_tie(task, NULL);
    task->waits_for = NULL;
    task->handler_of = NULL;
    task->script->live--;
    if (task->is_for_request) {
        task->script->for_requests--;
    }
    if (task->kin != NULL) {
        leave_kin(task);
    }
    if (waits_for != NULL) {
        sl_handling_unuse(waits_for);
    }
}

static void destroy(sl_task *task)
{
    luaL_unref(task->script->lua, LUA_REGISTRYINDEX, task->ref);
    sl_list_remove(&task->all_link);
    sl_free(task->kin);
    sl_free(task);
}

void sl_task_recycle(sl_task *task)
{
    sl_script *script = task->script;

    detach(task);
    if (script->pooled >= script->settings.pooled) {
        destroy(task);
        return;
    }
    lua_settop(task->lua, 0);
    task->state = SL_TASK_IDLE;
    sl_list_prepend(&script->idle, &task->link); /* it is in the caches */
    script->pooled++;
}

void sl_task_drop(sl_task *task)
{
    detach(task);
    destroy(task);
}

void sl_tasks_close(sl_script *script)
{
    while (!sl_list_is_empty(&script->tasks)) {
        sl_task *task = SL_CONTAINER(script->tasks.next, sl_task, all_link);

        if (task->state == SL_TASK_IDLE) {
            sl_list_remove(&task->link);
            destroy(task);
        } else {
            sl_handling *handling = task->handler_of;

            sl_task_drop(task);
            if (handling != NULL) {
                sl_handling_end(handling, SL_ECANCELLED);
            }
        }
    }
}

static void enqueue(sl_task *task)
{
    task->state = SL_TASK_QUEUED;
    sl_list_append(&task->script->queue, &task->link);
}

void sl_task_start(sl_task *task, int nargs)
{
    task->nargs = (int16_t)nargs;
    enqueue(task);
}

void sl_task_wake(sl_task *task, sl_status answer)
{
    if (task->state != SL_TASK_WAITING) {
        return;
    }
    sl_wait_leave(task);
    task->answer = (int16_t)answer;
    enqueue(task);
}

void sl_task_defer(sl_task *task)
{
    sl_script *script = task->script;

    task->state = SL_TASK_QUEUED;
    task->answer = SL_OK;
    script->next_turn = script->pipeline->turn;
    sl_list_append(&script->next, &task->link);
}

static void ask(sl_task *task)
{
    if (task->cancel >= SL_CANCEL_ASKED) {
        return;
    }
    task->cancel = SL_CANCEL_ASKED;
    if (task->state == SL_TASK_WAITING) {
        task->cancel = SL_CANCEL_RAISED;
        sl_task_wake(task, SL_ECANCELLED);
    }
}

void sl_task_cancel(sl_task *task)
{
    bool has_begun = task->nargs < 0;

    task->is_expected = true;
    if (task->state == SL_TASK_QUEUED && !has_begun) {
        sl_task_drop(task);
    } else {
        ask(task);
    }
}

void sl_tasks_cancel(sl_script *script)
{
    sl_list *link = script->tasks.next;

    for (; link != &script->tasks; link = link->next) {
        sl_task *task = SL_CONTAINER(link, sl_task, all_link);

        if (task->state != SL_TASK_IDLE) {
            ask(task);
        }
    }
}
