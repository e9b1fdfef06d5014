/* Inside net: a listening socket and its poll handle. */
#ifndef SLUICE_NET_LISTENER_H
#define SLUICE_NET_LISTENER_H

#include "net/connection.h"
#include "net/socket.h"

typedef struct sl_listener {
    sl_net *net;
    sl_list link; /* net->listeners */
    uv_poll_t poll;
    uint32_t waiting; /* clients that this turn may still accept */
    sl_socket socket;
} sl_listener;

/* Accept so many; false when the queue is empty before, or nothing more can be
 * accepted now. */
bool sl_listener_accept(sl_listener *listener, uint32_t most);

#endif
