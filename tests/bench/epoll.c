/* A minimal server over raw epoll, which stands for the limit in the benchmark:
 * it looks at the target of a request and for the blank line, and answers with
 * bytes that it made at its start.
 *
 *   epoll PORT FOLDER
 *
 * It is no HTTP server. The head of a request has to arrive in one piece, as it
 * does on the loopback interface; otherwise the connection is closed. */
#define _GNU_SOURCE
#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MOST_EVENTS = 512, READ_BYTES = 64 << 10 };

static int epoll_fd;
static struct connection *streams; /* those that get an event each second */
static char input[READ_BYTES];

void connection_watch(struct connection *c, int how, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};

    epoll_ctl(epoll_fd, how, c->fd, &event);
}

static void end(struct connection *c)
{
    struct connection **at = &streams;

    while (*at != NULL && *at != c) {
        at = &(*at)->next;
    }
    if (*at == c) {
        *at = c->next;
    }
    close(c->fd);
    free(c->body);
    free(c);
}

static void tick(int timer)
{
    uint64_t times;

    if (read(timer, &times, sizeof times) != (ssize_t)sizeof times) {
        return;
    }
    for (struct connection *c = streams; c != NULL; c = c->next) {
        /* A client that has left is noticed when it is read from. */
        (void)send(c->fd, event_chunk, event_chunk_len, MSG_NOSIGNAL);
    }
}

/* --- Receiving ------------------------------------------------------------ */

/* Takes one head from the start of the input. Returns its length, 0: bad. */
static size_t take_head(struct connection *c, const char *at, size_t len)
{
    const char *target = memchr(at, ' ', len);
    const char *blank = memmem(at, len, "\r\n\r\n", 4);

    if (target == NULL || blank == NULL) {
        return 0;
    }
    c->answer = canned_find(target + 1, (size_t)(blank - target));
    if (c->answer == NULL) {
        return 0;
    }
    c->due++;
    if (*at == 'P' && c->body == NULL) {
        c->body = malloc(c->answer->after);
    }
    if (c->body != NULL) {
        c->body_left = c->answer->after;
    }
    return (size_t)(blank + 4 - at);
}

static bool take(struct connection *c, const char *at, size_t len)
{
    while (len > 0) {
        size_t n = len < c->body_left ? len : c->body_left;

        if (n > 0) {
            memcpy(c->body + c->answer->after - c->body_left, at, n);
            c->body_left -= n;
        } else if ((n = take_head(c, at, len)) == 0) {
            return false;
        }
        at += n;
        len -= n;
    }
    return true;
}

static void on_event(struct connection *c, uint32_t events)
{
    bool ok = true;

    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        ssize_t n = read(c->fd, input, sizeof input);

        ok = n > 0 && take(c, input, (size_t)n);
    }
    if (ok && c->due > 0 && c->body_left == 0) {
        ok = connection_answer(c);
        if (ok && c->due == 0 && c->answer->streams) {
            c->next = streams;
            streams = c;
        }
    }
    if (!ok) {
        end(c);
    }
}

static void accept_all(int listener)
{
    int on = 1;
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
           0) {
        struct connection *c = calloc(1, sizeof *c);

        if (c == NULL) {
            abort();
        }
        c->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connection_watch(c, EPOLL_CTL_ADD, EPOLLIN);
    }
}

/* --- Start ---------------------------------------------------------------- */

static int listen_on(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(fd, 4096) < 0) {
        perror("epoll: listen");
        exit(1);
    }
    return fd;
}

static int start_timer(void)
{
    struct itimerspec second = {.it_interval.tv_sec = 1, .it_value.tv_sec = 1};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

    timerfd_settime(fd, 0, &second, NULL);
    return fd;
}

int main(int argc, char **argv)
{
    struct connection listener = {0};
    struct connection timer = {0};
    struct epoll_event events[MOST_EVENTS];

    if (argc != 3) {
        fprintf(stderr, "usage: epoll PORT FOLDER\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    canned_init(argv[2]);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    listener.fd = listen_on(atoi(argv[1]));
    timer.fd = start_timer();
    connection_watch(&listener, EPOLL_CTL_ADD, EPOLLIN);
    connection_watch(&timer, EPOLL_CTL_ADD, EPOLLIN);
    for (;;) {
        int n = epoll_wait(epoll_fd, events, MOST_EVENTS, -1);

        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;

            if (c == &listener) {
                accept_all(c->fd);
            } else if (c == &timer) {
                tick(c->fd);
            } else {
                on_event(c, events[i].events);
            }
        }
    }
}
