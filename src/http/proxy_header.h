/* The PROXY protocol, versions 1 and 2: a header in front of all that a
 * connection carries, in which a load balancer says whose connection it is.
 *
 *   PROXY TCP4 192.0.2.1 203.0.113.7 56324 443\r\n
 *
 * or the same in binary, and behind the addresses what else there is to say
 * (TLVs), which is passed over. Whether a header comes is a matter of
 * configuration and never guessed, since any client could send one.
 */
#ifndef SLUICE_HTTP_PROXY_HEADER_H
#define SLUICE_HTTP_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice/status.h>

#include "base/ip.h"

/* So many bytes from its start decide about a header: the longest of version 1.
 * One of version 2 may be longer, with nothing behind them that is looked at. */
enum { SL_PROXY_HEADER_BYTES = 107 };

typedef struct sl_proxy_endpoint {
    sl_ip ip;
    uint16_t port;
} sl_proxy_endpoint;

typedef struct sl_proxy_header {
    size_t length;   /* of all of it; it may end behind what was given */
    bool has_client; /* else nothing is known (UNKNOWN), or the balancer speaks
                         for itself (LOCAL): what the socket says goes */
    sl_proxy_endpoint client;
    sl_proxy_endpoint called; /* where the client wanted to go */
} sl_proxy_header;

/* Read the header at the start of `data`.
 *
 * SL_OK      *header was filled in
 * SL_EMPTY   it may become one: come again with more of it, from the start; not
 *            with SL_PROXY_HEADER_BYTES or more
 * SL_EINVAL  it is none; *why says so for people, in static memory
 */
sl_status sl_proxy_header_read(const char *data, size_t len,
                               sl_proxy_header *header, const char **why);

#endif
