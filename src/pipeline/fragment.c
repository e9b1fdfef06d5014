#include "pipeline/fragment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/pipeline.h"

enum { MAX_NAME = 1024, FIRST_BUCKETS = 64 };

static const double max_ttl_ms = 9007199254740992.0; /* 2^53 */

struct sl_fragments {
    sl_pipeline *pipeline; /* for the time */
    uint64_t limit;
    uint64_t bytes; /* of names and data in the table */
    uint32_t count;
    uint32_t nbuckets; /* a power of two */
    sl_fragment **buckets;
};

sl_fragments *sl_fragments_create(sl_pipeline *pipeline, uint64_t limit_bytes)
{
    sl_fragments *store = sl_calloc(1, sizeof *store);

    store->pipeline = pipeline;
    store->limit = limit_bytes;
    store->nbuckets = FIRST_BUCKETS;
    store->buckets = sl_calloc(FIRST_BUCKETS, sizeof(sl_fragment *));
    return store;
}

void sl_fragment_unref(sl_fragment *fragment)
{
    if (--fragment->refs == 0) {
        sl_free(fragment);
    }
}

/* FNV-1a: names come from the app, not from requests. */
static uint32_t hash_of(const char *name, size_t len)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    }
    return hash;
}

static uint64_t size_of(const sl_fragment *fragment)
{
    return fragment->name_len + fragment->len;
}

/* The link that points to the fragment of that name, or to the NULL at the
 * end of its bucket. */
static sl_fragment **link_of(sl_fragments *store, const char *name, size_t len,
                             uint32_t hash)
{
    sl_fragment **link = &store->buckets[hash & (store->nbuckets - 1)];

    while (*link != NULL &&
           ((*link)->hash != hash || (*link)->name_len != len ||
            memcmp((*link)->name, name, len) != 0)) {
        link = &(*link)->next_in_bucket;
    }
    return link;
}

static void unlink_at(sl_fragments *store, sl_fragment **link)
{
    sl_fragment *fragment = *link;

    assert(fragment != NULL);
    *link = fragment->next_in_bucket;
    store->bytes -= size_of(fragment);
    store->count--;
    sl_fragment_unref(fragment);
}

static bool is_expired(const sl_fragments *store, const sl_fragment *fragment)
{
    return fragment->expires_ms != 0 &&
           fragment->expires_ms <= store->pipeline->now_ms;
}

static void drop_all(sl_fragments *store, bool only_expired)
{
    for (uint32_t i = 0; i < store->nbuckets; i++) {
        sl_fragment **link = &store->buckets[i];

        while (*link != NULL) {
            if (!only_expired || is_expired(store, *link)) {
                unlink_at(store, link);
            } else {
                link = &(*link)->next_in_bucket;
            }
        }
    }
}

void sl_fragments_destroy(sl_fragments *store)
{
    drop_all(store, false);
    sl_free(store->buckets);
    sl_free(store);
}

static void grow(sl_fragments *store)
{
    uint32_t old_count = store->nbuckets;
    sl_fragment **old = store->buckets;

    store->nbuckets *= 2;
    store->buckets = sl_calloc(store->nbuckets, sizeof(sl_fragment *));
    for (uint32_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            sl_fragment *fragment = old[i];
            sl_fragment **bucket =
                &store->buckets[fragment->hash & (store->nbuckets - 1)];

            old[i] = fragment->next_in_bucket;
            fragment->next_in_bucket = *bucket;
            *bucket = fragment;
        }
    }
    sl_free(old);
}

/* NULL when the system has no memory for it. */
static sl_fragment *make(const char *name, size_t name_len, const char *data,
                         size_t len)
{
    sl_fragment *fragment = sl_try_malloc(sizeof *fragment + name_len + len);

    if (fragment == NULL) {
        return NULL;
    }
    *fragment = (sl_fragment){
        .refs = 1,
        .hash = hash_of(name, name_len),
        .name_len = name_len,
        .len = len,
        .data = fragment->name + name_len,
    };
    memcpy(fragment->name, name, name_len);
    if (len > 0) {
        memcpy(fragment->name + name_len, data, len);
    }
    return fragment;
}

/* Is there room for `size` bytes more, if need be without what has expired? */
static bool has_room(sl_fragments *store, uint64_t size)
{
    if (size > store->limit) {
        return false;
    }
    if (store->bytes + size > store->limit) {
        drop_all(store, true);
    }
    return store->bytes + size <= store->limit;
}

sl_status sl_fragments_put(sl_fragments *store, const char *name,
                           size_t name_len, const char *data, size_t len,
                           double ttl_ms)
{
    sl_fragment *fragment;
    sl_fragment **link;
    uint64_t replaced;

    if (name_len == 0 || name_len > MAX_NAME || !(ttl_ms >= 0)) {
        return SL_EINVAL; /* also for a time that is no number */
    }
    link = link_of(store, name, name_len, hash_of(name, name_len));
    /* What has expired may have to go for the new one, and is not counted then. */
    replaced = *link != NULL && !is_expired(store, *link) ? size_of(*link) : 0;
    if (len > store->limit ||
        !has_room(store,
                  name_len + len > replaced ? name_len + len - replaced : 0)) {
        return SL_ETOOBIG;
    }
    fragment = make(name, name_len, data, len);
    if (fragment == NULL) {
        return SL_ETOOBIG;
    }
    if (ttl_ms > 0) {
        ttl_ms = ttl_ms < max_ttl_ms ? ttl_ms : max_ttl_ms;
        fragment->expires_ms = store->pipeline->now_ms + (uint64_t)ttl_ms;
    }
    link = link_of(store, name, name_len, fragment->hash);
    if (*link != NULL) {
        unlink_at(store, link);
    }
    fragment->next_in_bucket = *link;
    *link = fragment;
    store->bytes += size_of(fragment);
    if (++store->count > store->nbuckets) {
        grow(store);
    }
    return SL_OK;
}

sl_fragment *sl_fragments_lookup(sl_fragments *store, const char *name,
                                 size_t len)
{
    sl_fragment **link = link_of(store, name, len, hash_of(name, len));

    if (*link != NULL && is_expired(store, *link)) {
        unlink_at(store, link);
        return NULL;
    }
    return *link;
}

sl_status sl_fragments_find(sl_fragments *store, const char *name,
                            size_t name_len, sl_span *data)
{
    sl_fragment *fragment = sl_fragments_lookup(store, name, name_len);

    if (fragment == NULL) {
        return SL_ENOTFOUND;
    }
    *data = (sl_span){.data = fragment->data, .len = fragment->len};
    return SL_OK;
}

sl_status sl_fragments_remove(sl_fragments *store, const char *name,
                              size_t name_len)
{
    sl_fragment *fragment = sl_fragments_lookup(store, name, name_len);

    if (fragment == NULL) {
        return SL_ENOTFOUND;
    }
    unlink_at(store, link_of(store, name, name_len, fragment->hash));
    return SL_OK;
}
