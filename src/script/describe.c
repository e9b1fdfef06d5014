/* From an error object and a dead coroutine to texts. They are kept, with the
 * error object, in a table of the registry, whose key is the address of the
 * failure: the stack of the coroutine may be as full as it can be. */
#include "script/describe.h"

#include <lauxlib.h>

/* The error object at the top as a text in its place. */
static void make_text(lua_State *lua)
{
    if (lua_isstring(lua, -1)) {
        return;
    }
    if (!luaL_callmeta(lua, -1, "__tostring") || !lua_isstring(lua, -1)) {
        lua_pushfstring(lua, "error object is a %s",
                        lua_typename(lua, lua_type(lua, 3)));
    }
}

/* Put the value at the top where a join finds it. */
static void tell_joiners(lua_State *lua, sl_task *task, const char *field)
{
    const sl_task_kin *kin = task->kin;

    if (kin == NULL || kin->handle == NULL || !kin->handle->has_record) {
        return;
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, kin->handle_ref);
    lua_getfenv(lua, -1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, field);
    lua_pop(lua, 2);
}

/* Push the table of what is kept; it is made the first time. */
static void push_kept(lua_State *lua, sl_failure *failure)
{
    lua_pushlightuserdata(lua, failure);
    lua_rawget(lua, LUA_REGISTRYINDEX);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        lua_createtable(lua, 0, 3);
        lua_pushlightuserdata(lua, failure);
        lua_pushvalue(lua, -2);
        lua_rawset(lua, LUA_REGISTRYINDEX);
    }
}

/* Keep the text at the top in place of *text, and pop it. What is no text, for
 * want of memory, replaces none. */
static void keep_text(lua_State *lua, const char *field, const char **text)
{
    const char *found = lua_tostring(lua, -1);

    if (found == NULL) {
        lua_pop(lua, 1);
        return;
    }
    lua_setfield(lua, 2, field);
    *text = found;
}

/* Fills in message and traceback. */
static int describe(lua_State *lua)
{
    sl_failure *failure = lua_touserdata(lua, 1);
    lua_State *co = failure->task->lua;

    push_kept(lua, failure);
    if (failure->reason != NULL) {
        lua_pushstring(lua, failure->reason);
    } else {
        lua_pushvalue(co, -1);
        lua_xmove(co, lua, 1);
    }
    tell_joiners(lua, failure->task, "err");
    lua_pushvalue(lua, 3);
    lua_setfield(lua, 2, "err");
    make_text(lua);
    keep_text(lua, "message", &failure->message);
    luaL_traceback(lua, co, NULL, 0);
    keep_text(lua, "traceback", &failure->traceback);
    return 0;
}

static void push_span(lua_State *lua, sl_span span)
{
    lua_pushlstring(lua, span.data, span.len);
}

/* Ask the library to say the same better. Apart from describe, because this
 * takes more memory than there may be. */
static int refine(lua_State *lua)
{
    sl_failure *failure = lua_touserdata(lua, 1);
    const sl_handling *handling = failure->task->handler_of;
    int nargs = 4;

    push_kept(lua, failure);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, failure->script->refs.explain);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, failure->script->refs.app);
    lua_getfield(lua, 2, "err");
    lua_getfield(lua, 2, "message");
    lua_getfield(lua, 2, "traceback");
    if (handling != NULL) {
        push_span(lua, handling->exchange->request.parts[SL_PART_METHOD]);
        push_span(lua, handling->exchange->request.parts[SL_PART_PATH]);
        nargs = 6;
    }
    lua_call(lua, nargs, 2);
    tell_joiners(lua, failure->task, "traceback");
    keep_text(lua, "traceback", &failure->traceback);
    keep_text(lua, "message", &failure->message);
    return 0;
}

/* False when there was no memory for it. */
static bool protect(sl_failure *failure, lua_CFunction fn)
{
    lua_State *lua = failure->script->lua;

    if (lua_cpcall(lua, fn, failure) != 0) {
        lua_pop(lua, 1);
        return false;
    }
    return true;
}

/* What can be said without memory. */
static const char *first_words(const sl_failure *failure)
{
    lua_State *co = failure->task->lua;

    if (failure->reason != NULL) {
        return failure->reason;
    }
    return lua_type(co, -1) == LUA_TSTRING
               ? lua_tostring(co, -1)
               : "an error that cannot be described";
}

void sl_failure_describe(sl_failure *failure)
{
    failure->message = first_words(failure);
    failure->traceback = "";
    if (protect(failure, describe)) {
        (void)protect(failure, refine);
    }
}

void sl_failure_forget(sl_failure *failure)
{
    lua_State *lua = failure->script->lua;

    lua_pushlightuserdata(lua, failure);
    lua_rawget(lua, LUA_REGISTRYINDEX);
    if (!lua_isnil(lua, -1)) { /* a new key would take memory, even for nil */
        lua_pushlightuserdata(lua, failure);
        lua_pushnil(lua);
        lua_rawset(lua, LUA_REGISTRYINDEX);
    }
    lua_pop(lua, 1);
}
