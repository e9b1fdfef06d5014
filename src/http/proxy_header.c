#include "http/proxy_header.h"

#include <string.h>

static sl_status refuse(const char **why, const char *reason)
{
    *why = reason;
    return SL_EINVAL;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* --- Version 1: a line ------------------------------------------------------------ */

static const char prefix[] = "PROXY ";
static const char unknown[] = "UNKNOWN";

enum { PREFIX = sizeof prefix - 1, UNKNOWN = sizeof unknown - 1 };

/* What is left of a line, which is read word by word. */
typedef struct words {
    const char *at;
    const char *end;
} words;

/* The next word; one blank stands behind each but the last. */
static words take_word(words *line)
{
    size_t left = (size_t)(line->end - line->at);
    const char *blank = memchr(line->at, ' ', left);
    words word = {line->at, blank != NULL ? blank : line->end};

    line->at = blank != NULL ? blank + 1 : line->end;
    return word;
}

static bool read_ip(words word, bool is_v6, sl_ip *ip)
{
    size_t len = (size_t)(word.end - word.at);

    return (memchr(word.at, ':', len) != NULL) == is_v6 &&
           sl_ip_parse(word.at, len, ip);
}

static bool read_port(words word, uint16_t *port)
{
    size_t len = (size_t)(word.end - word.at);
    unsigned value = 0;

    if (len == 0 || len > 5 || (*word.at == '0' && len > 1)) {
        return false;
    }
    for (; word.at < word.end; word.at++) {
        if (*word.at < '0' || *word.at > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(*word.at - '0');
    }
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

/* "TCP4 SOURCE DESTINATION PORT PORT", or "UNKNOWN" and anything. */
static bool read_words(words line, sl_proxy_header *header)
{
    size_t len = (size_t)(line.end - line.at);
    words family;
    bool is_v6;

    if (len >= UNKNOWN && memcmp(line.at, unknown, UNKNOWN) == 0) {
        return len == UNKNOWN || line.at[UNKNOWN] == ' ';
    }
    family = take_word(&line);
    if (family.end - family.at != 4 || memcmp(family.at, "TCP", 3) != 0 ||
        (family.at[3] != '4' && family.at[3] != '6')) {
        return false;
    }
    is_v6 = family.at[3] == '6';
    header->has_client = read_ip(take_word(&line), is_v6, &header->client.ip) &&
                         read_ip(take_word(&line), is_v6, &header->called.ip) &&
                         read_port(take_word(&line), &header->client.port) &&
                         line.at < line.end &&
                         read_port(line, &header->called.port);
    return header->has_client;
}

static sl_status read_line(const char *data, size_t len,
                           sl_proxy_header *header, const char **why)
{
    sl_proxy_header found = {0};
    size_t most = least(len, SL_PROXY_HEADER_BYTES);
    const char *feed = memchr(data, '\n', most);

    if (feed == NULL) {
        return len < SL_PROXY_HEADER_BYTES
                   ? SL_EMPTY
                   : refuse(why, "its PROXY line does not end");
    }
    if (feed[-1] != '\r' ||
        !read_words((words){data + PREFIX, feed - 1}, &found)) {
        return refuse(why, "its PROXY line is malformed");
    }
    found.length = (size_t)(feed - data) + 1;
    *header = found;
    return SL_OK;
}

/* --- Version 2: binary ------------------------------------------------------------ */

static const char signature[] = "\r\n\r\n\0\r\nQUIT\n";

enum {
    SIGNATURE = sizeof signature - 1,
    FIXED = 16, /* signature, version and command, family, length */
    V4_BYTES = 4 + 4 + 2 + 2,
    V6_BYTES = 16 + 16 + 2 + 2
};

enum { LOCAL = 0x20, PROXY = 0x21 };
enum { UNSPECIFIED, INET, INET6, UNIX };

static unsigned number_at(const char *data)
{
    const unsigned char *bytes = (const unsigned char *)data;

    return (unsigned)bytes[0] << 8 | bytes[1];
}

static size_t addresses_of(unsigned family)
{
    return family == INET ? V4_BYTES : family == INET6 ? V6_BYTES : 0;
}

static sl_ip ip_at(const char *data, unsigned family)
{
    uint8_t v4[4];
    sl_ip ip;

    if (family == INET) {
        memcpy(v4, data, sizeof v4);
        return sl_ip_from_v4(v4);
    }
    memcpy(ip.bytes, data, sizeof ip.bytes);
    return ip;
}

static void read_addresses(const char *data, unsigned family,
                           sl_proxy_header *header)
{
    size_t size = family == INET ? 4 : 16;

    header->has_client = true;
    header->client.ip = ip_at(data, family);
    header->called.ip = ip_at(data + size, family);
    header->client.port = (uint16_t)number_at(data + 2 * size);
    header->called.port = (uint16_t)number_at(data + 2 * size + 2);
}

static sl_status read_binary(const char *data, size_t len,
                             sl_proxy_header *header, const char **why)
{
    sl_proxy_header found = {0};
    unsigned command;
    unsigned family;
    unsigned length;

    if (len < FIXED) {
        return SL_EMPTY;
    }
    command = (unsigned char)data[SIGNATURE];
    family = (unsigned char)data[SIGNATURE + 1];
    length = number_at(data + SIGNATURE + 2);
    found.length = FIXED + length;
    if (command != LOCAL && command != PROXY) {
        return refuse(why, "its PROXY header is of another version");
    }
    if (command == PROXY) {
        bool has_transport = (family & 15) != 0; /* stream, or datagram */
        size_t needed = has_transport ? addresses_of(family >> 4) : 0;

        if (family >> 4 > UNIX || (family & 15) > 2) {
            return refuse(why, "its PROXY header has an unknown family");
        }
        if (length < needed) {
            return refuse(why, "its PROXY header is too short");
        }
        if (len < FIXED + needed) {
            return SL_EMPTY;
        }
        if (needed > 0) {
            read_addresses(data + FIXED, family >> 4, &found);
        }
    }
    *header = found;
    return SL_OK;
}

sl_status sl_proxy_header_read(const char *data, size_t len,
                               sl_proxy_header *header, const char **why)
{
    if (memcmp(data, prefix, least(len, PREFIX)) == 0) {
        return read_line(data, len, header, why);
    }
    if (memcmp(data, signature, least(len, SIGNATURE)) == 0) {
        return read_binary(data, len, header, why);
    }
    return refuse(why, "it does not begin with a PROXY header");
}
