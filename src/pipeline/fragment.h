/* The fragments themselves: counted, immutable.
 *
 * The store behind <sluice/fragment.h> is a hash table of names; responses
 * hold references, so that what was removed is freed when it was sent.
 */
#ifndef SLUICE_PIPELINE_FRAGMENT_H
#define SLUICE_PIPELINE_FRAGMENT_H

#include <sluice/fragment.h>

#include "pipeline/piece.h"

struct sl_fragment {
    sl_fragment *next_in_bucket;
    uint32_t refs;
    uint32_t hash;
    uint64_t expires_ms; /* 0: never */
    size_t name_len;
    size_t len;
    const char *data; /* behind the name */
    char name[];
};

sl_fragments *sl_fragments_create(sl_pipeline *pipeline, uint64_t limit_bytes);
void sl_fragments_destroy(sl_fragments *store);

/* The fragment of that name without a new reference; NULL: none. */
sl_fragment *sl_fragments_lookup(sl_fragments *store, const char *name,
                                 size_t len);

static inline sl_fragment *sl_fragment_ref(sl_fragment *fragment)
{
    fragment->refs++;
    return fragment;
}

void sl_fragment_unref(sl_fragment *fragment);

#endif
