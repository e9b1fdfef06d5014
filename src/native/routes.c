#include "native/routes.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { FIRST_BUCKETS = 16 };

void sl_native_routes_init(sl_native_routes *routes)
{
    *routes = (sl_native_routes){.nbuckets = FIRST_BUCKETS};
    routes->buckets = sl_calloc(FIRST_BUCKETS, sizeof(sl_native_path *));
}

static void free_paths(sl_native_path *path)
{
    while (path != NULL) {
        sl_native_path *next = path->next;

        while (path->routes != NULL) {
            sl_native_route *route = path->routes;

            path->routes = route->next;
            sl_free(route->method);
            sl_free(route);
        }
        sl_free(path->text);
        sl_free(path);
        path = next;
    }
}

void sl_native_routes_deinit(sl_native_routes *routes)
{
    for (size_t i = 0; i < routes->nbuckets; i++) {
        free_paths(routes->buckets[i]);
    }
    free_paths(routes->prefixes);
    sl_free(routes->buckets);
    *routes = (sl_native_routes){0};
}

/* FNV-1a: paths are short, and who registers them is trusted. */
static size_t hash(const char *text, size_t len)
{
    uint32_t h = 2166136261U;

    for (size_t i = 0; i < len; i++) {
        h = (h ^ (unsigned char)text[i]) * 16777619U;
    }
    return h;
}

sl_native_path **sl_native_routes_bucket(const sl_native_routes *routes,
                                         const char *text, size_t len)
{
    return &routes->buckets[hash(text, len) & (routes->nbuckets - 1)];
}

sl_native_path *sl_native_routes_whole(const sl_native_routes *routes,
                                       const char *text, size_t len)
{
    sl_native_path *path = *sl_native_routes_bucket(routes, text, len);

    while (path != NULL &&
           (path->len != len || memcmp(path->text, text, len) != 0)) {
        path = path->next;
    }
    return path;
}

sl_native_path *sl_native_routes_find(const sl_native_routes *routes,
                                      sl_span path)
{
    sl_native_path *found = NULL;

    if (routes->count > 0) {
        found = sl_native_routes_whole(routes, path.data, path.len);
    }
    if (found != NULL) {
        return found;
    }
    for (found = routes->prefixes; found != NULL; found = found->next) {
        if (found->len <= path.len &&
            memcmp(found->text, path.data, found->len) == 0) {
            break;
        }
    }
    return found;
}

static bool is_method(const sl_native_route *route, const char *method,
                      size_t len)
{
    return route->method != NULL && strlen(route->method) == len &&
           memcmp(route->method, method, len) == 0;
}

static const sl_native_route *route_of(const sl_native_path *path,
                                       const char *method, size_t len)
{
    const sl_native_route *route = path->routes;

    while (route != NULL && !is_method(route, method, len)) {
        route = route->next;
    }
    return route;
}

const sl_native_route *sl_native_path_route(const sl_native_path *path,
                                            sl_span method)
{
    const sl_native_route *route = route_of(path, method.data, method.len);

    if (route == NULL && method.len == 4 &&
        memcmp(method.data, "HEAD", 4) == 0) {
        route = route_of(path, "GET", 3);
    }
    if (route == NULL) {
        route = path->routes;
        while (route != NULL && route->method != NULL) {
            route = route->next;
        }
    }
    return route;
}

/* Add a word to a list with commas, as far as there is room. */
static size_t add_word(char *text, size_t len, size_t capacity,
                       const char *word)
{
    int written =
        snprintf(text + len, capacity - len, "%s%s", len > 0 ? ", " : "", word);

    return len + (size_t)written < capacity ? len + (size_t)written : len;
}

size_t sl_native_path_allow(const sl_native_path *path, char *text,
                            size_t capacity)
{
    size_t len = 0;

    for (const sl_native_route *r = path->routes; r != NULL; r = r->next) {
        len = add_word(text, len, capacity, r->method);
    }
    if (route_of(path, "GET", 3) != NULL && route_of(path, "HEAD", 4) == NULL) {
        len = add_word(text, len, capacity, "HEAD");
    }
    return len;
}

static void visit_paths(const sl_native_path *path,
                        sl_native_route_visitor *visit, void *context)
{
    for (; path != NULL; path = path->next) {
        for (const sl_native_route *r = path->routes; r != NULL; r = r->next) {
            visit(context, r->method != NULL ? r->method : "*", path);
        }
    }
}

void sl_native_routes_each(const sl_native_routes *routes,
                           sl_native_route_visitor *visit, void *context)
{
    for (size_t i = 0; i < routes->nbuckets; i++) {
        visit_paths(routes->buckets[i], visit, context);
    }
    visit_paths(routes->prefixes, visit, context);
}
