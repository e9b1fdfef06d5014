#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static const char unix_prefix[] = "unix:";
static const char proxy_suffix[] = " proxy";

static sl_status refuse(char *error, const char *text, const char *why)
{
    (void)snprintf(error, SL_ADDRESS_ERROR,
                   "cannot listen on \"%.80s\": %s; it is ADDR:PORT, "
                   "[IPV6]:PORT, :PORT or unix:PATH, and perhaps \" proxy\"",
                   text, why);
    return SL_EINVAL;
}

static sl_status parse_unix(const char *text, sl_address *address, char *error)
{
    struct sockaddr_un *un = (void *)&address->storage;
    const char *path = text + strlen(unix_prefix);

    if (*path == '\0') {
        return refuse(error, text, "the path is missing");
    }
    if (strlen(path) >= sizeof un->sun_path) {
        return refuse(error, text, "the path has more than 107 bytes");
    }
    *address = (sl_address){.len = sizeof *un};
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, strlen(path) + 1);
    address->len = sizeof *un;
    return SL_OK;
}

static bool parse_port(const char *text, uint16_t *port)
{
    unsigned value = 0;

    if (*text == '\0' || strlen(text) > 5) {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(*text - '0');
    }
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

static void set_v6(sl_address *address, const struct in6_addr *in,
                   uint16_t port)
{
    struct sockaddr_in6 *v6 = (void *)&address->storage;

    v6->sin6_family = AF_INET6;
    v6->sin6_addr = *in;
    v6->sin6_port = htons(port);
    address->len = sizeof *v6;
}

static void set_v4(sl_address *address, const struct in_addr *in, uint16_t port)
{
    struct sockaddr_in *v4 = (void *)&address->storage;

    v4->sin_family = AF_INET;
    v4->sin_addr = *in;
    v4->sin_port = htons(port);
    address->len = sizeof *v4;
}

/* IPv4 first, because that is what every client of "localhost" tries. */
static bool look_up(const char *host, uint16_t port, sl_address *address)
{
    static const int families[] = {AF_INET, AF_INET6};
    struct addrinfo *found;

    for (size_t i = 0; i < 2; i++) {
        struct addrinfo hints = {.ai_family = families[i],
                                 .ai_socktype = SOCK_STREAM,
                                 .ai_flags = AI_PASSIVE};

        if (getaddrinfo(host, NULL, &hints, &found) != 0) {
            continue;
        }
        if (families[i] == AF_INET) {
            struct sockaddr_in *in = (void *)found->ai_addr;

            set_v4(address, &in->sin_addr, port);
        } else {
            struct sockaddr_in6 *in = (void *)found->ai_addr;

            set_v6(address, &in->sin6_addr, port);
        }
        freeaddrinfo(found);
        return true;
    }
    return false;
}

/* `host` without brackets; "" is every address. */
static bool parse_host(const char *host, bool bracketed, uint16_t port,
                       sl_address *address)
{
    struct in6_addr v6;
    struct in_addr v4;

    if (bracketed) {
        if (inet_pton(AF_INET6, host, &v6) != 1) {
            return false;
        }
        set_v6(address, &v6, port);
        return true;
    }
    if (*host == '\0') {
        set_v6(address, &in6addr_any, port);
        address->any = true;
        return true;
    }
    if (inet_pton(AF_INET, host, &v4) == 1) {
        set_v4(address, &v4, port);
        return true;
    }
    return look_up(host, port, address);
}

/* `text` is [HOST]:PORT or HOST:PORT, `colon` the one before the port. */
static sl_status parse_inet(const char *text, const char *colon,
                            sl_address *address, char *error)
{
    size_t len = (size_t)(colon - text);
    bool bracketed = len >= 2 && text[0] == '[' && colon[-1] == ']';
    const char *start = bracketed ? text + 1 : text;
    sl_address parsed = {0};
    char host[256];
    uint16_t port;

    if (!parse_port(colon + 1, &port)) {
        return refuse(error, text, "the port is no number from 0 to 65535");
    }
    if (!bracketed && memchr(text, ':', len) != NULL) {
        return refuse(error, text, "an IPv6 address needs brackets");
    }
    len -= bracketed ? 2 : 0;
    if (len >= sizeof host) {
        return refuse(error, text, "the name is too long");
    }
    memcpy(host, start, len);
    host[len] = '\0';
    if (!parse_host(host, bracketed, port, &parsed)) {
        return refuse(error, text, "no such address or name");
    }
    *address = parsed;
    return SL_OK;
}

size_t sl_address_text_len(const char *text)
{
    size_t len = strlen(text);
    size_t suffix = sizeof proxy_suffix - 1;

    return len > suffix && strcmp(text + len - suffix, proxy_suffix) == 0
               ? len - suffix
               : len;
}

static sl_status parse_place(const char *text, sl_address *address, char *error)
{
    const char *colon = strrchr(text, ':');

    if (strncmp(text, unix_prefix, strlen(unix_prefix)) == 0) {
        return parse_unix(text, address, error);
    }
    if (colon == NULL || strchr(colon, ']') != NULL) {
        return refuse(error, text, "the port is missing");
    }
    return parse_inet(text, colon, address, error);
}

sl_status sl_address_parse(const char *text, sl_address *address, char *error)
{
    size_t len = sl_address_text_len(text);
    char place[512]; /* a name has at most 255 bytes, a path 107 */
    sl_status rc;

    if (len >= sizeof place) {
        return refuse(error, text, "it is too long");
    }
    memcpy(place, text, len);
    place[len] = '\0';
    rc = parse_place(place, address, error);
    if (rc == SL_OK) {
        address->proxy = text[len] != '\0';
    }
    return rc;
}

static void format_v6(const struct sockaddr_in6 *v6, char *text)
{
    char host[INET6_ADDRSTRLEN];

    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], host, sizeof host);
        (void)snprintf(text, SL_ADDRESS_TEXT, "%s:%u", host,
                       ntohs(v6->sin6_port));
        return;
    }
    inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
    (void)snprintf(text, SL_ADDRESS_TEXT, "[%s]:%u", host,
                   ntohs(v6->sin6_port));
}

