#include "base/ip.h"

#include <string.h>

enum { GROUPS = 8 };

sl_ip sl_ip_from_v4(const uint8_t v4[4])
{
    sl_ip ip = {{[10] = 0xff, [11] = 0xff}};

    memcpy(ip.bytes + 12, v4, 4);
    return ip;
}

bool sl_ip_is_v4(const sl_ip *ip)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(ip->bytes, mapped, sizeof mapped) == 0;
}

bool sl_ip_is_loopback(const sl_ip *ip)
{
    static const uint8_t one[16] = {[15] = 1};

    return sl_ip_is_v4(ip) ? ip->bytes[12] == 127
                           : memcmp(ip->bytes, one, sizeof one) == 0;
}

/* Take a number of at most `digits` digits in that base; -1: there is none. */
static int take_number(const char **at, const char *end, int base, int digits)
{
    const char *start = *at;
    int value = 0;

    for (; *at < end && *at - start < digits; ++*at) {
        char c = **at;
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : base;

        if (digit >= base) {
            break;
        }
        value = value * base + digit;
    }
    return *at > start ? value : -1;
}

/* Four numbers; none has a zero in front, which some read as octal. */
static bool parse_v4(const char *at, const char *end, uint8_t v4[4])
{
    for (int i = 0; i < 4; i++) {
        const char *start = at;
        int value = take_number(&at, end, 10, 3);

        if (value < 0 || value > 255 || (*start == '0' && at > start + 1)) {
            return false;
        }
        v4[i] = (uint8_t)value;
        if (i < 3 && (at == end || *at++ != '.')) {
            return false;
        }
    }
    return at == end;
}

/* Groups up to "::" or the end, at most `room` of them; false when there is
 * something else. The last two may be written as an IPv4 address. */
static bool parse_groups(const char **at, const char *end, uint8_t *bytes,
                         size_t room, size_t *count)
{
    *count = 0;
    while (*at < end && **at != ':') {
        const char *start = *at;
        int value = take_number(at, end, 16, 4);

        if (*at < end && **at == '.' && *count + 2 <= room &&
            parse_v4(start, end, bytes + 2 * *count)) {
            *at = end;
            *count += 2;
            return true;
        }
        if (value < 0 || *count == room) {
            return false;
        }
        bytes[2 * *count] = (uint8_t)(value >> 8);
        bytes[2 * *count + 1] = (uint8_t)value;
        ++*count;
        if (*at == end || end - *at < 2 || **at != ':' || (*at)[1] == ':') {
            return true;
        }
        ++*at;
    }
    return true;
}

static bool parse_v6(const char *at, const char *end, uint8_t bytes[16])
{
    uint8_t tail[16];
    size_t head;
    size_t rest;

    if (!parse_groups(&at, end, bytes, GROUPS, &head)) {
        return false;
    }
    if (at == end) {
        return head == GROUPS;
    }
    if (end - at < 2 || at[0] != ':' || at[1] != ':' || head == GROUPS) {
        return false;
    }
    at += 2;
    if (!parse_groups(&at, end, tail, GROUPS - 1 - head, &rest) || at != end) {
        return false;
    }
    memset(bytes + 2 * head, 0, 16 - 2 * head);
    memcpy(bytes + 16 - 2 * rest, tail, 2 * rest);
    return true;
}

bool sl_ip_parse(const char *text, size_t len, sl_ip *ip)
{
    sl_ip found = {{0}};
    uint8_t v4[4];

    if (parse_v4(text, text + len, v4)) {
        *ip = sl_ip_from_v4(v4);
        return true;
    }
    if (!parse_v6(text, text + len, found.bytes)) {
        return false;
    }
    *ip = found;
    return true;
}
