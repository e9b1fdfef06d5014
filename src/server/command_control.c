/* sluice status, sluice stop: questions to a server that runs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/commands.h"

static int refuse(const char *path, const char *why)
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

/* Print the answer until it ends; its first letter goes to *first. */
static bool copy_answer(int fd, char *first)
{
    char bytes[4096];
    ssize_t n;

    *first = '\0';

    while ((n = read(fd, bytes, sizeof bytes)) > 0) {
        *first = *first != '\0' ? *first : bytes[0];
        (void)fwrite(bytes, 1, (size_t)n, stdout);
    }
    return n == 0 && fflush(stdout) == 0;
}

static int ask(const sl_options *options, const char *question, char *first)
{
    const char *path = options->settings.control;
    bool done;
    int fd;

    if (strcmp(path, "off") == 0) {
        fputs("sluice: which server? Name its control socket: --control PATH, "
              "as its setting does\n",
              stderr);
        return SL_EXIT_USAGE;
    }
    fd = dial(path);
    if (fd < 0) {
        return refuse(path, errno == ENOENT || errno == ECONNREFUSED
                                ? "it does not run"
                                : strerror(errno));
    }
    done = dprintf(fd, "%s\n", question) > 0 && copy_answer(fd, first);
    close(fd);
    return done ? SL_EXIT_OK : refuse(path, "the connection broke");
}

int sl_command_status(const sl_options *options)
{
    char first;

    return ask(options, options->json ? "status json" : "status", &first);
}

int sl_command_stop(const sl_options *options)
{
    char first;

    return ask(options, "stop", &first);
}

/* The answer begins with "reloaded" or with "failed"; no answer comes from a
 * server that ends. */
int sl_command_reload(const sl_options *options)
{
    char first;
    int code = ask(options, options->wait ? "reload wait" : "reload", &first);

    return code == SL_EXIT_OK && first != 'r' ? SL_EXIT_FAILURE : code;
}