void sl_address_format(const sl_address *address, char *text)
{
    const struct sockaddr_in *v4 = (const void *)&address->storage;
    const char *path = sl_address_path(address);
    char host[INET_ADDRSTRLEN];

    switch (address->storage.ss_family) {
    case AF_INET:
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        (void)snprintf(text, SL_ADDRESS_TEXT, "%s:%u", host,
                       ntohs(v4->sin_port));
        break;
    case AF_INET6:
        format_v6((const void *)&address->storage, text);
        break;
    default:
        (void)snprintf(text, SL_ADDRESS_TEXT, "%s%s", unix_prefix,
                       path ? path : "");
        break;
    }
    if (address->proxy) {
        size_t len = strlen(text);

        (void)snprintf(text + len, SL_ADDRESS_TEXT - len, "%s", proxy_suffix);
    }
}

const char *sl_address_path(const sl_address *address)
{
    const struct sockaddr_un *un = (const void *)&address->storage;

    if (address->storage.ss_family != AF_UNIX ||
        address->len <= offsetof(struct sockaddr_un, sun_path) ||
        un->sun_path[0] == '\0') {
        return NULL;
    }
    return un->sun_path;
}

sl_address sl_address_from_ip(const sl_ip *ip, uint16_t port)
{
    sl_address address = {0};
    struct in6_addr in;

    memcpy(&in, ip->bytes, sizeof in);
    set_v6(&address, &in, port);
    return address;
}

bool sl_address_ip(const sl_address *address, sl_ip *ip)
{
    const struct sockaddr_in *v4 = (const void *)&address->storage;
    const struct sockaddr_in6 *v6 = (const void *)&address->storage;
    uint8_t bytes[4];

    switch (address->storage.ss_family) {
    case AF_INET:
        memcpy(bytes, &v4->sin_addr, sizeof bytes);
        *ip = sl_ip_from_v4(bytes);
        return true;
    case AF_INET6:
        memcpy(ip->bytes, &v6->sin6_addr, sizeof ip->bytes);
        return true;
    default:
        return false;
    }
}
