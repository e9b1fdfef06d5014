/* Digests of what comes piece by piece, by nettle. */
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>

#include <lauxlib.h>

#include "script/host.h"

static const char class_name[] = "sluice.hash";

typedef enum kind { KIND_SHA256, KIND_SHA512, KIND_HMAC_SHA256 } kind;

/* One digest; Lua's memory, and nothing that would have to be freed. */
typedef struct hash {
    kind kind;
    union {
        struct sha256_ctx sha256;
        struct sha512_ctx sha512;
        struct hmac_sha256_ctx hmac;
    } as;
} hash;

static const uint8_t *bytes_of(lua_State *lua, int index, size_t *len)
{
    return (const uint8_t *)luaL_checklstring(lua, index, len);
}

int sl_host_new_hash(lua_State *lua)
{
    static const char *const names[] = {"sha256", "sha512", "hmac_sha256",
                                        NULL};
    kind which = (kind)luaL_checkoption(lua, 1, NULL, names);
    hash *h = lua_newuserdata(lua, sizeof *h);

    h->kind = which;
    if (which == KIND_SHA256) {
        sha256_init(&h->as.sha256);
    } else if (which == KIND_SHA512) {
        sha512_init(&h->as.sha512);
    } else {
        size_t len;
        const uint8_t *key = bytes_of(lua, 2, &len);

        hmac_sha256_set_key(&h->as.hmac, len, key);
    }
    luaL_newmetatable(lua, class_name);
    lua_setmetatable(lua, -2);
    return 1;
}

int sl_host_update_hash(lua_State *lua)
{
    hash *h = luaL_checkudata(lua, 1, class_name);
    size_t len;
    const uint8_t *bytes = bytes_of(lua, 2, &len);

    if (h->kind == KIND_SHA256) {
        sha256_update(&h->as.sha256, len, bytes);
    } else if (h->kind == KIND_SHA512) {
        sha512_update(&h->as.sha512, len, bytes);
    } else {
        hmac_sha256_update(&h->as.hmac, len, bytes);
    }
    return 0;
}

/* Of a copy, because what makes a digest begins again with nothing. */
int sl_host_digest(lua_State *lua)
{
    const hash *h = luaL_checkudata(lua, 1, class_name);
    hash copy = *h;
    uint8_t digest[SHA512_DIGEST_SIZE];
    size_t len = SHA256_DIGEST_SIZE;

    if (copy.kind == KIND_SHA256) {
        sha256_digest(&copy.as.sha256, len, digest);
    } else if (copy.kind == KIND_SHA512) {
        len = SHA512_DIGEST_SIZE;
        sha512_digest(&copy.as.sha512, len, digest);
    } else {
        hmac_sha256_digest(&copy.as.hmac, len, digest);
    }
    lua_pushlstring(lua, (const char *)digest, len);
    return 1;
}

int sl_host_equal_bytes(lua_State *lua)
{
    size_t len, other_len;
    const uint8_t *bytes = bytes_of(lua, 1, &len);
    const uint8_t *other = bytes_of(lua, 2, &other_len);

    lua_pushboolean(lua, len == other_len && memeql_sec(bytes, other, len));
    return 1;
}
