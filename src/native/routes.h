/* Which C handler answers which request: whole paths, and all paths below one.
 *
 * Pure. Paths are compared as path.h writes them. A whole path goes before what
 * is below another, and the longest of those is taken.
 */
#ifndef SLUICE_NATIVE_ROUTES_H
#define SLUICE_NATIVE_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice/handler.h>

typedef struct sl_native_route {
    char *method; /* NULL: any */
    sl_handler_fn *fn;
    void *context;
    struct sl_native_route *next; /* of the same path, as they were added */
} sl_native_route;

/* A path and what is known about it. */
typedef struct sl_native_path {
    char *text; /* as path.h writes it, without the "*" */
    size_t len;
    bool is_prefix;
    uint16_t number; /* in the traffic; SL_ROUTE_NONE: not yet known */
    sl_native_route *routes;
    struct sl_native_path *next; /* in its bucket, or the next shorter prefix */
} sl_native_path;

typedef struct sl_native_routes {
    sl_native_path **buckets; /* of whole paths; a power of two of them */
    size_t nbuckets;
    size_t count;             /* of whole paths */
    sl_native_path *prefixes; /* longest first */
} sl_native_routes;

void sl_native_routes_init(sl_native_routes *routes);
void sl_native_routes_deinit(sl_native_routes *routes);

/* On failure *error (free) says what is wrong with it. */
sl_status sl_native_routes_add(sl_native_routes *routes, const char *method,
                               const char *path, sl_handler_fn *fn,
                               void *context, char **error);

/* Is it a path, or all paths below one? Fails like the function above. */
sl_status sl_native_check_path(const char *path, char **error);

/* What is known about a path, written as path.h does; NULL: nothing. */
sl_native_path *sl_native_routes_find(const sl_native_routes *routes,
                                      sl_span path);

/* The route of a path for a method: its own, that of GET for HEAD, that of any;
 * NULL: there is none. */
const sl_native_route *sl_native_path_route(const sl_native_path *path,
                                            sl_span method);

/* Write what an Allow field says of a path, cut at `capacity` bytes; its length.
 */
size_t sl_native_path_allow(const sl_native_path *path, char *text,
                            size_t capacity);

/* Call `visit` for each route. */
typedef void sl_native_route_visitor(void *context, const char *method,
                                     const sl_native_path *path);
void sl_native_routes_each(const sl_native_routes *routes,
                           sl_native_route_visitor *visit, void *context);

/* --- Inside ----------------------------------------------------------------- */

sl_native_path **sl_native_routes_bucket(const sl_native_routes *routes,
                                         const char *text, size_t len);
sl_native_path *sl_native_routes_whole(const sl_native_routes *routes,
                                       const char *text, size_t len);

#endif
