/* What the clients of the benchmark share: connections to the loopback address,
 * requests, time. Errors end the program: its caller reports what it said. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request {
    char text[512];
    size_t len;
};

/* A GET for `path`; `closes`: the connection is to end with the answer. */
void request_init(struct request *request, const char *path, bool closes);

void request_send(const struct request *request, int fd);

/* A connected socket, which does not block. */
int connect_to(int port);

/* A new epoll descriptor, and a descriptor that it shall watch for input. */
int epoll_create_or_die(void);
void epoll_add(int epoll_fd, int fd);

double seconds_now(void);

/* Prints `what` and errno's message, and exits. */
_Noreturn void die(const char *what);

/* Says on standard output that all connections are made, in one line. */
void say_ready(void);

#endif
