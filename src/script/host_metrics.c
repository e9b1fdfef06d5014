/* Metrics: those of scripts, and what the host counts of its VM. */
#include <string.h>

#include <lauxlib.h>

#include "script/host.h"
#include "script/task.h"

int sl_host_number_route(lua_State *lua)
{
    size_t len;
    const char *pattern = luaL_checklstring(lua, 1, &len);
    sl_traffic *traffic = sl_script_of(lua)->pipeline->traffic;

    lua_pushnumber(lua, sl_traffic_route(traffic, pattern, len));
    return 1;
}

static void copy(char *to, size_t size, lua_State *lua, int index)
{
    size_t len;
    const char *text = luaL_checklstring(lua, index, &len);

    luaL_argcheck(lua, len < size, index, "is too long");
    memcpy(to, text, len);
}

static void read_bounds(lua_State *lua, sl_meter_family *family)
{
    size_t count = lua_objlen(lua, 4);

    luaL_argcheck(lua, count <= SL_METER_BOUNDS, 4, "are too many");
    family->nbounds = (uint32_t)count;
    for (uint32_t i = 0; i < family->nbounds; i++) {
        lua_rawgeti(lua, 4, (int)i + 1);
        family->bounds[i] = luaL_checknumber(lua, -1);
        lua_pop(lua, 1);
    }
}

int sl_host_meter_family(lua_State *lua)
{
    sl_meters *meters = sl_script_of(lua)->pipeline->meters;
    sl_meter_family family = {0};
    int number = -1;

    copy(family.name, sizeof family.name, lua, 1);
    copy(family.help, sizeof family.help, lua, 2);
    family.kind = (uint32_t)luaL_checkinteger(lua, 3);
    if (lua_istable(lua, 4)) {
        read_bounds(lua, &family);
    }
    if (meters != NULL) {
        number = sl_meters_family(meters, &family);
    }
    if (number < 0) {
        return 0;
    }
    lua_pushinteger(lua, number);
    return 1;
}

int sl_host_meter(lua_State *lua)
{
    sl_meters *meters = sl_script_of(lua)->pipeline->meters;
    int family = (int)luaL_checkinteger(lua, 1);
    size_t len;
    const char *labels = luaL_checklstring(lua, 2, &len);
    sl_meter_series *series;

    if (meters == NULL) {
        return 0;
    }
    series = sl_meters_series(meters, family, labels, len);
    if (series == NULL) {
        return 0;
    }
    lua_pushlightuserdata(lua, &series->value);
    return 1;
}

/* --- The collector ------------------------------------------------------------ */

/* A userdata that nobody keeps is found in each round: it counts, and leaves
 * another one in its place. At the end of the VM that would never end. */
static int on_collected(lua_State *lua)
{
    sl_script *script = sl_script_of(lua);

    sl_counter_add(&script->pipeline->tally->collected, 1);
    if (script->is_closing) {
        return 0;
    }
    (void)lua_newuserdata(lua, 0);
    lua_getmetatable(lua, 1);
    lua_setmetatable(lua, -2);
    return 0;
}

void sl_host_watch_collector(lua_State *lua)
{
    (void)lua_newuserdata(lua, 0);
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, on_collected);
    lua_setfield(lua, -2, "__gc");
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
}
