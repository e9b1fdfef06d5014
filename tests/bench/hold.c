/* A client that holds many connections, each with one request: idle ones,
 * streams, slow readers.
 *
 *   hold PORT PATH CONNECTIONS RATE [close]
 *
 * It prints "ready" when every connection has the first bytes of its answer, and
 * then, for each line that it reads, what it has received until then. It ends
 * when its input ends, or when the server has closed every connection. RATE is
 * how many bytes a second each connection reads; 0: all that come. With `close`
 * the requests ask for the connection to be closed.
 *
 * Events are counted by their colons: the events of the benchmark have one. */
#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    MOST_DESCRIPTORS = 1 << 20,
    MOST_EVENTS = 512,
    MOST_UNANSWERED = 128, /* while connections are made */
    TICKS = 50,            /* of a limited reader, in a second */
    READ_BYTES = 256 << 10,
};

struct state {
    int epoll_fd;
    size_t quota; /* bytes of one read; 0: no limit */

    int open, answered, asked;
    double started, bytes, colons;
    bool *has_answer; /* by descriptor */
};

static char input[READ_BYTES];

static void report(const struct state *s)
{
    printf("{\"bytes\": %.0f, \"events\": %.0f, \"open\": %d, "
           "\"seconds\": %.6f}\n",
           s->bytes, s->colons, s->open, seconds_now() - s->started);
    fflush(stdout);
}

static void count(struct state *s, int fd, const char *at, size_t len)
{
    s->bytes += (double)len;
    if (!s->has_answer[fd]) {
        s->has_answer[fd] = true;
        s->answered++;
    }
    while (len > 0) {
        const char *colon = memchr(at, ':', len);

        if (colon == NULL) {
            return;
        }
        s->colons++;
        len -= (size_t)(colon + 1 - at);
        at = colon + 1;
    }
}

static void receive(struct state *s, int fd)
{
    ssize_t n = read(fd, input, s->quota > 0 ? s->quota : sizeof input);

    if (n > 0) {
        count(s, fd, input, (size_t)n);
    } else if (n == 0 || errno != EAGAIN) {
        close(fd);
        s->open--;
    }
}

/* Handles what has arrived within `timeout_ms`. False: the input has ended. */
static bool turn(struct state *s, int timeout_ms)
{
    struct epoll_event events[MOST_EVENTS];
    int n = epoll_wait(s->epoll_fd, events, MOST_EVENTS, timeout_ms);

    for (int i = 0; i < n; i++) {
        char line[64];

        if (events[i].data.fd != STDIN_FILENO) {
            receive(s, events[i].data.fd);
        } else if (read(STDIN_FILENO, line, sizeof line) > 0) {
            report(s);
        } else {
            return false;
        }
    }
    return true;
}

static void connect_all(struct state *s, int port,
                        const struct request *request, int connections)
{
    while (s->asked < connections) {
        int fd = connect_to(port);

        request_send(request, fd);
        epoll_add(s->epoll_fd, fd);
        s->asked++;
        s->open++;
        while (s->asked - s->answered >= MOST_UNANSWERED && turn(s, -1)) {
        }
    }
    while (s->answered < connections && s->open > 0 && turn(s, -1)) {
    }
}

/* One reader, a little at a time. */
static void read_slowly(struct state *s, int port,
                        const struct request *request)
{
    int fd = connect_to(port);

    request_send(request, fd);
    s->open = 1;
    say_ready();
    epoll_add(s->epoll_fd, STDIN_FILENO);
    while (s->open > 0 && turn(s, 1000 / TICKS)) {
        receive(s, fd);
    }
}

int main(int argc, char **argv)
{
    struct state s = {.started = seconds_now()};
    struct request request;
    int port, connections, rate;

    if (argc < 5) {
        fprintf(stderr, "usage: hold PORT PATH CONNECTIONS RATE [close]\n");
        return 2;
    }
    port = atoi(argv[1]);
    connections = atoi(argv[3]);
    rate = atoi(argv[4]);
    request_init(&request, argv[2], argc > 5);
    s.epoll_fd = epoll_create_or_die();
    s.has_answer = calloc(MOST_DESCRIPTORS, sizeof *s.has_answer);
    s.quota = (size_t)rate / TICKS;
    if (s.has_answer == NULL) {
        die("calloc");
    }
    if (rate > 0) {
        read_slowly(&s, port, &request);
    } else {
        connect_all(&s, port, &request, connections);
        say_ready();
        epoll_add(s.epoll_fd, STDIN_FILENO);
        while (s.open > 0 && turn(&s, -1)) {
        }
    }
    report(&s);
    free(s.has_answer);
    return 0;
}
