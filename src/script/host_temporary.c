/* Files without a name, for what a client sends and no memory shall hold. They
 * vanish with their descriptor, however the server ends, unless somebody gives
 * them a name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lauxlib.h>

#include "script/host.h"
#include "script/vm.h"

/* Where there is no O_TMPFILE: a name that is gone at once. */
static int open_and_unlink(const char *folder)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/sluice-XXXXXX", folder);
    int fd;

    if (len < 0 || (size_t)len >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) {
        unlink(path);
    }
    return fd;
}

static int open_nameless(const char *folder)
{
#ifdef O_TMPFILE
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);

    if (fd >= 0 ||
        (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
        return fd;
    }
#endif
    return open_and_unlink(folder);
}

/* Without a setting, what the system says; a container may lack any of them.
 * /tmp comes last, because it may be memory. */
static int open_somewhere(const char **folder)
{
    const char *candidates[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    int fd = -1;

    for (size_t i = 0; i < 3 && fd < 0; i++) {
        if (candidates[i] != NULL && candidates[i][0] != '\0') {
            *folder = candidates[i];
            fd = open_nameless(candidates[i]);
        }
    }
    return fd;
}

static int fail(lua_State *lua, const char *path)
{
    int saved = errno;

    lua_pushnil(lua);
    lua_pushfstring(lua, "%s: %s", path, strerror(saved));
    return 2;
}

/* Which folder a new file is to be in; NULL: any that will do. */
static const char *folder_of(lua_State *lua)
{
    const char *set = sl_script_of(lua)->settings.temp_dir;

    if (!lua_isnoneornil(lua, 1)) {
        return sl_host_resolve(lua, luaL_checkstring(lua, 1));
    }
    return set != NULL && set[0] != '\0' ? set : NULL;
}

static int open_in(const char **folder)
{
    return *folder != NULL ? open_nameless(*folder) : open_somewhere(folder);
}

int sl_host_open_temporary(lua_State *lua)
{
    const char *folder = folder_of(lua);
    int fd = open_in(&folder);

    if (fd < 0 && errno == EMFILE) {
        sl_script_collect(lua); /* closes files that were dropped */
        fd = open_in(&folder);
    }
    if (fd < 0) {
        int is_full = errno == ENOSPC || errno == EDQUOT;
        int count = fail(lua, folder);

        lua_pushboolean(lua, is_full);
        return count + 1;
    }
    sl_host_push_guard(lua, fd);
    lua_pushinteger(lua, fd);
    return 2;
}

int sl_host_link_file(lua_State *lua)
{
    int fd = (int)luaL_checkinteger(lua, 1);
    const char *path = sl_host_resolve(lua, luaL_checkstring(lua, 2));
    char self[64];

    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0) {
        return fail(lua, path);
    }
    lua_pushboolean(lua, 1);
    return 1;
}
