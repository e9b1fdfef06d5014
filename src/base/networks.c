#include "base/networks.h"

#include <string.h>

#include "base/memory.h"

enum { ALL_BITS = 128, MAPPED_BITS = 96 };

/* One to three digits; false when there is something else. */
static bool parse_bits(const char *text, unsigned most, unsigned *bits)
{
    size_t len = strlen(text);

    *bits = 0;
    if (len == 0 || len > 3) {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        *bits = *bits * 10 + (unsigned)(*text - '0');
    }
    return *bits <= most;
}

static uint8_t mask_of(unsigned bits, size_t byte)
{
    unsigned before = (unsigned)byte * 8;

    if (bits >= before + 8) {
        return 0xff;
    }
    return bits <= before ? 0 : (uint8_t)(0xff << (8 - (bits - before)));
}

static bool is_in(const sl_network *network, const sl_ip *ip)
{
    for (size_t i = 0; i < sizeof ip->bytes; i++) {
        if ((ip->bytes[i] & mask_of(network->bits, i)) !=
            network->ip.bytes[i]) {
            return false;
        }
    }
    return true;
}

bool sl_networks_add(sl_networks *networks, const char *text)
{
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    sl_network network = {.bits = ALL_BITS};
    unsigned bits;

    if (strcmp(text, "unix") == 0) {
        networks->has_unix = true;
        return true;
    }
    if (!sl_ip_parse(text, len, &network.ip)) {
        return false;
    }
    if (slash != NULL) {
        bool is_v4 = memchr(text, ':', len) == NULL;

        if (!parse_bits(slash + 1, is_v4 ? 32 : ALL_BITS, &bits)) {
            return false;
        }
        network.bits = (uint8_t)(bits + (is_v4 ? MAPPED_BITS : 0));
    }
    if (!is_in(&network, &network.ip)) {
        return false; /* 10.0.0.1/8: which of both was meant? */
    }
    networks->items =
        sl_realloc(networks->items, (networks->count + 1) * sizeof(sl_network));
    networks->items[networks->count++] = network;
    return true;
}

void sl_networks_deinit(sl_networks *networks)
{
    sl_free(networks->items);
    *networks = (sl_networks){0};
}

bool sl_networks_hold(const sl_networks *networks, const sl_ip *ip)
{
    for (size_t i = 0; i < networks->count; i++) {
        if (is_in(&networks->items[i], ip)) {
            return true;
        }
    }
    return false;
}
