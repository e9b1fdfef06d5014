#include "testing/testing.h"

#include <lauxlib.h>

#include "script/vm.h"
#include "testing/world.h"

struct call {
    const sl_testing *testing;
    sl_world *world;
    int code;
};

static void push_list(lua_State *lua, const char *const *texts)
{
    lua_newtable(lua);
    for (int i = 0; texts[i] != NULL; i++) {
        lua_pushstring(lua, texts[i]);
        lua_rawseti(lua, -2, i + 1);
    }
}

/* require("sluice.test.run")(files, rest) */
static int run(lua_State *lua)
{
    struct call *call = lua_touserdata(lua, 1);

    sl_testing_open_module(lua, call->world);
    lua_getglobal(lua, "require");
    lua_pushliteral(lua, "sluice.test.run");
    lua_call(lua, 1, 1);
    push_list(lua, call->testing->files);
    push_list(lua, call->testing->rest);
    lua_call(lua, 2, 1);
    call->code = (int)lua_tointeger(lua, -1);
    return 0;
}

sl_status sl_testing_run(const sl_testing *testing, int *code, char **error)
{
    sl_world world;
    struct call call = {testing, &world, 0};
    sl_status rc = sl_world_open(&world, testing->settings, error);

    if (rc == SL_OK) {
        rc = sl_script_protect(world.script->lua, run, &call, error);
    }
    sl_world_close(&world);
    *code = call.code;
    return rc;
}
