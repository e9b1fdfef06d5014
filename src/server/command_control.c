/* sluice status, reload, stop: questions to a server that runs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buffer.h"
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

/* The answer, until it ends. */
static bool read_answer(int fd, sl_buffer *answer)
{
    char bytes[4096];
    ssize_t n;

    while ((n = read(fd, bytes, sizeof bytes)) > 0) {
        sl_buffer_append(answer, bytes, (size_t)n);
    }
    sl_buffer_append(answer, "", 1);
    return n == 0;
}

/* To who asked; the exit code. */
static int print_answer(const sl_buffer *answer)
{
    static const char prefix[] = "error: ";
    const char *text = sl_buffer_data(answer);

    if (strncmp(text, prefix, strlen(prefix)) == 0) {
        fprintf(stderr, "sluice: %s", text + strlen(prefix));
        return SL_EXIT_FAILURE;
    }
    return fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? SL_EXIT_OK
                                                           : SL_EXIT_FAILURE;
}

static int ask(const sl_options *options, const char *question)
{
    const char *path = options->settings.control;
    sl_buffer answer = {0};
    int code;
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
    code = dprintf(fd, "%s\n", question) > 0 && read_answer(fd, &answer)
               ? print_answer(&answer)
               : refuse(path, "the connection broke");
    close(fd);
    /* Only the answer to "stop" is the end itself. */
    if (code == SL_EXIT_OK && sl_buffer_len(&answer) <= 1 &&
        strcmp(question, "stop") != 0) {
        code = refuse(path, "it has ended without an answer");
    }
    sl_buffer_deinit(&answer);
    return code;
}

int sl_command_status(const sl_options *options)
{
    return ask(options, options->json ? "status json" : "status");
}

/* What is named is set; the answer has all of them. */
int sl_command_log_level(const sl_options *options)
{
    sl_buffer question = {0};
    int code;

    sl_buffer_printf(&question, "log-level ");
    for (size_t i = 0; i < options->noperands; i++) {
        sl_buffer_printf(&question, "%s%s", i > 0 ? " " : "",
                         options->operands[i]);
    }
    sl_buffer_append(&question, "", 1);
    code = ask(options, sl_buffer_data(&question));
    sl_buffer_deinit(&question);
    return code;
}

int sl_command_stop(const sl_options *options)
{
    return ask(options, "stop");
}

int sl_command_reload(const sl_options *options)
{
    return ask(options, options->wait ? "reload wait" : "reload");
}
