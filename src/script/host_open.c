/* Files below a folder, by paths that may come from a client.
 *
 * The kernel walks the path itself and refuses to leave the folder (openat2,
 * since Linux 5.6), so no symbolic link that appears meanwhile can lead out of
 * it. Where it cannot, or where a sandbox forbids that call, the path is walked
 * here, name by name, through no symbolic link at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <lauxlib.h>
#ifdef SYS_openat2
#include <linux/openat2.h>
#endif

#include "script/host.h"

enum {
    MOST_PATH = 4096,
    /* Without O_NONBLOCK, opening a FIFO would stop the worker. */
    FILE_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
    FOLDER_FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC
};

typedef enum symlinks { NONE, INSIDE, FOLLOW } symlinks;

static const char *const symlinks_words[] = {"none", "inside", "follow", NULL};

/* Does a name of the path lead up? `follow` leaves the rest to the kernel. */
static bool leads_up(const char *path)
{
    while (*path != '\0') {
        size_t len = strcspn(path, "/");

        if (len == 2 && path[0] == '.' && path[1] == '.') {
            return true;
        }
        path += len + (path[len] == '/');
    }
    return false;
}

/* Open the first name of `path` below `parent`; the last one is the file. */
static int open_name(int parent, const char *path, size_t len)
{
    char name[NAME_MAX + 1];
    bool is_last = path[len] == '\0';

    if (len > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name, path, len);
    name[len] = '\0';
    return openat(parent, name,
                  (is_last ? FILE_FLAGS : FOLDER_FLAGS) | O_NOFOLLOW);
}

/* Open `path` below `folder` through no symbolic link. */
static int walk(int folder, const char *path)
{
    int at = folder;

    while (at >= 0) {
        size_t len = strcspn(path, "/");
        int next = open_name(at, path, len);
        int why = errno;

        if (at != folder) {
            close(at);
        }
        errno = why;
        if (next < 0 || path[len] == '\0') {
            return next;
        }
        at = next;
        path += len + 1;
    }
    return at;
}

static int open_below(int folder, const char *path, symlinks links)
{
    if (links == FOLLOW) {
        return openat(folder, path, FILE_FLAGS);
    }
#ifdef SYS_openat2
    {
        struct open_how how = {
            .flags = FILE_FLAGS,
            .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
                       (links == NONE ? RESOLVE_NO_SYMLINKS : 0),
        };
        long fd = syscall(SYS_openat2, folder, path, &how, sizeof how);

        /* EAGAIN: something was renamed meanwhile, so that it cannot be sure.
         * A sandbox answers ENOSYS or EPERM; so does a missing permission. */
        if (fd >= 0 || (errno != ENOSYS && errno != EPERM && errno != EAGAIN)) {
            return (int)fd;
        }
    }
#endif
    return walk(folder, path);
}

static const char *kind_of(int why)
{
    switch (why) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case EXDEV: /* it leads out of the folder */
    case ENAMETOOLONG:
    case EINVAL: /* no regular file */
    case ENXIO:  /* a socket */
        return "missing";
    case EISDIR:
        return "folder";
    case EACCES:
    case EPERM:
        return "forbidden";
    default:
        return "error";
    }
}

static int refuse(lua_State *lua, const char *kind, const char *path, int why)
{
    lua_pushnil(lua);
    lua_pushfstring(lua, "%s: %s", path, strerror(why));
    lua_pushstring(lua, kind);
    return 3;
}

int sl_host_open_in(lua_State *lua)
{
    size_t len;
    const char *folder = luaL_checkstring(lua, 1);
    const char *path = luaL_checklstring(lua, 2, &len);
    symlinks links = (symlinks)luaL_checkoption(lua, 3, NULL, symlinks_words);
    int base;
    int *guard;
    int n;

    if (len == 0 || len >= MOST_PATH || strlen(path) != len || path[0] == '/' ||
        leads_up(path)) {
        return refuse(lua, "missing", "the path", ENOENT);
    }
    folder = sl_host_resolve(lua, folder);
    guard = sl_host_push_guard(lua, -1);
    base = open(folder, FOLDER_FLAGS);
    if (base < 0) {
        return refuse(lua, "error", folder, errno);
    }
    *guard = open_below(base, path, links);
    n = errno;
    close(base);
    if (*guard < 0) {
        return refuse(lua, kind_of(n), path, n);
    }
    n = sl_host_push_facts(lua, *guard);
    if (n < 0) {
        n = errno;
        close(*guard);
        *guard = -1;
        return refuse(lua, kind_of(n), path, n);
    }
    return n;
}
