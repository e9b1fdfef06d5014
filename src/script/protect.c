/* Calls into Lua that cannot end the process, and errors as people read them:
 * the message first, then the lines of Lua that led there. */
#include <string.h>

#include <lauxlib.h>

#include "base/memory.h"
#include "script/vm.h"

static bool starts(const char *line, const char *text)
{
    return strncmp(line, text, strlen(text)) == 0;
}

/* The line feed in front of the next line; NULL: none. */
static const char *next_line(const char *line)
{
    return strchr(line + 1, '\n');
}

/* Addresses of C functions without a name tell nobody anything. */
static bool is_address(const char *line)
{
    return starts(line, "\n\t[C]: at 0x");
}

/* Does a traceback say more than the message: lines of the app? */
static bool is_useful(const char *trace)
{
    for (const char *line = next_line(trace); line; line = next_line(line)) {
        if (!starts(line, "\n\t[C]") && !starts(line, "\n\tlua/sluice/")) {
            return true;
        }
    }
    return false;
}

static void add_lines(luaL_Buffer *text, const char *trace)
{
    const char *line = next_line(trace);

    luaL_addstring(text, "\nstack traceback:");
    while (line != NULL) {
        const char *next = next_line(line);
        size_t len = next != NULL ? (size_t)(next - line) : strlen(line);

        if (!is_address(line)) {
            luaL_addlstring(text, line, len);
        }
        line = next;
    }
}

static int add_traceback(lua_State *lua)
{
    const char *message = lua_tostring(lua, 1);
    const char *trace;
    luaL_Buffer text;

    if (message == NULL && luaL_callmeta(lua, 1, "__tostring")) {
        message = lua_tostring(lua, -1);
    }
    if (message == NULL) {
        message =
            lua_pushfstring(lua, "error object is a %s", luaL_typename(lua, 1));
    }
    luaL_traceback(lua, lua, NULL, 1);
    trace = lua_tostring(lua, -1);
    luaL_buffinit(lua, &text);
    luaL_addstring(&text, message);
    if (is_useful(trace)) {
        add_lines(&text, trace);
    }
    luaL_pushresult(&text);
    return 1;
}

struct protected
{
    lua_CFunction fn;
    void *context;
    char *error;
};

static int call_with_traceback(lua_State *lua)
{
    struct protected *call = lua_touserdata(lua, 1);
    int rc;

    lua_pushcfunction(lua, add_traceback);
    lua_pushcfunction(lua, call->fn);
    lua_pushlightuserdata(lua, call->context);
    rc = lua_pcall(lua, 1, 0, 2);
    if (rc == LUA_ERRRUN && lua_isstring(lua, -1)) {
        call->error = sl_strdup(lua_tostring(lua, -1));
    }
    return rc != 0 ? lua_error(lua) : 0;
}

sl_status sl_script_protect(lua_State *lua, lua_CFunction fn, void *context,
                            char **error)
{
    struct protected call = {fn, context, NULL};

    if (lua_cpcall(lua, call_with_traceback, &call) == 0) {
        return SL_OK;
    }
    lua_pop(lua, 1);
    *error = call.error != NULL
                 ? call.error
                 : sl_strdup("not enough memory for Lua: raise lua_memory");
    return SL_EINVAL;
}

bool sl_script_call(sl_script *script, int ref, void *context)
{
    lua_State *lua = script->lua;

    lua_rawgeti(lua, LUA_REGISTRYINDEX, ref);
    lua_pushlightuserdata(lua, context);
    if (lua_pcall(lua, 1, 0, 0) != 0) {
        lua_pop(lua, 1);
        return false;
    }
    return true;
}
