/* sluice health: is the server well that has these settings? For a container's
 * health check, in an image that has no other program to ask with. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "net/address.h"
#include "server/commands.h"

/* A server that does not answer so long is not well. */
enum { PATIENCE_S = 5, LONGEST_ANSWER = 64 * 1024 };

static int refuse(const char *address, const char *why)
{
    fprintf(stderr, "sluice: the server at %s is not well: %s\n", address, why);
    return SL_EXIT_FAILURE;
}

/* A connected socket; -1 with errno. */
static int dial(const sl_address *address)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&address->storage, address->len) <
        0) {
        int error = errno;

        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* The answer as a text, until it ends. */
static bool ask(int fd, const char *path, sl_buffer *answer)
{
    char bytes[4096];
    ssize_t n;

    n = dprintf(fd,
                "GET %s HTTP/1.1\r\nHost: localhost\r\n"
                "Connection: close\r\n\r\n",
                path);
    while (n > 0 && sl_buffer_len(answer) < LONGEST_ANSWER &&
           (n = read(fd, bytes, sizeof bytes)) > 0) {
        sl_buffer_append(answer, bytes, (size_t)n);
    }
    sl_buffer_append(answer, "", 1);
    return n == 0;
}

static int judge(const char *address, const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");

    if (body == NULL) {
        return refuse(address, "it does not speak HTTP");
    }
    body += 4;
    if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0) {
        return refuse(address, body);
    }
    return fputs(body, stdout) >= 0 && fflush(stdout) == 0 ? SL_EXIT_OK
                                                           : SL_EXIT_FAILURE;
}

int sl_command_health(const sl_options *options)
{
    const char *text = options->settings.admin;
    const char *path = options->ready ? "/readyz" : "/healthz";
    char error[SL_ADDRESS_ERROR];
    sl_buffer answer = {0};
    sl_address address;
    int code;
    int fd;

    if (strcmp(text, "off") == 0 || strcmp(text, "auto") == 0) {
        fputs("sluice: which server? Name its admin address: --admin ADDRESS, "
              "as its setting does\n",
              stderr);
        return SL_EXIT_USAGE;
    }
    if (sl_address_parse(text, &address, error) < 0) {
        fprintf(stderr, "sluice: admin: %s\n", error);
        return SL_EXIT_USAGE;
    }
    fd = dial(&address);
    if (fd < 0) {
        return refuse(text, strerror(errno));
    }
    code = ask(fd, path, &answer) ? judge(text, sl_buffer_data(&answer))
                                  : refuse(text, "it does not answer");
    close(fd);
    sl_buffer_deinit(&answer);
    return code;
}
