/* From a yield to a wait. */
#include <lauxlib.h>

#include "script/task.h"

/* Milliseconds as Lua gave them: at least 0, and far from overflow. */
static uint64_t due(const sl_task *task, double ms)
{
    double most = 1e15;

    ms = ms > 0 ? ms : 0; /* also false for NaN */
    return task->script->pipeline->now_ms +
           (uint64_t)(ms < most ? ms : most);
}

static void start_timer(sl_task *task, int index)
{
    sl_timer_start(&task->script->pipeline->timers, &task->timer,
                   due(task, lua_tonumber(task->lua, index)));
}

static void use(sl_task *task, sl_handling *handling)
{
    task->waits_for = handling;
    sl_handling_use(handling);
}

static void wait_for_body(sl_task *task, sl_handling *handling)
{
    if (handling == NULL || handling->handler_over) {
        sl_task_wake(task, SL_EGONE);
        return;
    }
    use(task, handling);
    sl_list_append(&handling->bodies, &task->wait_link);
}

/* Ids grow, so the place is nearly always at the end. */
static void insert_by_id(sl_list *list, sl_task *task)
{
    sl_list *before = list->prev;

    while (before != list &&
           SL_CONTAINER(before, sl_task, wait_link)->wait_id > task->wait_id) {
        before = before->prev;
    }
    sl_list_append(before->next, &task->wait_link);
}

/* The oldest operation in flight that is not collected by its id only. */
static uint32_t oldest(const sl_response *response)
{
    const sl_list *flying = &response->operations.flying;

    for (sl_list *link = flying->next; link != flying; link = link->next) {
        const sl_op *op = SL_CONTAINER(link, sl_op, link);

        if ((op->flags & SL_BY_ID) == 0) {
            return op->done.id;
        }
    }
    return 0;
}

/* A wait for any completion is one for the oldest operation in flight. */
static void wait_for_completion(sl_task *task, sl_handling *handling,
                                uint32_t id)
{
    sl_response *response;

    if (handling == NULL) {
        sl_task_wake(task, SL_EGONE);
        return;
    }
    response = &handling->exchange->response;
    id = id != 0 ? id : oldest(response);
    if (id == 0 ||
        sl_response_await(response, response->generation, id) != SL_PENDING) {
        sl_task_wake(task, SL_OK);
        return;
    }
    task->wait_id = id;
    use(task, handling);
    insert_by_id(&handling->completions, task);
}

static bool begin(sl_task *task, int kind)
{
    lua_State *lua = task->lua;

    switch (kind) {
    case SL_WAIT_TURN:
        sl_task_wake(task, SL_OK);
        return true;
    case SL_WAIT_SLEEP:
        start_timer(task, 3);
        return true;
    case SL_WAIT_ROOM:
        if (!lua_isnil(lua, 3)) {
            start_timer(task, 3);
        }
        return true;
    case SL_WAIT_BODY:
        wait_for_body(task, sl_handling_of(lua, 3));
        return true;
    case SL_WAIT_COMPLETION:
        wait_for_completion(task, sl_handling_of(lua, 3),
                            (uint32_t)lua_tonumber(lua, 5));
        return true;
    default:
        return false;
    }
}

static bool is_wait(sl_task *task)
{
    bool same;

    lua_rawgeti(task->lua, LUA_REGISTRYINDEX, task->script->refs.token);
    same = lua_rawequal(task->lua, 1, -1);
    lua_pop(task->lua, 1);
    return same;
}

bool sl_wait_begin(sl_task *task)
{
    lua_State *lua = task->lua;

    if (lua_gettop(lua) == 0 || !is_wait(task)) {
        lua_pushliteral(lua, "coroutine.yield was called outside of a coroutine "
                             "that the script made: a handler waits with "
                             "sluice.sleep and the methods of res and req");
        return false;
    }
    if (task->cancel == SL_CANCEL_RAISED) {
        lua_pushliteral(lua, "waited again after it was cancelled");
        return false;
    }
    task->state = SL_TASK_WAITING;
    if (task->cancel == SL_CANCEL_ASKED) {
        task->cancel = SL_CANCEL_RAISED;
        sl_task_wake(task, SL_ECANCELLED);
        return true;
    }
    if (!begin(task, (int)lua_tonumber(lua, 2))) {
        task->state = SL_TASK_RUNNING;
        lua_pushliteral(lua, "the library asked for an unknown kind of wait");
        return false;
    }
    lua_settop(lua, 0);
    return true;
}
