/* Inside net: how many connections each client address has.
 *
 * An IPv6 client is its /64: whoever has one address of it has all of them.
 * Only addresses with connections take memory.
 */
#ifndef SLUICE_NET_CLIENTS_H
#define SLUICE_NET_CLIENTS_H

#include "base/ip.h"

typedef struct sl_client {
    struct sl_client *next; /* of its bucket */
    sl_ip ip;
    uint32_t connections;
} sl_client;

typedef struct sl_clients {
    sl_client **buckets;
    size_t nbuckets; /* a power of two */
    size_t count;
    uint64_t seed; /* so that nobody can choose addresses that collide */
} sl_clients;

void sl_clients_init(sl_clients *clients);
void sl_clients_deinit(sl_clients *clients);

/* One more connection; the record lives until as many left as entered. */
sl_client *sl_clients_enter(sl_clients *clients, const sl_ip *ip);
void sl_clients_leave(sl_clients *clients, sl_client *client);

#endif
