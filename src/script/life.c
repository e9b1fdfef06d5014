/* The steps of an app's life: each is a task, which may wait, and whose outcome
 * is looked at by who began it. */
#include <string.h>

#include <lauxlib.h>

#include "base/memory.h"
#include "script/host.h"
#include "script/task.h"

struct begin {
    sl_task *task;
    const char *name;
    const char *text;
    size_t len;
};

static int push(lua_State *lua)
{
    const struct begin *begin = lua_touserdata(lua, 1);
    const sl_script *script = sl_script_of(lua);

    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.life);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.app);
    lua_pushstring(lua, begin->name);
    if (begin->text != NULL) {
        lua_pushlstring(lua, begin->text, begin->len);
    } else {
        lua_pushnil(lua);
    }
    lua_xmove(lua, begin->task->lua, 4);
    return 0;
}

static void end(sl_script *script, sl_step step, const char *text, size_t len)
{
    script->step = step;
    sl_free(script->step_text);
    script->step_text = NULL;
    script->step_len = len;
    if (text != NULL) {
        script->step_text = sl_malloc(len + 1);
        memcpy(script->step_text, text, len);
        script->step_text[len] = '\0';
    }
}

static void fail(sl_script *script, const char *why)
{
    end(script, SL_STEP_FAILED, why, strlen(why));
}

void sl_script_begin_step(sl_script *script, const char *name, const char *text,
                          size_t len)
{
    struct begin begin = {sl_task_take(script), name, text, len};

    if (begin.task == NULL) {
        fail(script, "not enough memory for Lua: raise lua_memory");
        return;
    }
    if (lua_cpcall(script->lua, push, &begin) != 0) {
        lua_pop(script->lua, 1);
        sl_task_drop(begin.task);
        fail(script, "not enough memory for Lua: raise lua_memory");
        return;
    }
    end(script, SL_STEP_RUNNING, NULL, 0);
    sl_task_start(begin.task, 3);
}

sl_step sl_script_step(const sl_script *script, const char **text, size_t *len)
{
    *text = script->step_text;
    *len = script->step_len;
    return script->step;
}

int sl_host_end_step(lua_State *lua)
{
    size_t len = 0;
    const char *text = lua_tolstring(lua, 2, &len);

    end(sl_script_of(lua),
        lua_toboolean(lua, 1) ? SL_STEP_DONE : SL_STEP_FAILED, text, len);
    return 0;
}

/* --- News, in development ------------------------------------------------------- */

static int push_news(lua_State *lua)
{
    const struct begin *begin = lua_touserdata(lua, 1);

    lua_rawgeti(lua, LUA_REGISTRYINDEX, sl_script_of(lua)->refs.news);
    lua_pushstring(lua, begin->name);
    lua_pushlstring(lua, begin->text, begin->len);
    lua_xmove(lua, begin->task->lua, 3);
    return 0;
}

void sl_script_tell(sl_script *script, const char *what, const char *text)
{
    struct begin begin = {.name = what, .text = text, .len = strlen(text)};

    if (!script->settings.development) {
        return;
    }
    begin.task = sl_task_take(script);
    if (begin.task == NULL) {
        return;
    }
    if (lua_cpcall(script->lua, push_news, &begin) != 0) {
        lua_pop(script->lua, 1);
        sl_task_drop(begin.task);
        return;
    }
    sl_task_start(begin.task, 2);
}
