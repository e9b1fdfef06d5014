/* Headers of the PROXY protocol: what is read of a prefix is never taken back,
 * and nothing behind SL_PROXY_HEADER_BYTES decides. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "http/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From memory of its size, so that a read past it is seen. */
static sl_status read_prefix(const uint8_t *data, size_t len,
                             sl_proxy_header *header)
{
    char *copy = malloc(len + (len == 0));
    const char *why = NULL;
    sl_status rc;

    CHECK(copy != NULL);
    memcpy(copy, data, len);
    rc = sl_proxy_header_read(copy, len, header, &why);
    CHECK((rc == SL_EINVAL) == (why != NULL));
    free(copy);
    return rc;
}

static bool is_same(const sl_proxy_header *a, const sl_proxy_header *b)
{
    return a->length == b->length && a->has_client == b->has_client &&
           memcmp(&a->client.ip, &b->client.ip, sizeof a->client.ip) == 0 &&
           memcmp(&a->called.ip, &b->called.ip, sizeof a->called.ip) == 0 &&
           a->client.port == b->client.port && a->called.port == b->called.port;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sl_status before = SL_EMPTY;
    sl_proxy_header first = {0};

    for (size_t len = 0; len <= size && len < 256; len++) {
        sl_proxy_header header = {0};
        sl_status rc = read_prefix(data, len, &header);

        CHECK(rc == SL_OK || rc == SL_EMPTY || rc == SL_EINVAL);
        CHECK(rc != SL_EMPTY || len < SL_PROXY_HEADER_BYTES);
        CHECK(before == SL_EMPTY || rc == before);
        if (rc == SL_OK && before == SL_EMPTY) {
            CHECK(header.length >= len || *data != '\r');
            CHECK(header.length <= 16 + 65535);
            first = header;
        }
        CHECK(rc != SL_OK || is_same(&header, &first));
        before = rc;
    }
    return 0;
}
