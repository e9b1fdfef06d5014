/* Whom the server trusts, and what it believes them. */
#include "http/forwarded.h"

#include <string.h>

#include "check.h"

static bool is_ip(const char *text)
{
    sl_ip ip;

    return sl_ip_parse(text, strlen(text), &ip);
}

static void addresses_are_parsed_strictly(void **state)
{
    static const char *const good[] = {
        "0.0.0.0",
        "255.255.255.255",
        "::",
        "::1",
        "1::",
        "1:2:3:4:5:6:7:8",
        "1::8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "::ffff:1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4",
        "FE80::AbCd",
    };
    static const char *const bad[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.04",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1..2.3",
        "0x1.2.3.4",
        "1.2.3.4:80",
        ":",
        ":::",
        "1:",
        ":1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "12345::",
        "g::",
        "[::1]",
        "fe80::1%eth0",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3",
        "1.2.3.4::",
        "1:2:3:4::5:6:7:8",
        "unix",
    };
    sl_ip a;
    sl_ip b;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!is_ip(good[i])) {
            print_error("refused: %s\n", good[i]);
        }
        CHECK(is_ip(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (is_ip(bad[i])) {
            print_error("taken: %s\n", bad[i]);
        }
        CHECK(!is_ip(bad[i]));
    }
    CHECK(sl_ip_parse("::ffff:1.2.3.4", 14, &a) && sl_ip_is_v4(&a));
    CHECK(sl_ip_parse("1.2.3.4", 7, &b) && memcmp(&a, &b, sizeof a) == 0);
    CHECK(sl_ip_parse("1::8", 4, &a) && a.bytes[1] == 1 && a.bytes[15] == 8);
}

static bool holds(const sl_networks *networks, const char *text)
{
    sl_ip ip;

    CHECK(sl_ip_parse(text, strlen(text), &ip));
    return sl_networks_hold(networks, &ip);
}

static void networks_hold_what_is_in_them(void **state)
{
    static const char *const bad[] = {
        "",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "10.0.0.0/",
        "::/129",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "localhost",
        "10.0.0.0/0x8",
        "1::1/64",
    };
    sl_networks networks = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(!sl_networks_add(&networks, bad[i]));
    }
    CHECK(networks.count == 0);
    CHECK(sl_networks_add(&networks, "10.16.0.0/12"));
    CHECK(sl_networks_add(&networks, "192.0.2.1"));
    CHECK(sl_networks_add(&networks, "2001:db8::/33"));
    CHECK(holds(&networks, "10.16.0.0") && holds(&networks, "10.31.255.255"));
    CHECK(!holds(&networks, "10.15.0.0") && !holds(&networks, "10.32.0.0"));
    CHECK(holds(&networks, "::ffff:10.17.1.1"));
    CHECK(holds(&networks, "192.0.2.1") && !holds(&networks, "192.0.2.2"));
    CHECK(holds(&networks, "2001:db8:7fff::1"));
    CHECK(!holds(&networks, "2001:db8:8000::1") && !holds(&networks, "::"));
    CHECK(!networks.has_unix && sl_networks_add(&networks, "unix") &&
          networks.has_unix);
    CHECK(sl_networks_add(&networks, "0.0.0.0/0") &&
          holds(&networks, "8.8.8.8") && !holds(&networks, "1::"));
    sl_networks_deinit(&networks);
}

static bool same(sl_span span, const char *text)
{
    if (text == NULL) {
        return span.data == NULL;
    }
    return span.data != NULL && span.len == strlen(text) &&
           memcmp(span.data, text, span.len) == 0;
}

typedef struct saying {
    const char *names[3];
    const char *values[3];
    const char *client;
    const char *scheme;
    const char *host;
} saying;

#define FOR "X-Forwarded-For"
#define PROTO "X-Forwarded-Proto"
#define HOST "X-Forwarded-Host"
#define STD "Forwarded"

