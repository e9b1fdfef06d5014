/* Targets, authorities, addresses, and what proxies say: spans of the input
 * that keep what their headers promise. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "http/forwarded.h"
#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TARGET_BYTES = 2048 };

static bool is_within(sl_span part, sl_span whole)
{
    return part.len == 0 || (part.data >= whole.data &&
                             part.data + part.len <= whole.data + whole.len);
}

static bool is_static(sl_span part, const char *text)
{
    return part.len == strlen(text) && memcmp(part.data, text, part.len) == 0;
}

static void check_target(sl_span text, bool is_options)
{
    sl_target target;

    if (!sl_target_parse(text, is_options, &target)) {
        return;
    }
    CHECK(is_within(target.path, text) || is_static(target.path, "/") ||
          is_static(target.path, "*"));
    CHECK(target.path.len > 0 && (target.path.data[0] == '/' ||
                                  (is_options && is_static(target.path, "*"))));
    CHECK(target.query.data == NULL || is_within(target.query, text));
    CHECK(target.authority.data == NULL || sl_is_authority(target.authority));
    for (size_t i = 0; i < text.len; i++) {
        CHECK(text.data[i] > ' ' && text.data[i] < 0x7f);
    }
    for (size_t i = 0; i < target.path.len; i++) {
        CHECK(target.path.data[i] != '%' || i + 2 < target.path.len);
    }
}

static void check_said(sl_fields *fields, const sl_networks *trusted)
{
    sl_forwarded said = sl_forwarded_read(fields, trusted);
    sl_span whole = fields->items[0].value;

    CHECK(said.client.data == NULL || is_within(said.client, whole));
    CHECK(said.scheme.data == NULL || is_static(said.scheme, "http") ||
          is_static(said.scheme, "https"));
    CHECK(said.host.data == NULL || sl_is_authority(said.host));
}

static void check_forwarded(sl_span text)
{
    static const char *const names[] = {"Forwarded", "X-Forwarded-For",
                                        "X-Forwarded-Host"};
    sl_networks trusted = {0};
    sl_arena_pool pool;
    sl_arena arena;

    CHECK(sl_networks_add(&trusted, "10.0.0.0/8"));
    sl_arena_pool_init(&pool, 1);
    sl_arena_init(&arena, &pool);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        sl_fields fields;

        sl_fields_init(&fields, &arena);
        sl_fields_push(&fields, (sl_span){names[i], strlen(names[i])}, text);
        check_said(&fields, &trusted);
    }
    sl_arena_reset(&arena);
    sl_arena_pool_deinit(&pool);
    sl_networks_deinit(&trusted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy;
    sl_span text;
    sl_ip ip;

    if (size == 0 || size > TARGET_BYTES) {
        return 0;
    }
    copy = malloc(size); /* of its size, so that a read past it is seen */
    CHECK(copy != NULL);
    memcpy(copy, data, size);
    text = (sl_span){copy, size};
    check_target(text, false);
    check_target(text, true);
    (void)sl_is_authority(text);
    (void)sl_ip_parse(copy, size, &ip);
    check_forwarded(text);
    free(copy);
    return 0;
}
