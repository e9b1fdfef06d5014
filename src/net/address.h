/* Where to listen, and who is calling: socket addresses as text.
 */
#ifndef SLUICE_NET_ADDRESS_H
#define SLUICE_NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <sluice/status.h>

#include "base/ip.h"

enum {
    SL_ADDRESS_TEXT = 128, /* room for any address as text, NUL included */
    SL_ADDRESS_ERROR = 256 /* room for what is wrong with one */
};

typedef struct sl_address {
    struct sockaddr_storage storage;
    socklen_t len;
    bool any;   /* ":PORT": IPv6 and IPv4 alike */
    bool proxy; /* who connects says first for whom: see net/preface.c */
} sl_address;

/* "ADDR:PORT", "[IPV6]:PORT", "NAME:PORT" (looked up; IPv4 comes first),
 * ":PORT" (all addresses), "unix:PATH"; " proxy" may stand behind it. On
 * SL_EINVAL *error (at least SL_ADDRESS_ERROR bytes) says what is wrong and what
 * is allowed. */
sl_status sl_address_parse(const char *text, sl_address *address, char *error);

/* The address as text of at most SL_ADDRESS_TEXT bytes, as parse reads it. An
 * IPv4 client of an IPv6 socket is shown as IPv4; an unnamed unix socket as
 * "unix:". */
void sl_address_format(const sl_address *address, char *text);

/* The length of such a text without what stands behind the address. */
size_t sl_address_text_len(const char *text);

/* The address alone; false: it is that of a unix socket. */
bool sl_address_ip(const sl_address *address, sl_ip *ip);
sl_address sl_address_from_ip(const sl_ip *ip, uint16_t port);

/* The file of a unix socket; NULL when it is none. */
const char *sl_address_path(const sl_address *address);

#endif
