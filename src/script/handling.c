/* What the script knows of an exchange: who uses it, and until when. */
#include "script/task.h"

#include <string.h>

#include <lauxlib.h>

sl_handling *sl_handling_begin(sl_script *script, sl_exchange *exchange)
{
    sl_handling *handling = sl_arena_take(&exchange->arena, sizeof *handling);

    *handling = (sl_handling){
        .script = script,
        .exchange = exchange,
        .users = 1,
        .on_abort = LUA_NOREF,
        .on_end = LUA_NOREF,
    };
    sl_list_init(&handling->completions);
    sl_list_init(&handling->bodies);
    sl_list_init(&handling->line);
    sl_list_init(&handling->tied);
    sl_list_init(&handling->entrance_link);
    exchange->host = handling;
    script->handlers++;
    return handling;
}

void sl_handling_use(sl_handling *handling)
{
    handling->users++;
}

void sl_handling_unuse(sl_handling *handling)
{
    if (--handling->users > 0) {
        return;
    }
    sl_handling_untie(handling);
    luaL_unref(handling->script->lua, LUA_REGISTRYINDEX, handling->on_abort);
    luaL_unref(handling->script->lua, LUA_REGISTRYINDEX, handling->on_end);
    handling->exchange->host = NULL;
    sl_exchange_release(handling->exchange, SL_HOLD_HOST);
}

sl_handling *sl_handling_of(lua_State *lua, int index)
{
    /* The module is private: its callers pass a response and a generation. */
    sl_response *response = *(sl_response *const *)lua_topointer(lua, index);

    if (response->generation != (uint32_t)lua_tonumber(lua, index + 1)) {
        return NULL;
    }
    return sl_exchange_of_response(response)->host;
}

/* Start a task for the function at the top of the stack, and pop it. */
static void start(sl_handling *handling, sl_task *task, lua_State *lua)
{
    memcpy(task->request_id, handling->exchange->request.id,
           sizeof task->request_id);
    lua_xmove(lua, task->lua, 1);
    task->waits_for = handling;
    sl_handling_use(handling);
    sl_task_start(task, 0);
}

/* Pop the function at the top, and append it to a list of the registry. */
static void append(lua_State *lua, int *list)
{
    if (*list == LUA_NOREF) {
        lua_newtable(lua);
        *list = luaL_ref(lua, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, *list);
    lua_insert(lua, -2);
    lua_rawseti(lua, -2, (int)lua_objlen(lua, -2) + 1);
    lua_pop(lua, 1);
}

void sl_handling_on_abort(sl_handling *handling, lua_State *lua)
{
    if (handling->aborted) {
        start(handling, sl_task_take_in(lua), lua);
    } else {
        append(lua, &handling->on_abort);
    }
}

void sl_handling_on_end(sl_handling *handling, lua_State *lua)
{
    append(lua, &handling->on_end);
}

/* Start what is in such a list. */
static void run_all(sl_handling *handling, int list)
{
    sl_script *script = handling->script;
    lua_State *lua = script->lua;
    int last;

    if (list == LUA_NOREF) {
        return;
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, list);
    last = (int)lua_objlen(lua, -1);
    for (int i = 1; i <= last; i++) {
        sl_task *task = sl_task_take(script);

        if (task == NULL) {
            sl_log_line(script->log, SL_LOG_ERROR,
                        "no memory in the VM for what is to be run at the end "
                        "of a request");
            break;
        }
        lua_rawgeti(lua, -1, i);
        start(handling, task, lua);
    }
    lua_pop(lua, 1);
}

static void run_on_abort(sl_handling *handling)
{
    if (!handling->aborted) {
        handling->aborted = true;
        run_all(handling, handling->on_abort);
    }
}

void sl_handling_end(sl_handling *handling, sl_status status)
{
    sl_script *script = handling->script;

    sl_timer_stop(&script->pipeline->timers, &handling->deadline);
    handling->handler_over = true;
    script->handlers--;
    sl_exchange_handler_over(handling->exchange, status);
    /* What is left of the body now belongs to the session. */
    sl_wait_wake_all(&handling->bodies, SL_EGONE);
    run_all(handling, handling->on_end);
    sl_handling_unuse(handling);
    sl_script_admit(script);
}

static void wake_line(sl_handling *handling)
{
    if (!sl_list_is_empty(&handling->line)) {
        sl_task_wake(SL_CONTAINER(handling->line.next, sl_task, line_link),
                     SL_OK);
    }
}

void sl_wait_on_events(sl_handling *handling, uint32_t events)
{
    bool aborted = (events & SL_EVENT_ABORTED) != 0;

    if (aborted || (events & SL_EVENT_COMPLETION)) {
        sl_wait_wake_all(&handling->completions, SL_OK);
    }
    if (aborted || (events & SL_EVENT_ROOM)) {
        wake_line(handling);
    }
    if (aborted || (events & SL_EVENT_BODY)) {
        sl_wait_wake_all(&handling->bodies, SL_OK);
    }
    if (aborted) {
        run_on_abort(handling);
        sl_handling_cancel_tied(handling);
    }
}

bool sl_line_enter(sl_handling *handling, sl_task *task)
{
    if (task->in_line_of == NULL) {
        task->in_line_of = handling;
        sl_list_append(&handling->line, &task->line_link);
        sl_handling_use(handling);
    }
    return handling->line.next == &task->line_link;
}

void sl_line_leave(sl_task *task)
{
    sl_handling *handling = task->in_line_of;

    if (handling == NULL) {
        return;
    }
    task->in_line_of = NULL;
    sl_list_remove(&task->line_link);
    wake_line(handling);
    sl_handling_unuse(handling);
}
