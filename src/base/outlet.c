#include "base/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* -1: it cannot be had. */
static int open_again(int fd)
{
    char path[32];

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

void sl_outlet_open(sl_outlet *outlet, int fd)
{
    struct stat st;
    int own;

    *outlet = (sl_outlet){fd, SL_OUTLET_FILE};
    if (fstat(fd, &st) < 0 || S_ISREG(st.st_mode)) {
        return;
    }
    if (S_ISSOCK(st.st_mode)) {
        outlet->kind = SL_OUTLET_SOCKET;
        return;
    }
    own = open_again(fd);
    *outlet = own >= 0 ? (sl_outlet){own, SL_OUTLET_OWN}
                       : (sl_outlet){fd, SL_OUTLET_SHARED};
}

void sl_outlet_close(sl_outlet *outlet)
{
    if (outlet->kind == SL_OUTLET_OWN) {
        close(outlet->fd);
    }
    *outlet = (sl_outlet){-1, SL_OUTLET_FILE};
}

/* A pipe keeps pieces of at most PIPE_BUF apart: they end where a line ends. */
static size_t whole_lines(const char *data, size_t len)
{
    const char *end;

    if (len <= PIPE_BUF) {
        return len;
    }
    end = memrchr(data, '\n', PIPE_BUF);
    return end != NULL ? (size_t)(end + 1 - data) : PIPE_BUF;
}

static bool is_full(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};

    return poll(&ready, 1, 0) == 0;
}

static ssize_t write_once(const sl_outlet *outlet, const char *data, size_t len)
{
    switch (outlet->kind) {
    case SL_OUTLET_SOCKET:
        return send(outlet->fd, data, whole_lines(data, len),
                    MSG_DONTWAIT | MSG_NOSIGNAL);
    case SL_OUTLET_OWN:
        return write(outlet->fd, data, whole_lines(data, len));
    case SL_OUTLET_SHARED:
        if (is_full(outlet->fd)) {
            errno = EAGAIN;
            return -1;
        }
        return write(outlet->fd, data, whole_lines(data, len));
    case SL_OUTLET_FILE:
        break;
    }
    return write(outlet->fd, data, len);
}

ssize_t sl_outlet_write(const sl_outlet *outlet, const char *data, size_t len)
{
    ssize_t n;

    do {
        n = write_once(outlet, data, len);
    } while (n < 0 && errno == EINTR);
    return n;
}
