/* Named, immutable, reference-counted buffers that all responses of a worker
 * share: after the fragment cache of IHttpServer.
 *
 * Threads:    call only on the worker that owns the store.
 * Ownership:  the store copies name and data. A fragment that is replaced,
 *             removed or expired lives until the responses that hold it are
 *             done with it.
 */
#ifndef SLUICE_FRAGMENT_H
#define SLUICE_FRAGMENT_H

#include <sluice/chunk.h>

typedef struct sl_fragments sl_fragments;

/* Put `data` under `name` (1 to 1024 bytes), replacing what was there; with
 * ttl_ms > 0 it is gone after that time. SL_ETOOBIG above the store's limit,
 * SL_EINVAL. */
SL_API SL_MUST_USE sl_status sl_fragments_put(sl_fragments *store,
                                              const char *name, size_t name_len,
                                              const char *data, size_t len,
                                              double ttl_ms);

/* What is under `name`, borrowed until the store changes; or SL_ENOTFOUND. */
SL_API SL_MUST_USE sl_status sl_fragments_find(sl_fragments *store,
                                               const char *name,
                                               size_t name_len, sl_span *data);

/* Remove `name`: SL_OK, or SL_ENOTFOUND. */
SL_API SL_MUST_USE sl_status sl_fragments_remove(sl_fragments *store,
                                                 const char *name,
                                                 size_t name_len);

#endif
