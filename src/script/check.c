#include "script/check.h"

#include <lauxlib.h>

#include "base/memory.h"
#include "script/vm.h"

typedef struct call {
    const sl_check *check;
    sl_report *report;
} call;

static void push_list(lua_State *lua, const char *const *texts)
{
    lua_newtable(lua);
    for (int i = 0; texts[i] != NULL; i++) {
        lua_pushstring(lua, texts[i]);
        lua_rawseti(lua, -2, i + 1);
    }
}

/* A function of sluice.check, and the arguments that all have. */
static void push_function(lua_State *lua, const char *name,
                          const sl_check *check)
{
    lua_getglobal(lua, "require");
    lua_pushliteral(lua, "sluice.check");
    lua_call(lua, 1, 1);
    lua_getfield(lua, -1, name);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, sl_script_of(lua)->refs.app);
    push_list(lua, check->natives);
    lua_pushboolean(lua, check->as_json);
}

static int check_all(lua_State *lua)
{
    const call *c = lua_touserdata(lua, 1);

    push_function(lua, "report", c->check);
    lua_pushstring(lua, c->check->path);
    lua_pushstring(lua, c->check->first);
    push_list(lua, c->check->wrong);
    lua_call(lua, 6, 3);
    *c->report = (sl_report){
        .out = sl_strdup(lua_tostring(lua, -3)),
        .err = sl_strdup(lua_tostring(lua, -2)),
        .errors = (uint32_t)lua_tointeger(lua, -1),
    };
    return 0;
}

static int list(lua_State *lua)
{
    const call *c = lua_touserdata(lua, 1);

    push_function(lua, "routes", c->check);
    lua_call(lua, 3, 1);
    c->report->out = sl_strdup(lua_tostring(lua, -1));
    return 0;
}

sl_status sl_script_check(sl_script *script, const sl_check *check,
                          sl_report *report, char **error)
{
    call c = {check, report};

    return sl_script_protect(script->lua, check_all, &c, error);
}

sl_status sl_script_list_routes(sl_script *script, const sl_check *check,
                                sl_report *report, char **error)
{
    call c = {check, report};

    return sl_script_protect(script->lua, list, &c, error);
}
