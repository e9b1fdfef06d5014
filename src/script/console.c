#include "script/console.h"

#include <signal.h>

#include <lauxlib.h>

#include "script/host.h"
#include "script/task.h"

/* --- Evaluating ------------------------------------------------------------------ */

struct begin {
    sl_task *task;
    const sl_console_call *call;
};

static int push(lua_State *lua)
{
    const struct begin *begin = lua_touserdata(lua, 1);
    const sl_console_call *call = begin->call;
    const sl_script *script = sl_script_of(lua);

    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.console);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.app);
    lua_pushnumber(lua, call->visit);
    lua_pushstring(lua, call->what);
    lua_pushlstring(lua, call->text, call->len);
    lua_xmove(lua, begin->task->lua, 5);
    return 0;
}

sl_status sl_script_console(sl_script *script, const sl_console_call *call)
{
    struct begin begin = {sl_task_take(script), call};

    script->console = call->host;
    script->console_context = call->context;
    if (begin.task == NULL) {
        return SL_ETOOBIG;
    }
    if (lua_cpcall(script->lua, push, &begin) != 0) {
        lua_pop(script->lua, 1);
        sl_task_drop(begin.task);
        return SL_ETOOBIG;
    }
    sl_task_kin_of(begin.task)->visit = call->visit;
    begin.task->kin->visit_fd = call->fd;
    sl_task_start(begin.task, 4);
    return SL_OK;
}

void sl_script_console_over(const sl_script *script, uint32_t visit)
{
    script->console->over(script->console_context, visit);
}

/* --- Ending that early ----------------------------------------------------------- */

void sl_script_console_cancel(sl_script *script, uint32_t visit)
{
    sl_list *next;

    for (sl_list *link = script->tasks.next; link != &script->tasks;
         link = next) {
        sl_task *task = SL_CONTAINER(link, sl_task, all_link);

        next = link->next;
        if (task->state != SL_TASK_IDLE && sl_task_visit(task) == visit) {
            sl_task_cancel(task);
            return;
        }
    }
}

static void on_hook(lua_State *lua, lua_Debug *place)
{
    const sl_script *script = sl_script_of(lua);

    lua_sethook(lua, script->hook_before, script->hook_mask,
                script->hook_count);
    if (script->running != NULL && sl_task_visit(script->running) != 0) {
        luaL_error(lua, "interrupted");
    }
}

/* A hook is not called by compiled code. The signal that the VM is asked with
 * where it is, see stack.c, makes it go on uncompiled. */
void sl_script_console_interrupt(sl_script *script, int fd)
{
    const sl_task *running = script->running;
    lua_State *lua = script->lua;

    if (running == NULL || sl_task_visit(running) == 0 ||
        running->kin->visit_fd != fd) {
        return;
    }
    if (lua_gethook(lua) != on_hook) {
        script->hook_before = lua_gethook(lua);
        script->hook_mask = lua_gethookmask(lua);
        script->hook_count = lua_gethookcount(lua);
    }
    lua_sethook(lua, on_hook, LUA_MASKCOUNT, 1);
    if (script->on_stack != NULL) {
        (void)raise(SIGPROF);
    }
}

/* --- What Lua calls -------------------------------------------------------------- */

/* console_say(visit, kind, text): false when much waits to be read already. */
int sl_host_console_say(lua_State *lua)
{
    const sl_script *script = sl_script_of(lua);
    size_t len;
    const char *text = luaL_checklstring(lua, 3, &len);

    lua_pushboolean(lua,
                    script->console->say(script->console_context,
                                         (uint32_t)lua_tonumber(lua, 1),
                                         *luaL_checkstring(lua, 2), text, len));
    return 1;
}

/* console_is_interrupted(visit): before its code could be. */
int sl_host_console_is_interrupted(lua_State *lua)
{
    const sl_script *script = sl_script_of(lua);

    lua_pushboolean(
        lua, script->console->is_interrupted(script->console_context,
                                             (uint32_t)lua_tonumber(lua, 1)));
    return 1;
}

/* console_requests(): those that are live, as JSON. */
int sl_host_console_requests(lua_State *lua)
{
    const sl_script *script = sl_script_of(lua);
    sl_buffer json = {0};

    script->console->list(script->console_context, &json);
    lua_pushlstring(lua, sl_buffer_data(&json), sl_buffer_len(&json));
    sl_buffer_deinit(&json);
    return 1;
}
