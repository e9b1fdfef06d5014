/* Inside net: a listening socket and its poll handle. */
#ifndef SLUICE_NET_LISTENER_H
#define SLUICE_NET_LISTENER_H

#include <sys/types.h>

#include "net/connection.h"

typedef struct sl_listener {
    sl_net *net;
    sl_list link; /* net->listeners */
    uv_poll_t poll;
    int fd;
    sl_address address; /* that it is bound to */
    dev_t device;       /* of a unix socket's file, with */
    ino_t inode;        /* which it is known again */
} sl_listener;

/* Accept one batch; false when the queue is empty, or nothing can be accepted
 * now. */
bool sl_listener_accept(sl_listener *listener);

#endif
