/* Adding a route, and what can be wrong with one. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "native/path.h"
#include "native/routes.h"

__attribute__((format(printf, 2, 3))) static sl_status
refuse(char **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (vasprintf(error, format, args) < 0) {
        *error = sl_strdup("out of memory");
    }
    va_end(args);
    return SL_EINVAL;
}

static sl_status check_method(const char *method, char **error)
{
    if (method == NULL) {
        return SL_OK;
    }
    if (*method == '\0' ||
        strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(method)) {
        return refuse(error, "\"%s\" is no method: write capitals, as in GET",
                      method);
    }
    return SL_OK;
}

sl_status sl_native_check_path(const char *path, char **error)
{
    const char *star = strchr(path, '*');

    if (path[0] != '/') {
        return refuse(error, "the path \"%s\" has to start with a slash", path);
    }
    if (star != NULL && (star[1] != '\0' || star[-1] != '/')) {
        return refuse(error,
                      "the path \"%s\" has a \"*\" that is not at its end, "
                      "behind a slash",
                      path);
    }
    for (const char *c = path; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || *c == '?' || *c == '#') {
            return refuse(error,
                          "no request has the path \"%s\": write it as it is "
                          "received, percent-encoded and without a query",
                          path);
        }
    }
    return SL_OK;
}

static void insert(sl_native_path **place, sl_native_path *path)
{
    path->next = *place;
    *place = path;
}

static void grow(sl_native_routes *routes)
{
    sl_native_path **old = routes->buckets;
    size_t count = routes->nbuckets;

    routes->nbuckets = 2 * count;
    routes->buckets = sl_calloc(routes->nbuckets, sizeof(sl_native_path *));
    for (size_t i = 0; i < count; i++) {
        while (old[i] != NULL) {
            sl_native_path *path = old[i];

            old[i] = path->next;
            insert(sl_native_routes_bucket(routes, path->text, path->len),
                   path);
        }
    }
    sl_free(old);
}

static sl_native_path *create(const char *text, size_t len, bool is_prefix)
{
    sl_native_path *path = sl_calloc(1, sizeof *path);

    path->text = sl_strdup(text);
    path->text[len] = '\0';
    path->len = len;
    path->is_prefix = is_prefix;
    return path;
}

static sl_native_path *whole_of(sl_native_routes *routes, const char *text,
                                size_t len)
{
    sl_native_path *path = sl_native_routes_whole(routes, text, len);

    if (path == NULL) {
        if (++routes->count > routes->nbuckets) {
            grow(routes);
        }
        path = create(text, len, false);
        insert(sl_native_routes_bucket(routes, text, len), path);
    }
    return path;
}

static sl_native_path *prefix_of(sl_native_routes *routes, const char *text,
                                 size_t len)
{
    sl_native_path **place = &routes->prefixes;

    while (*place != NULL && (*place)->len > len) {
        place = &(*place)->next;
    }
    for (sl_native_path *p = *place; p != NULL && p->len == len; p = p->next) {
        if (memcmp(p->text, text, len) == 0) {
            return p;
        }
    }
    insert(place, create(text, len, true));
    return *place;
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Those of a path, which may be new. */
static sl_native_route **routes_of(sl_native_routes *routes, const char *path)
{
    size_t len = strlen(path);
    bool is_prefix = path[len - 1] == '*';
    char *text = sl_malloc(len + 1);
    sl_native_path *found;

    len = sl_native_path_normalize((sl_span){path, len - is_prefix}, text);
    text[len] = '\0';
    found =
        is_prefix ? prefix_of(routes, text, len) : whole_of(routes, text, len);
    sl_free(text);
    return &found->routes;
}

sl_status sl_native_routes_add(sl_native_routes *routes, const char *method,
                               const char *path, sl_handler_fn *fn,
                               void *context, char **error)
{
    sl_status rc = check_method(method, error);
    sl_native_route **last;

    rc = rc == SL_OK ? sl_native_check_path(path, error) : rc;
    if (rc < 0) {
        return rc;
    }
    last = routes_of(routes, path);
    for (; *last != NULL; last = &(*last)->next) {
        if (is_same((*last)->method, method)) {
            return refuse(error, "%s %s has a handler already",
                          method != NULL ? method : "every method of", path);
        }
    }
    *last = sl_calloc(1, sizeof **last);
    **last = (sl_native_route){
        .method = method != NULL ? sl_strdup(method) : NULL,
        .fn = fn,
        .context = context,
    };
    return SL_OK;
}
