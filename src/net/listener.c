/* Listening sockets on the loop, closed so that nobody who waits in their
 * queues is lost.
 */
#include "net/listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static sl_status watch(sl_net *net, sl_socket *socket, char *error)
{
    sl_listener *listener = sl_calloc(1, sizeof *listener);

    if (uv_poll_init(net->loop, &listener->poll, socket->fd) < 0) {
        (void)snprintf(error, SL_ADDRESS_ERROR,
                       "cannot watch a listening socket: %s", strerror(errno));
        sl_socket_remove_file(socket);
        sl_socket_close(socket);
        sl_free(listener);
        return SL_ESYSTEM;
    }
    listener->net = net;
    listener->socket = *socket;
    sl_list_append(&net->listeners, &listener->link);
    net->accepting = false;
    sl_net_resume_accepting(net);
    return SL_OK;
}

sl_status sl_net_listen(sl_net *net, const char *text, char *bound, char *error)
{
    sl_socket socket;
    sl_status rc = sl_socket_bind(&socket, text, &net->settings, error);

    if (rc < 0) {
        return rc;
    }
    rc = sl_socket_listen(&socket, &net->settings, error);
    if (rc < 0) {
        sl_socket_remove_file(&socket);
        sl_socket_close(&socket);
        return rc;
    }
    sl_address_format(&socket.address, bound);
    return watch(net, &socket, error);
}

sl_status sl_net_adopt(sl_net *net, int fd, bool proxy, char *bound,
                       char *error)
{
    sl_socket socket;
    sl_status rc = sl_socket_take(&socket, fd, &net->settings, error);

    if (rc < 0) {
        return rc;
    }
    socket.address.proxy = proxy;
    sl_address_format(&socket.address, bound);
    return watch(net, &socket, error);
}

void sl_net_each_address(const sl_net *net, sl_net_address_visitor *visit,
                         void *context)
{
    for (const sl_list *link = net->listeners.next; link != &net->listeners;
         link = link->next) {
        char text[SL_ADDRESS_TEXT];

        sl_address_format(
            &SL_CONTAINER(link, sl_listener, link)->socket.address, text);
        visit(context, text);
    }
}

/* --- Closing -------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    sl_free(SL_CONTAINER(handle, sl_listener, poll));
}

static void close_listener(sl_listener *listener)
{
    sl_list_remove(&listener->link);
    uv_close((uv_handle_t *)&listener->poll, on_closed);
    sl_socket_close(&listener->socket);
}

void sl_net_stop_listening(sl_net *net)
{
    sl_list *link;

    sl_timer_stop(&net->env->pipeline->timers, &net->retry);
    while ((link = net->listeners.next) != &net->listeners) {
        sl_listener *listener = SL_CONTAINER(link, sl_listener, link);

        /* Nobody else finds it from now on. */
        sl_socket_remove_file(&listener->socket);
        while (sl_listener_accept(listener, UINT32_MAX)) {
        }
        close_listener(listener);
    }
    sl_timer_stop(&net->env->pipeline->timers, &net->retry);
}
