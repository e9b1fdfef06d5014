/* Clocks and random bytes for the library. */
#include <sys/random.h>
#include <time.h>

#include <lauxlib.h>

#include "http/date.h"
#include "script/host.h"
#include "script/vm.h"

enum { MOST_RANDOM = 256 }; /* what getrandom never cuts short */

static const double last_second = 253402300799; /* of the year 9999 */

static int push_clock(lua_State *lua, clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    lua_pushnumber(lua, (double)now.tv_sec + (double)now.tv_nsec / 1e9);
    return 1;
}

int sl_host_wall_clock(lua_State *lua)
{
    return push_clock(lua, CLOCK_REALTIME);
}

int sl_host_date_clock(lua_State *lua)
{
    lua_pushnumber(lua, (double)sl_script_of(lua)->pipeline->unix_s);
    return 1;
}

int sl_host_monotonic(lua_State *lua)
{
    return push_clock(lua, CLOCK_MONOTONIC);
}

int sl_host_http_date(lua_State *lua)
{
    char text[SL_DATE_LEN + 1];
    double seconds = luaL_checknumber(lua, 1);

    /* Not every number has an integer. */
    if (!(seconds < last_second)) {
        seconds = last_second;
    }
    sl_date_format(text, seconds > 0 ? (int64_t)seconds : 0);
    lua_pushlstring(lua, text, SL_DATE_LEN);
    return 1;
}

int sl_host_parse_http_date(lua_State *lua)
{
    sl_span text;
    int64_t seconds;

    text.data = luaL_checklstring(lua, 1, &text.len);
    if (!sl_date_parse(text, sl_script_of(lua)->pipeline->unix_s, &seconds)) {
        return 0;
    }
    lua_pushnumber(lua, (double)seconds);
    return 1;
}

int sl_host_random(lua_State *lua)
{
    char bytes[MOST_RANDOM];
    lua_Integer count = luaL_checkinteger(lua, 1);

    luaL_argcheck(lua, count >= 0 && count <= MOST_RANDOM, 1, "0 to 256 bytes");
    if (getrandom(bytes, (size_t)count, 0) != count) {
        return luaL_error(lua, "the kernel has no random bytes");
    }
    lua_pushlstring(lua, bytes, (size_t)count);
    return 1;
}
