/* What is in a folder, for apps that are made of one while they load. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include <lauxlib.h>

#include "script/host.h"

/* Closed when it is collected, because any call of Lua may raise an error. */
static const char guard_type[] = "sluice.folder";

static int close_guard(lua_State *lua)
{
    DIR **guard = luaL_checkudata(lua, 1, guard_type);

    if (*guard != NULL) {
        closedir(*guard);
        *guard = NULL;
    }
    return 0;
}

static DIR **push_guard(lua_State *lua)
{
    DIR **guard = lua_newuserdata(lua, sizeof(DIR *));

    *guard = NULL;
    if (luaL_newmetatable(lua, guard_type)) {
        lua_pushcfunction(lua, close_guard);
        lua_setfield(lua, -2, "__gc");
    }
    lua_setmetatable(lua, -2);
    return guard;
}

/* Links are followed; one that leads nowhere is no folder. */
static bool is_folder(DIR *folder, const char *name)
{
    struct stat st;
    int fd = dirfd(folder);

    return fd >= 0 && fstatat(fd, name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* An array of the entries, at the top of the stack. */
static void push_entries(lua_State *lua, DIR *folder)
{
    const struct dirent *entry;
    int n = 0;

    lua_newtable(lua);
    while ((entry = readdir(folder)) != NULL) {
        const char *name = entry->d_name;

        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
            continue;
        }
        lua_createtable(lua, 0, 2);
        lua_pushstring(lua, name);
        lua_setfield(lua, -2, "name");
        lua_pushboolean(lua, is_folder(folder, name));
        lua_setfield(lua, -2, "is_folder");
        lua_rawseti(lua, -2, ++n);
    }
}

int sl_host_list_folder(lua_State *lua)
{
    const char *path = sl_host_resolve(lua, luaL_checkstring(lua, 1));
    DIR **guard = push_guard(lua);

    *guard = opendir(path);
    if (*guard == NULL) {
        lua_pushnil(lua);
        lua_pushfstring(lua, "%s: %s", path, strerror(errno));
        return 2;
    }
    push_entries(lua, *guard);
    closedir(*guard);
    *guard = NULL;
    lua_pushstring(lua, path);
    return 2;
}
