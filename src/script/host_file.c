/* Files for responses: opened and measured when the chunk is made, so that
 * what is sent is what was there when the handler decided to send it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lauxlib.h>

#include "script/host.h"
#include "script/vm.h"

static const char guard_type[] = "sluice.file";

static int refuse(lua_State *lua, const char *path, const char *why)
{
    lua_pushnil(lua);
    lua_pushfstring(lua, "%s: %s", path, why);
    return 2;
}

const char *sl_host_resolve(lua_State *lua, const char *path)
{
    const char *folder = sl_script_of(lua)->folder;

    if (path[0] == '/' || folder == NULL) {
        return path;
    }
    return lua_pushfstring(lua, "%s/%s", folder, path);
}

int sl_host_open_file(lua_State *lua)
{
    size_t len;
    const char *path = luaL_checklstring(lua, 1, &len);
    struct stat st;
    int *guard;

    if (strlen(path) != len) {
        return refuse(lua, path, "the name holds a NUL");
    }
    path = sl_host_resolve(lua, path);
    guard = lua_newuserdata(lua, sizeof *guard);
    *guard = -1;
    luaL_getmetatable(lua, guard_type);
    lua_setmetatable(lua, -2);

    /* Without O_NONBLOCK, opening a FIFO would stop the worker. */
    *guard = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*guard < 0 || fstat(*guard, &st) < 0) {
        return refuse(lua, path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return refuse(lua, path, "not a regular file");
    }
    lua_pushinteger(lua, *guard);
    lua_pushnumber(lua, (double)st.st_size);
    return 3;
}

int sl_host_disown(lua_State *lua)
{
    int *guard = luaL_checkudata(lua, 1, guard_type);

    *guard = -1;
    return 0;
}

static int close_guard(lua_State *lua)
{
    int *guard = luaL_checkudata(lua, 1, guard_type);

    if (*guard >= 0) {
        close(*guard);
        *guard = -1;
    }
    return 0;
}

void sl_host_open_files(lua_State *lua)
{
    luaL_newmetatable(lua, guard_type);
    lua_pushcfunction(lua, close_guard);
    lua_setfield(lua, -2, "__gc");
    lua_pop(lua, 1);
}
