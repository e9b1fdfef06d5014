/* Headers of the PROXY protocol, whole, in parts, and wrong. */
#include "http/proxy_header.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 "\xc0\x00\x02\x01\xcb\x00\x71\x07\xdc\x04\x01\xbb"

static sl_status read_text(const char *text, sl_proxy_header *header)
{
    const char *why = NULL;
    sl_status rc = sl_proxy_header_read(text, strlen(text), header, &why);

    CHECK((rc == SL_EINVAL) == (why != NULL));
    return rc;
}

static bool is_ip(const sl_proxy_endpoint *endpoint, const char *ip,
                  unsigned port)
{
    sl_ip expected;

    CHECK(sl_ip_parse(ip, strlen(ip), &expected));
    return memcmp(&expected, &endpoint->ip, sizeof expected) == 0 &&
           endpoint->port == port;
}

/* All that is in front of the last byte that counts is not enough. */
static void check_parts(const char *data, size_t needed)
{
    sl_proxy_header header;
    const char *why;

    for (size_t len = 0; len < needed; len++) {
        CHECK(sl_proxy_header_read(data, len, &header, &why) == SL_EMPTY);
    }
    CHECK(sl_proxy_header_read(data, needed, &header, &why) == SL_OK);
}

static void a_line_names_the_client(void **state)
{
    static const char v4[] =
        "PROXY TCP4 192.0.2.1 203.0.113.7 56324 443\r\nGET";
    static const char v6[] = "PROXY TCP6 2001:db8::1 ::1 65535 0\r\n";
    sl_proxy_header header;

    CHECK(read_text(v4, &header) == SL_OK);
    CHECK(header.has_client && header.length == sizeof v4 - 1 - 3);
    CHECK(is_ip(&header.client, "192.0.2.1", 56324));
    CHECK(is_ip(&header.called, "203.0.113.7", 443));
    check_parts(v4, sizeof v4 - 1 - 3);
    CHECK(read_text(v6, &header) == SL_OK);
    CHECK(is_ip(&header.client, "2001:db8::1", 65535));
    CHECK(is_ip(&header.called, "::1", 0));
    check_parts(v6, sizeof v6 - 1);
}

static void an_unknown_client_is_passed_over(void **state)
{
    static const char longest[] =
        "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
    sl_proxy_header header;

    CHECK(read_text("PROXY UNKNOWN\r\n", &header) == SL_OK);
    CHECK(!header.has_client && header.length == 15);
    CHECK(sizeof longest - 1 == SL_PROXY_HEADER_BYTES);
    CHECK(read_text(longest, &header) == SL_OK);
    CHECK(!header.has_client && header.length == SL_PROXY_HEADER_BYTES);
}

static void a_malformed_line_is_refused(void **state)
{
    static const char *const bad[] = {
        "G",
        "GET / HTTP/1.1\r\n",
        "PROXYTCP4",
        "PROXY \r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
        "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
        "PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY UNKNOWNS\r\n",
        "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
    };
    char endless[SL_PROXY_HEADER_BYTES + 1] = "PROXY UNKNOWN ";
    sl_proxy_header header;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (read_text(bad[i], &header) != SL_EINVAL) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    memset(endless + 14, 'x', sizeof endless - 15);
    CHECK(read_text(endless, &header) == SL_EINVAL);
}

static void binary_headers_name_the_client(void **state)
{
    static const char v4[] = SIGNATURE "\x21\x11\0\x0c" V4 "GET";
    static const char v6[] =
        SIGNATURE "\x21\x21\0\x24"
                  "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
                  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\xff\xff\0\x50";
    sl_proxy_header header;
    const char *why;

    CHECK(sl_proxy_header_read(v4, sizeof v4 - 1, &header, &why) == SL_OK);
    CHECK(header.has_client && header.length == 28);
    CHECK(is_ip(&header.client, "192.0.2.1", 56324));
    CHECK(is_ip(&header.called, "203.0.113.7", 443));
    check_parts(v4, 28);
    CHECK(sl_proxy_header_read(v6, sizeof v6 - 1, &header, &why) == SL_OK);
    CHECK(header.length == sizeof v6 - 1);
    CHECK(is_ip(&header.client, "2001:db8::1", 65535));
    CHECK(is_ip(&header.called, "::1", 80));
    check_parts(v6, sizeof v6 - 1);
}

/* What follows the addresses need not be there to be passed over. */
static void what_is_behind_the_addresses_counts_as_length(void **state)
{
    static const char tlv[] = SIGNATURE "\x21\x11\xff\xff" V4;
    sl_proxy_header header;
    const char *why;

    CHECK(sl_proxy_header_read(tlv, sizeof tlv - 1, &header, &why) == SL_OK);
    CHECK(header.has_client && header.length == 16 + 65535);
}

static void what_names_nobody_keeps_who_connected(void **state)
{
    static const struct {
        const char bytes[5];
        size_t length;
    } good[] = {
        {"\x20\0\0\0", 16},      /* LOCAL */
        {"\x20\x11\0\x0c", 28},  /* LOCAL, with addresses */
        {"\x20\xff\0\x01", 17},  /* LOCAL: the family does not matter */
        {"\x21\0\0\0", 16},      /* unspecified */
        {"\x21\x10\0\0", 16},    /* likewise, its transport */
        {"\x21\x31\0\xd8", 232}, /* unix sockets */
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char data[16] = SIGNATURE;
        sl_proxy_header header;
        const char *why;

        memcpy(data + 12, good[i].bytes, 4);
        CHECK(sl_proxy_header_read(data, 16, &header, &why) == SL_OK);
        CHECK(!header.has_client && header.length == good[i].length);
    }
}

static void a_malformed_binary_header_is_refused(void **state)
{
    static const char bad[][5] = {
        "\x11\x11\0\x0c", /* another version */
        "\x22\x11\0\x0c", /* another command */
        "\x21\x41\0\x0c", /* another family */
        "\x21\x13\0\x0c", /* another transport */
        "\x21\x11\0\x0b", /* no room for the addresses */
        "\x21\x21\0\x23",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char data[64] = SIGNATURE;
        sl_proxy_header header;
        const char *why = NULL;

        memcpy(data + 12, bad[i], 4);
        CHECK(sl_proxy_header_read(data, 64, &header, &why) == SL_EINVAL);
        CHECK(why != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_names_the_client),
        cmocka_unit_test(an_unknown_client_is_passed_over),
        cmocka_unit_test(a_malformed_line_is_refused),
        cmocka_unit_test(binary_headers_name_the_client),
        cmocka_unit_test(what_is_behind_the_addresses_counts_as_length),
        cmocka_unit_test(what_names_nobody_keeps_who_connected),
        cmocka_unit_test(a_malformed_binary_header_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
