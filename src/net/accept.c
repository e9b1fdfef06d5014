/* Accepting, as long as there is room for more connections: above the limit,
 * or without descriptors, clients wait in the kernel's queue.
 */
#include "net/listener.h"

#include <errno.h>
#include <sys/socket.h>

/* After descriptors ran out, accepting is tried again so much later. They may
 * run out again with each connection that closes: the log hears of it less
 * often. */
enum { RETRY_MS = 100, WARN_MS = 10000 };

static bool is_full(const sl_net *net)
{
    uint32_t limit = net->settings.max_connections;

    return limit > 0 && net->count >= limit;
}

static void pause_accepting(sl_net *net)
{
    sl_list *link;

    if (!net->accepting) {
        return;
    }
    net->accepting = false;
    net->pauses++;
    for (link = net->listeners.next; link != &net->listeners;
         link = link->next) {
        sl_listener *listener = SL_CONTAINER(link, sl_listener, link);

        listener->waiting = 0;
        uv_poll_stop(&listener->poll);
    }
}

/* Connections stay in the kernel's queue until a descriptor is free. */
static void wait_for_descriptors(sl_net *net)
{
    uint64_t now_ms = net->env->pipeline->now_ms;

    net->starved = true;
    if (now_ms >= net->warn_at_ms) {
        net->warn_at_ms = now_ms + WARN_MS;
        sl_log_line(net->log, SL_LOG_WARN,
                    "out of file descriptors with %u connections: accepting "
                    "pauses until one closes; raise the limit (ulimit -n) or "
                    "lower max_connections",
                    net->count);
    }
    pause_accepting(net);
    sl_timer_start(&net->env->pipeline->timers, &net->retry, now_ms + RETRY_MS);
}

bool sl_listener_accept(sl_listener *listener, uint32_t most)
{
    sl_net *net = listener->net;

    for (uint32_t i = 0; i < most; i++) {
        sl_address peer = {.len = sizeof peer.storage};
        int fd = accept4(listener->socket.fd, (struct sockaddr *)&peer.storage,
                         &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            net->starved = false;
            sl_connection_open(net, fd, &peer, listener->socket.address.proxy);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                   errno == ENOMEM) {
            wait_for_descriptors(net);
            return false;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return false;
        }
        if (is_full(net)) {
            pause_accepting(net);
            return false;
        }
    }
    return true;
}

/* Only takes note: a turn follows each poll. */
static void on_connection(uv_poll_t *handle, int status, int events)
{
    sl_listener *listener = SL_CONTAINER(handle, sl_listener, poll);

    listener->waiting = listener->net->settings.accept_batch;
}

static bool take_clients_of(sl_listener *listener)
{
    uint32_t most = listener->waiting;

    if (most == 0) {
        return false;
    }
    most = most < (uint32_t)SL_NET_SLICE ? most : SL_NET_SLICE;
    listener->waiting -= most;
    if (!sl_listener_accept(listener, most)) {
        listener->waiting = 0;
    }
    return listener->waiting > 0;
}

bool sl_net_take_clients(sl_net *net)
{
    bool more = false;

    for (sl_list *link = net->listeners.next; link != &net->listeners;
         link = link->next) {
        more = take_clients_of(SL_CONTAINER(link, sl_listener, link)) || more;
    }
    return more;
}

void sl_net_resume_accepting(sl_net *net)
{
    sl_list *link;

    if (net->accepting || is_full(net)) {
        return;
    }
    net->accepting = true;
    for (link = net->listeners.next; link != &net->listeners;
         link = link->next) {
        (void)uv_poll_start(&SL_CONTAINER(link, sl_listener, link)->poll,
                            UV_READABLE, on_connection);
    }
}
