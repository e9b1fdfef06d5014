/* Inside net: a listening socket and its poll handle. */
#ifndef SLUICE_NET_LISTENER_H
#define SLUICE_NET_LISTENER_H

#include "net/connection.h"

typedef struct sl_listener {
    sl_net *net;
    sl_list link; /* net->listeners */
    uv_poll_t poll;
    int fd;
    sl_address address; /* that it is bound to */
} sl_listener;

#endif
