/* Addresses to listen on, and of clients, as text. */
#include "net/address.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

static void check_round_trip(const char *text, const char *expected)
{
    char error[SL_ADDRESS_ERROR] = "";
    char out[SL_ADDRESS_TEXT];
    sl_address address;

    if (sl_address_parse(text, &address, error) != SL_OK) {
        fail_msg("%s: %s", text, error);
    }
    sl_address_format(&address, out);
    assert_string_equal(out, expected);
}

static void check_refused(const char *text, const char *why)
{
    char error[SL_ADDRESS_ERROR] = "";
    sl_address address;

    CHECK(sl_address_parse(text, &address, error) == SL_EINVAL);
    if (strstr(error, why) == NULL) {
        fail_msg("%s: %s", text, error);
    }
}

static void numeric_addresses_round_trip(void **state)
{
    check_round_trip("127.0.0.1:8080", "127.0.0.1:8080");
    check_round_trip("0.0.0.0:0", "0.0.0.0:0");
    check_round_trip("[::1]:65535", "[::1]:65535");
    check_round_trip("[2001:db8:0::1]:80", "[2001:db8::1]:80");
    check_round_trip("unix:/run/sluice.sock", "unix:/run/sluice.sock");
    check_round_trip("unix:relative:name", "unix:relative:name");
}

static void a_bare_port_is_every_address(void **state)
{
    char error[SL_ADDRESS_ERROR];
    sl_address address;

    CHECK(sl_address_parse(":8080", &address, error) == SL_OK);
    CHECK(address.any);
    CHECK(address.storage.ss_family == AF_INET6);
    CHECK(sl_address_parse("[::]:8080", &address, error) == SL_OK);
    CHECK(!address.any);
}

static void the_proxy_protocol_stands_behind_an_address(void **state)
{
    char error[SL_ADDRESS_ERROR];
    sl_address address;

    check_round_trip("127.0.0.1:80 proxy", "127.0.0.1:80 proxy");
    check_round_trip("unix:/run/a b proxy", "unix:/run/a b proxy");
    CHECK(sl_address_parse("[::1]:80 proxy", &address, error) == SL_OK);
    CHECK(address.proxy && !address.any);
    CHECK(sl_address_parse(":80 proxy", &address, error) == SL_OK);
    CHECK(address.proxy && address.any);
    CHECK(sl_address_parse(":80", &address, error) == SL_OK);
    CHECK(!address.proxy);
    check_refused("127.0.0.1:80  proxy", "no number");
    check_refused("127.0.0.1:80 proxies", "\" proxy\"");
    check_refused(" proxy", "port is missing");
}

static void localhost_is_ipv4_first(void **state)
{
    check_round_trip("localhost:8080", "127.0.0.1:8080");
}

static void what_is_no_address_is_refused_with_a_reason(void **state)
{
    check_refused("", "port is missing");
    check_refused("8080", "port is missing");
    check_refused("127.0.0.1", "port is missing");
    check_refused("[::1]", "port is missing");
    check_refused("127.0.0.1:", "no number from 0 to 65535");
    check_refused("127.0.0.1:65536", "no number from 0 to 65535");
    check_refused("127.0.0.1:-1", "no number from 0 to 65535");
    check_refused("127.0.0.1:80x", "no number from 0 to 65535");
    check_refused("::1:8080", "needs brackets");
    check_refused("[127.0.0.1]:8080", "no such address");
    check_refused("[::g]:8080", "no such address");
    check_refused("unix:", "path is missing");
}

static void a_unix_path_that_does_not_fit_is_refused(void **state)
{
    char text[5 + 108 + 1] = "unix:";

    memset(text + 5, 'a', 108);
    check_refused(text, "more than 107 bytes");
    text[5 + 107] = '\0';
    check_round_trip(text, text);
}

static void a_mapped_client_is_shown_as_ipv4(void **state)
{
    char error[SL_ADDRESS_ERROR];
    char text[SL_ADDRESS_TEXT];
    sl_address address;

    CHECK(sl_address_parse("[::ffff:10.1.2.3]:5", &address, error) == SL_OK);
    sl_address_format(&address, text);
    assert_string_equal(text, "10.1.2.3:5");
}

static void an_unnamed_unix_client_has_no_path(void **state)
{
    sl_address address = {.len = sizeof(sa_family_t)};
    char text[SL_ADDRESS_TEXT];

    address.storage.ss_family = AF_UNIX;
    CHECK(sl_address_path(&address) == NULL);
    sl_address_format(&address, text);
    assert_string_equal(text, "unix:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numeric_addresses_round_trip),
        cmocka_unit_test(a_bare_port_is_every_address),
        cmocka_unit_test(the_proxy_protocol_stands_behind_an_address),
        cmocka_unit_test(localhost_is_ipv4_first),
        cmocka_unit_test(what_is_no_address_is_refused_with_a_reason),
        cmocka_unit_test(a_unix_path_that_does_not_fit_is_refused),
        cmocka_unit_test(a_mapped_client_is_shown_as_ipv4),
        cmocka_unit_test(an_unnamed_unix_client_has_no_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
