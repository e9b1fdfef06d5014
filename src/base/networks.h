/* Networks of addresses: whom the server trusts. */
#ifndef SLUICE_BASE_NETWORKS_H
#define SLUICE_BASE_NETWORKS_H

#include "base/ip.h"

typedef struct sl_network {
    sl_ip ip;
    uint8_t bits; /* of the 128 that count */
} sl_network;

/* All zero: nobody. */
typedef struct sl_networks {
    sl_network *items; /* owned */
    size_t count;
    bool has_unix; /* who calls through a unix socket is one of them */
} sl_networks;

/* Add "192.0.2.0/24", "2001:db8::/32", an address, or "unix". False, with
 * nothing added, when it is none of them, or has bits behind its length. */
bool sl_networks_add(sl_networks *networks, const char *text);

void sl_networks_deinit(sl_networks *networks);

bool sl_networks_hold(const sl_networks *networks, const sl_ip *ip);

#endif
