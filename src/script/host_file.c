/* Files for responses: opened and measured when the chunk is made, so that
 * what is sent is what was there when the handler decided to send it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <lauxlib.h>

#include "script/host.h"
#include "script/vm.h"

static const char guard_type[] = "sluice.file";

/* A file system's clock may be this coarse: two changes within that time can
 * leave the same time behind. */
enum { SETTLED_S = 2 };

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
    if (strcmp(path, ".") == 0) {
        return folder;
    }
    return lua_pushfstring(lua, "%s/%s", folder, path);
}

int sl_host_path_of(lua_State *lua)
{
    size_t len;
    const char *path = luaL_checklstring(lua, 1, &len);

    if (strlen(path) != len) {
        return refuse(lua, path, "the name holds a NUL");
    }
    lua_pushstring(lua, sl_host_resolve(lua, path));
    return 1;
}

static void close_now(int *guard)
{
    if (*guard >= 0) {
        close(*guard);
        *guard = -1;
    }
}

int *sl_host_push_guard(lua_State *lua, int fd)
{
    int *guard = lua_newuserdata(lua, sizeof *guard);

    *guard = fd;
    luaL_getmetatable(lua, guard_type);
    lua_setmetatable(lua, -2);
    return guard;
}

/* Made of what a change of the file changes. */
static void push_tag(lua_State *lua, const struct stat *st)
{
    char text[80];
    struct timespec now;
    long long since;

    clock_gettime(CLOCK_REALTIME, &now);
    since = (long long)now.tv_sec - (long long)st->st_mtim.tv_sec;
    snprintf(text, sizeof text, "%s\"%llx-%llx-%llx.%lx\"",
             since < SETTLED_S ? "W/" : "", (unsigned long long)st->st_ino,
             (unsigned long long)st->st_size,
             (unsigned long long)st->st_mtim.tv_sec,
             (unsigned long)st->st_mtim.tv_nsec);
    lua_pushstring(lua, text);
}

int sl_host_push_facts(lua_State *lua, int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0) {
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        return -1;
    }
    lua_pushinteger(lua, fd);
    lua_pushnumber(lua, (double)st.st_size);
    lua_pushnumber(lua, (double)st.st_mtim.tv_sec);
    push_tag(lua, &st);
    return 5;
}

int sl_host_open_file(lua_State *lua)
{
    size_t len;
    const char *path = luaL_checklstring(lua, 1, &len);
    int *guard;
    int n;

    if (strlen(path) != len) {
        return refuse(lua, path, "the name holds a NUL");
    }
    path = sl_host_resolve(lua, path);
    guard = sl_host_push_guard(lua, -1);
    /* Without O_NONBLOCK, opening a FIFO would stop the worker. */
    *guard = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*guard < 0) {
        return refuse(lua, path, strerror(errno));
    }
    n = sl_host_push_facts(lua, *guard);
    if (n < 0) {
        close_now(guard);
        return refuse(lua, path, "not a regular file");
    }
    return n;
}

int sl_host_duplicate(lua_State *lua)
{
    int fd = lua_isnumber(lua, 1)
                 ? (int)lua_tointeger(lua, 1)
                 : *(const int *)luaL_checkudata(lua, 1, guard_type);
    int *copy = sl_host_push_guard(lua, -1);

    *copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (*copy < 0) {
        lua_pushnil(lua);
        lua_pushstring(lua, strerror(errno));
        return 2;
    }
    lua_pushinteger(lua, *copy);
    return 2;
}

int sl_host_disown(lua_State *lua)
{
    int *guard = luaL_checkudata(lua, 1, guard_type);

    *guard = -1;
    return 0;
}

int sl_host_close_file(lua_State *lua)
{
    close_now(luaL_checkudata(lua, 1, guard_type));
    return 0;
}

void sl_host_open_files(lua_State *lua)
{
    luaL_newmetatable(lua, guard_type);
    lua_pushcfunction(lua, sl_host_close_file);
    lua_setfield(lua, -2, "__gc");
    lua_pop(lua, 1);
}
