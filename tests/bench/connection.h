/* One connection of the minimal server, and sending what is due on it. */
#ifndef BENCH_CONNECTION_H
#define BENCH_CONNECTION_H

#include "canned.h"

#include <stdint.h>

struct connection {
    int fd;
    const struct answer *answer;
    unsigned due;            /* answers to send, the current one included */
    size_t at;               /* bytes of the current one that were sent */
    unsigned round;          /* of its repeated part */
    size_t body_left;        /* bytes of a request's body still to come */
    char *body;              /* of an echo */
    bool wants_room;         /* it waits for the socket to be writable */
    struct connection *next; /* stream */
};

/* Tells epoll of the connection, or of what it waits for now. */
void connection_watch(struct connection *c, int how, uint32_t events);

/* Sends what is due. False: the connection is over. */
bool connection_answer(struct connection *c);

#endif
