/* Functions that a request has asked to be called when something happens to it:
 * req:on_abort, req:on_shutdown, the end of its handler. Each runs in a task of its own. */
#include <string.h>

#include <lauxlib.h>

#include "script/task.h"

/* Start a task for the function at the top of the stack, and pop it. */
static void start(sl_handling *handling, sl_task *task, lua_State *lua)
{
    sl_request_copy_id(&handling->exchange->request,
                       sl_task_kin_of(task)->request_id);
    lua_xmove(lua, task->lua, 1);
    task->waits_for = handling;
    sl_handling_use(handling);
    sl_task_count_for_request(task);
    sl_task_start(task, 0);
}

static bool has_happened(const sl_handling *handling, sl_news news)
{
    switch (news) {
    case SL_NEWS_ABORT:
        return handling->aborted;
    case SL_NEWS_SHUTDOWN:
        return handling->script->is_ending;
    default:
        return handling->handler_over;
    }
}

void sl_handling_call_on(sl_handling *handling, sl_news news, lua_State *lua)
{
    int *wanted;

    if (has_happened(handling, news)) {
        start(handling, sl_task_take_in(lua), lua);
        return;
    }
    wanted = &sl_handling_tie(handling)->wanted[news];
    if (*wanted == LUA_NOREF) {
        lua_newtable(lua);
        *wanted = luaL_ref(lua, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, *wanted);
    lua_insert(lua, -2);
    lua_rawseti(lua, -2, (int)lua_objlen(lua, -2) + 1);
    lua_pop(lua, 1);
}

static void run_all(sl_handling *handling, int wanted)
{
    sl_script *script = handling->script;
    lua_State *lua = script->lua;
    int last;

    lua_rawgeti(lua, LUA_REGISTRYINDEX, wanted);
    last = (int)lua_objlen(lua, -1);
    for (int i = 1; i <= last; i++) {
        sl_task *task = sl_task_take(script);

        if (task == NULL) {
            sl_log_line(script->log, SL_LOG_ERROR,
                        "no memory in the VM for what a request wants to "
                        "be called");
            break;
        }
        lua_rawgeti(lua, -1, i);
        start(handling, task, lua);
    }
    lua_pop(lua, 1);
}

void sl_handling_tell(sl_handling *handling, sl_news news)
{
    if (news == SL_NEWS_ABORT && handling->aborted) {
        return;
    }
    handling->aborted = handling->aborted || news == SL_NEWS_ABORT;
    if (handling->ties != NULL && handling->ties->wanted[news] != LUA_NOREF) {
        run_all(handling, handling->ties->wanted[news]);
    }
}

void sl_script_shutdown(sl_script *script)
{
    if (script->is_ending) {
        return;
    }
    script->is_ending = true;
    /* What is told becomes a task itself, at the end of the list. */
    for (sl_list *link = script->tasks.next, *last = script->tasks.prev;
         link != &script->tasks; link = link->next) {
        sl_task *task = SL_CONTAINER(link, sl_task, all_link);

        if (task->handler_of != NULL) {
            sl_handling_tell(task->handler_of, SL_NEWS_SHUTDOWN);
        }
        if (link == last) {
            break;
        }
    }
}
