/* What Lua does with tasks: start, park, wake, cancel. */
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>

#include "script/host.h"
#include "script/task.h"

/* Start a task for the function under the top `nargs` values. A fresh stack has
 * room for so many; growing that of another coroutine could fail there. */
static sl_task *start(lua_State *lua, int nargs)
{
    sl_script *script = sl_script_of(lua);
    sl_task *task;

    if (nargs >= LUA_MINSTACK) {
        luaL_error(lua, "too many arguments for a coroutine");
        return NULL;
    }
    task = sl_task_take_in(lua);
    if (script->running != NULL) {
        sl_task_kin *kin = sl_task_kin_of(task);

        (void)snprintf(kin->request_id, sizeof kin->request_id, "%s",
                       sl_task_request_id(script->running));
    }
    lua_xmove(lua, task->lua, nargs + 1);
    sl_task_start(task, nargs);
    return task;
}

/* Keep the table at `record` as what Lua knows of a task: errors go there. */
static void keep_record(lua_State *lua, sl_task *task, int record)
{
    sl_task_push_handle(lua, task);
    lua_pushvalue(lua, record);
    lua_setfenv(lua, -2);
    task->kin->handle->has_record = true;
}

/* spawn(record, how, fn, ...): run it in a coroutine of its own, which belongs
 * to the request of the one that runs; `how` "free": to none; "child": its end
 * wakes the one that runs. Returns its handle. */
int sl_host_spawn(lua_State *lua)
{
    sl_task *running = sl_script_of(lua)->running;
    const char *how = lua_tostring(lua, 2);
    sl_task *task = start(lua, lua_gettop(lua) - 3);

    if (running != NULL && strcmp(how, "free") != 0) {
        sl_task_tie(task, running->tied_to);
        if (running->is_for_request) {
            sl_task_count_for_request(task);
        }
    }
    if (running != NULL && strcmp(how, "child") == 0) {
        sl_task_kin_of(task)->parent = running;
        sl_list_append(&sl_task_kin_of(running)->children,
                       &task->kin->child_link);
    }
    keep_record(lua, task, 1);
    return 1;
}

/* spawn_for(response, generation, fn): a free one; the exchange lives until it
 * has run for the first time. */
int sl_host_spawn_for(lua_State *lua)
{
    sl_handling *handling = sl_handling_of(lua, 1);
    sl_task *task;

    luaL_checktype(lua, 3, LUA_TFUNCTION);
    lua_settop(lua, 3);
    task = start(lua, 0);
    if (handling != NULL) {
        task->waits_for = handling;
        sl_handling_use(handling);
    }
    return 0;
}

/* The module is private: its callers pass a handle. */
static sl_task *task_of(lua_State *lua)
{
    return ((sl_task_handle *)lua_touserdata(lua, 1))->task;
}

/* on_leave(fn): run it in a task when the client leaves that the running task
 * works for; not at all when it works for none. */
int sl_host_on_leave(lua_State *lua)
{
    const sl_task *running = sl_script_of(lua)->running;

    if (running != NULL && running->tied_to != NULL) {
        lua_settop(lua, 1);
        sl_handling_call_on(running->tied_to, SL_NEWS_ABORT, lua);
    }
    return 0;
}

/* current(): the handle of the task that runs, or nil. */
int sl_host_current(lua_State *lua)
{
    sl_task *running = sl_script_of(lua)->running;

    if (running == NULL) {
        return 0;
    }
    sl_task_push_handle(lua, running);
    return 1;
}

/* wake(handle): end its PARK. False when it is not parked (any more): it timed
 * out, was cancelled, or has ended. */
int sl_host_wake(lua_State *lua)
{
    sl_task *task = task_of(lua);
    bool is_parked = task != NULL && task->state == SL_TASK_WAITING &&
                     task->waits == SL_WAIT_PARK;

    if (is_parked) {
        sl_task_wake(task, SL_OK);
    }
    lua_pushboolean(lua, is_parked);
    return 1;
}

/* cancel(handle): false when it has ended. */
int sl_host_cancel(lua_State *lua)
{
    sl_task *task = task_of(lua);

    if (task != NULL) {
        sl_task_cancel(task);
    }
    lua_pushboolean(lua, task != NULL);
    return 1;
}

int sl_host_is_over(lua_State *lua)
{
    lua_pushboolean(lua, task_of(lua) == NULL);
    return 1;
}

/* owe(fn): a callback of luv that is called at once, and also when the VM is at
 * its end, where others are dropped: what a thread has opened gets back by it.
 * It must not wait. Returns it. */
int sl_host_owe(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 1);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, sl_script_of(lua)->refs.owed);
    lua_pushvalue(lua, 1);
    lua_pushboolean(lua, 1);
    lua_rawset(lua, -3);
    lua_settop(lua, 1);
    return 1;
}

bool sl_task_is_owed(lua_State *lua, int index)
{
    bool is_owed;

    lua_pushvalue(lua, index);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, sl_script_of(lua)->refs.owed);
    lua_insert(lua, -2);
    lua_rawget(lua, -2);
    is_owed = lua_toboolean(lua, -1);
    lua_pop(lua, 2);
    return is_owed;
}
