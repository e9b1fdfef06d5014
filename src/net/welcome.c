/* Who is connecting: a proxy to believe, a client with enough connections, or
 * anybody else. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/date.h"
#include "net/connection.h"

void sl_net_forget_client(sl_net *net, sl_client **client)
{
    if (*client != NULL) {
        sl_clients_leave(&net->clients, *client);
        *client = NULL;
    }
}

bool sl_net_trusts(const sl_net *net, const sl_address *peer)
{
    const sl_networks *trusted = &net->env->trusted;
    sl_ip ip;

    if (!sl_address_ip(peer, &ip)) {
        return trusted->has_unix;
    }
    return trusted->count > 0 && sl_networks_hold(trusted, &ip);
}

bool sl_net_count_client(sl_net *net, const sl_address *peer,
                         sl_client **client)
{
    uint32_t most = net->settings.max_per_client;
    sl_ip ip;

    *client = NULL;
    if (most == 0 || !sl_address_ip(peer, &ip) || sl_net_trusts(net, peer)) {
        return true;
    }
    *client = sl_clients_enter(&net->clients, &ip);
    if ((*client)->connections <= most) {
        return true;
    }
    sl_net_forget_client(net, client);
    return false;
}

/* Nothing is kept for a client that has too many connections, so what it gets
 * is what one call can send. What it has sent already is read, because a close
 * would destroy the answer otherwise, which follows. */
void sl_net_turn_away(sl_net *net, int fd)
{
    char date[SL_DATE_LEN + 1];
    char answer[160];
    int len;

    sl_date_format(date, net->env->pipeline->unix_s);
    len = snprintf(answer, sizeof answer,
                   "HTTP/1.1 503 Service Unavailable\r\n"
                   "Date: %s\r\n"
                   "Retry-After: 1\r\n"
                   "Content-Length: 0\r\n"
                   "Connection: close\r\n\r\n",
                   date);
    net->turned_away++;
    (void)send(fd, answer, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(fd, SHUT_WR);
    (void)recv(fd, net->slab, net->settings.read_buffer, MSG_DONTWAIT);
}