static void proxies_are_believed_as_far_as_they_are_trusted(void **state)
{
    static const saying sayings[] = {
        {{NULL}, {NULL}, NULL, NULL, NULL},
        {{FOR}, {"1.1.1.1"}, "1.1.1.1", NULL, NULL},
        {{FOR}, {"6.6.6.6, 1.1.1.1"}, "1.1.1.1", NULL, NULL},
        {{FOR}, {"6.6.6.6,1.1.1.1 , 10.0.0.2"}, "1.1.1.1", NULL, NULL},
        {{FOR, FOR}, {"1.1.1.1", "10.0.0.2,10.0.0.3"}, "1.1.1.1", NULL, NULL},
        {{FOR}, {"10.0.0.2"}, "10.0.0.2", NULL, NULL},
        {{FOR}, {"1.1.1.1:99"}, "1.1.1.1", NULL, NULL},
        {{FOR}, {"[2001:db8::1]:99"}, "2001:db8::1", NULL, NULL},
        {{FOR}, {"2001:db8::1"}, "2001:db8::1", NULL, NULL},
        {{FOR}, {"1.1.1.1, ,"}, "1.1.1.1", NULL, NULL},
        {{FOR}, {"1.1.1.1, evil\"><script>"}, NULL, NULL, NULL},
        {{FOR}, {"1.1.1.1, nonsense, 10.0.0.2"}, "10.0.0.2", NULL, NULL},
        {{FOR}, {"unknown"}, "unknown", NULL, NULL},
        {{FOR}, {""}, NULL, NULL, NULL},
        {{PROTO}, {"https"}, NULL, "https", NULL},
        {{PROTO}, {"HTTPS"}, NULL, "https", NULL},
        {{PROTO}, {"gopher"}, NULL, NULL, NULL},
        {{HOST}, {"example.org:8443"}, NULL, NULL, "example.org:8443"},
        {{HOST}, {"a b"}, NULL, NULL, NULL},
        {{HOST}, {"evil/../"}, NULL, NULL, NULL},
        /* The entry of the proxy that saw the client; not the client's own. */
        {{FOR, PROTO, HOST},
         {"6.6.6.6, 1.1.1.1, 10.0.0.2", "http, https, http", "evil, a, b"},
         "1.1.1.1",
         "https",
         "a"},
        {{FOR, PROTO},
         {"1.1.1.1, 10.0.0.2", "https"},
         "1.1.1.1",
         "https",
         NULL},
        {{STD}, {"for=1.1.1.1;proto=https;host=a"}, "1.1.1.1", "https", "a"},
        {{STD},
         {"For=\"[2001:db8::1]:47\" ; Proto=HTTPS"},
         "2001:db8::1",
         "https",
         NULL},
        {{STD},
         {"for=6.6.6.6;host=evil, for=1.1.1.1;host=a, for=10.0.0.2"},
         "1.1.1.1",
         NULL,
         "a"},
        {{STD}, {"for=\"_hidden\""}, "_hidden", NULL, NULL},
        {{STD}, {"for=\"a,b;for=1.1.1.1\""}, NULL, NULL, NULL},
        {{STD}, {"by=10.0.0.1"}, NULL, NULL, NULL},
        {{STD}, {"for=\"1.1.1.1"}, NULL, NULL, NULL},
        {{STD, FOR}, {"for=1.1.1.1", "2.2.2.2"}, "1.1.1.1", NULL, NULL},
    };
    sl_networks trusted = {0};
    sl_arena_pool pool;
    sl_arena arena;

    (void)state;
    CHECK(sl_networks_add(&trusted, "10.0.0.0/8"));
    sl_arena_pool_init(&pool, 4);
    sl_arena_init(&arena, &pool);
    for (size_t i = 0; i < sizeof sayings / sizeof sayings[0]; i++) {
        const saying *said = &sayings[i];
        sl_forwarded found;
        sl_fields fields;

        sl_fields_init(&fields, &arena);
        for (int n = 0; n < 3 && said->names[n] != NULL; n++) {
            sl_fields_add(&fields, said->names[n], strlen(said->names[n]),
                          said->values[n], strlen(said->values[n]));
        }
        found = sl_forwarded_read(&fields, &trusted);
        if (!same(found.client, said->client)) {
            print_error("%s: %.*s\n", said->values[0], (int)found.client.len,
                        found.client.data ? found.client.data : "");
        }
        CHECK(same(found.client, said->client));
        CHECK(same(found.scheme, said->scheme));
        CHECK(same(found.host, said->host));
    }
    sl_arena_reset(&arena);
    sl_arena_pool_deinit(&pool);
    sl_networks_deinit(&trusted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_parsed_strictly),
        cmocka_unit_test(networks_hold_what_is_in_them),
        cmocka_unit_test(proxies_are_believed_as_far_as_they_are_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
