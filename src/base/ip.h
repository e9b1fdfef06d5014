/* An IP address as a value.
 *
 * 16 bytes, IPv4 as IPv6 maps it (::ffff:0:0/96), so that a client is the same
 * one whichever socket it came to.
 */
#ifndef SLUICE_BASE_IP_H
#define SLUICE_BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sl_ip {
    uint8_t bytes[16];
} sl_ip;

sl_ip sl_ip_from_v4(const uint8_t v4[4]);
bool sl_ip_is_v4(const sl_ip *ip);

/* Does it lead to this machine only? */
bool sl_ip_is_loopback(const sl_ip *ip);

/* "192.0.2.1" or "2001:db8::1", without brackets, port and zone. */
bool sl_ip_parse(const char *text, size_t len, sl_ip *ip);

#endif
