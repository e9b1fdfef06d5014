/* What a handler is told of its request, and tells. */
#include <time.h>

#include <lauxlib.h>

#include "script/host.h"
#include "script/task.h"

static int call_on(lua_State *lua, sl_news news)
{
    sl_handling *handling = sl_handling_of(lua, 1);

    luaL_checktype(lua, 3, LUA_TFUNCTION);
    if (handling != NULL) {
        lua_settop(lua, 3);
        sl_handling_call_on(handling, news, lua);
    }
    lua_pushboolean(lua, handling != NULL);
    return 1;
}

int sl_host_on_abort(lua_State *lua)
{
    return call_on(lua, SL_NEWS_ABORT);
}

int sl_host_on_shutdown(lua_State *lua)
{
    return call_on(lua, SL_NEWS_SHUTDOWN);
}

int sl_host_on_end(lua_State *lua)
{
    sl_handling *handling = sl_handling_of(lua, 1);

    if (handling != NULL && handling->handler_over) {
        lua_pushboolean(lua, false);
        return 1;
    }
    return call_on(lua, SL_NEWS_END);
}

int sl_host_arrived(lua_State *lua)
{
    sl_handling *handling = sl_handling_of(lua, 1);
    struct timespec wall;
    uint64_t age_ms;

    if (handling == NULL || clock_gettime(CLOCK_REALTIME, &wall) < 0) {
        return 0;
    }
    age_ms = sl_script_of(lua)->pipeline->now_ms -
             handling->exchange->request.arrived_ms;
    lua_pushnumber(lua, (double)wall.tv_sec + (double)wall.tv_nsec / 1e9 -
                            (double)age_ms / 1e3);
    return 1;
}

int sl_host_blame(lua_State *lua)
{
    sl_handling *handling = sl_handling_of(lua, 1);

    if (handling != NULL) {
        sl_tally *tally = handling->script->pipeline->tally;
        int blamed = (int)lua_tonumber(lua, 3);

        sl_handling_tie(handling)->blamed = blamed;
        sl_counter_add(&tally->large, blamed == 413);
        sl_counter_add(&tally->full, blamed == 507);
    }
    return 0;
}
