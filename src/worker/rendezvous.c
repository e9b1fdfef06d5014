#include "worker/rendezvous.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"

enum { NAME = 64 };

/* Of us alone: in a folder that anybody may write to, another user could have
 * made it first. */
static bool is_private(const char *folder)
{
    struct stat st;

    return lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == geteuid() && (st.st_mode & 0077) == 0;
}

/* NULL: it is not there, and could not be made. */
static char *folder_of(void)
{
    const char *base = getenv("XDG_RUNTIME_DIR");
    char *folder;
    int n = base != NULL && *base == '/'
                ? asprintf(&folder, "%s/sluice", base)
                : asprintf(&folder, "/tmp/sluice-%u", (unsigned)geteuid());

    if (n < 0) {
        return NULL;
    }
    (void)mkdir(folder, 0700);
    if (!is_private(folder)) {
        free(folder);
        return NULL;
    }
    return folder;
}

/* "dev-HASH-", of the current folder. */
static bool prefix_of(char *prefix)
{
    uint64_t sum = UINT64_C(0xCBF29CE484222325);
    char here[PATH_MAX];

    if (getcwd(here, sizeof here) == NULL) {
        return false;
    }
    for (const char *at = here; *at != '\0'; at++) {
        sum = (sum ^ (unsigned char)*at) * UINT64_C(0x100000001B3);
    }
    (void)snprintf(prefix, NAME, "dev-%016" PRIx64 "-", sum);
    return true;
}

char *sl_rendezvous_make(void)
{
    char *folder = folder_of();
    char *path = NULL;
    char prefix[NAME];

    if (folder != NULL && prefix_of(prefix) &&
        asprintf(&path, "%s/%s%d", folder, prefix, (int)getpid()) < 0) {
        path = NULL;
    }
    free(folder);
    return path;
}

/* Does a server listen there? If not, its file is of no use to anybody. */
static bool is_alive(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    bool alive = false;
    int fd;

    if (strlen(path) >= sizeof un.sun_path) {
        return false;
    }
    memcpy(un.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        alive = connect(fd, (const struct sockaddr *)&un, sizeof un) == 0;
        if (!alive && errno == ECONNREFUSED) {
            (void)unlink(path);
        }
        close(fd);
    }
    return alive;
}

size_t sl_rendezvous_find(char **paths, size_t most)
{
    char *folder = folder_of();
    DIR *list = folder != NULL ? opendir(folder) : NULL;
    const struct dirent *entry;
    size_t count = 0;
    char prefix[NAME];
    char *path;

    if (list == NULL || !prefix_of(prefix)) {
        most = 0;
    }
    while (count < most && (entry = readdir(list)) != NULL) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 ||
            asprintf(&path, "%s/%s", folder, entry->d_name) < 0) {
            continue;
        }
        if (is_alive(path)) {
            paths[count++] = path;
        } else {
            free(path);
        }
    }
    if (list != NULL) {
        (void)closedir(list);
    }
    free(folder);
    return count;
}
