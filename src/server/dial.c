#include "server/dial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"
#include "server/commands.h"
#include "worker/rendezvous.h"

enum { MOST = 16 };

int sl_dial_refuse(const char *path, const char *why)
{
    fprintf(stderr, "sluice: cannot ask the server at %s: %s\n", path, why);
    return SL_EXIT_FAILURE;
}

/* A connected socket; -1 with errno. */
static int dial(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof un.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(un.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&un, sizeof un) < 0) {
        int error = errno;

        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int sl_dial(const char *path)
{
    int fd = dial(path);

    if (fd < 0) {
        sl_dial_refuse(path, errno == ENOENT || errno == ECONNREFUSED
                                 ? "it does not run"
                                 : strerror(errno));
    }
    return fd;
}

/* The one server of this folder; with several the user has to choose. */
static const char *choose(char **paths, size_t count, char **found)
{
    if (count == 1) {
        *found = paths[0];
        return *found;
    }
    if (count == 0) {
        fputs("sluice: which server? Name its control socket: --control PATH, "
              "as its setting does; in this folder sluice dev does not run\n",
              stderr);
    } else {
        fputs("sluice: which server? In this folder several run:\n", stderr);
    }
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "  --control %s\n", paths[i]);
        sl_free(paths[i]);
    }
    return NULL;
}

const char *sl_dial_path(const sl_options *options, char **found)
{
    const char *path = options->settings.control;
    char *paths[MOST];

    if (strcmp(path, "off") != 0 && strcmp(path, "auto") != 0) {
        return path;
    }
    return choose(paths, sl_rendezvous_find(paths, MOST), found);
}
