/* Which C handler answers which request. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native/path.h"
#include "native/routes.h"

static sl_status nothing(sl_request *request, sl_response *response,
                         uint32_t generation, void *context)
{
    return SL_OK;
}

static sl_span span(const char *text)
{
    return (sl_span){text, strlen(text)};
}

/* The context of a route is its name here. */
static void add(sl_native_routes *routes, const char *method, const char *path,
                const char *name)
{
    char *error = NULL;

    CHECK(sl_native_routes_add(routes, method, path, nothing, (void *)name,
                               &error) == SL_OK);
    CHECK(error == NULL);
}

static void check_refused(sl_native_routes *routes, const char *method,
                          const char *path, const char *expected)
{
    char *error = NULL;

    CHECK(sl_native_routes_add(routes, method, path, nothing, NULL, &error) ==
          SL_EINVAL);
    CHECK(strstr(error, expected) != NULL);
    free(error);
}

static const char *found(const sl_native_routes *routes, const char *method,
                         const char *path)
{
    const sl_native_path *known = sl_native_routes_find(routes, span(path));
    const sl_native_route *route =
        known != NULL ? sl_native_path_route(known, span(method)) : NULL;

    return known == NULL ? "unknown" : route == NULL ? "405" : route->context;
}

static bool finds(const sl_native_routes *routes, const char *method,
                  const char *path, const char *name)
{
    return strcmp(found(routes, method, path), name) == 0;
}

static void whole_paths_go_before_the_longest_prefix(void **state)
{
    sl_native_routes routes;

    sl_native_routes_init(&routes);
    CHECK(finds(&routes, "GET", "/", "unknown"));
    add(&routes, "GET", "/a/b", "whole");
    add(&routes, "GET", "/a/*", "below a");
    add(&routes, "GET", "/a/b/c/*", "below c");
    add(&routes, "GET", "/x/b/c/*", "as long");
    CHECK(finds(&routes, "GET", "/a/b", "whole"));
    CHECK(finds(&routes, "GET", "/a/b/", "below a"));
    CHECK(finds(&routes, "GET", "/a/", "below a"));
    CHECK(finds(&routes, "GET", "/a", "unknown"));
    CHECK(finds(&routes, "GET", "/a/b/c/", "below c"));
    CHECK(finds(&routes, "GET", "/a/b/c/d", "below c"));
    CHECK(finds(&routes, "GET", "/x/b/c/d", "as long"));
    CHECK(finds(&routes, "GET", "/x/b/", "unknown"));
    CHECK(finds(&routes, "GET", "*", "unknown"));
    CHECK(finds(&routes, "GET", "", "unknown"));
    add(&routes, "GET", "/*", "everything");
    CHECK(finds(&routes, "GET", "/x/b/", "everything"));
    CHECK(finds(&routes, "GET", "/", "everything"));
    CHECK(finds(&routes, "GET", "*", "unknown"));
    sl_native_routes_deinit(&routes);
}

static void a_method_goes_before_any_and_get_answers_head(void **state)
{
    const sl_native_path *path;
    sl_native_routes routes;
    char allow[32] = "";

    sl_native_routes_init(&routes);
    add(&routes, "GET", "/a", "get");
    add(&routes, "POST", "/a", "post");
    CHECK(finds(&routes, "HEAD", "/a", "get"));
    CHECK(finds(&routes, "PUT", "/a", "405"));
    path = sl_native_routes_find(&routes, span("/a"));
    CHECK(sl_native_path_allow(path, allow, sizeof allow) == 15);
    CHECK(strcmp(allow, "GET, POST, HEAD") == 0);
    CHECK(sl_native_path_allow(path, allow, 6) == 3); /* whole words only */

    add(&routes, NULL, "/a", "any");
    CHECK(finds(&routes, "PUT", "/a", "any"));
    CHECK(finds(&routes, "POST", "/a", "post"));
    CHECK(finds(&routes, "HEAD", "/a", "get"));
    add(&routes, "HEAD", "/a", "head");
    CHECK(finds(&routes, "HEAD", "/a", "head"));
    sl_native_routes_deinit(&routes);
}

static void what_is_no_route_is_refused(void **state)
{
    sl_native_routes routes;

    sl_native_routes_init(&routes);
    add(&routes, "GET", "/a", "a");
    add(&routes, "GET", "/a/*", "a");
    add(&routes, NULL, "/b", "b");
    check_refused(&routes, "GET", "/a", "GET /a has a handler already");
    check_refused(&routes, "GET", "/a/*", "GET /a/* has a handler already");
    check_refused(&routes, NULL, "/b", "every method of /b has a handler");
    check_refused(&routes, "get", "/a", "\"get\" is no method");
    check_refused(&routes, "", "/a", "\"\" is no method");
    check_refused(&routes, "GET", "a", "start with a slash");
    check_refused(&routes, "GET", "", "start with a slash");
    check_refused(&routes, "GET", "/a*", "behind a slash");
    check_refused(&routes, "GET", "/*/a", "not at its end");
    check_refused(&routes, "GET", "/a?b", "without a query");
    check_refused(&routes, "GET", "/a b", "percent-encoded");
    check_refused(&routes, "GET", "/\xc3\xa9", "percent-encoded");
    CHECK(finds(&routes, "GET", "/a", "a"));
    sl_native_routes_deinit(&routes);
}

static void count(void *context, const char *method, const sl_native_path *path)
{
    ++*(unsigned *)context;
}

/* As the worker does: what it has received, in the one way to write it. */
static bool finds_received(const sl_native_routes *routes, const char *path,
                           const char *name)
{
    char text[64];
    size_t len = sl_native_path_normalize(span(path), text);

    text[len] = '\0';
    return finds(routes, "GET", text, name);
}

static void a_path_is_found_however_it_is_encoded(void **state)
{
    sl_native_routes routes;

    sl_native_routes_init(&routes);
    add(&routes, "GET", "/a-b", "plain");
    add(&routes, "GET", "/caf%c3%A9", "accent");
    add(&routes, "GET", "/a%2fb", "no slash");
    add(&routes, "GET", "/f%6Fo/*", "below");
    CHECK(finds_received(&routes, "/a-b", "plain"));
    CHECK(finds_received(&routes, "/%61%2Db", "plain"));
    CHECK(finds_received(&routes, "/caf%C3%a9", "accent"));
    CHECK(finds_received(&routes, "/a%2Fb", "no slash"));
    CHECK(finds_received(&routes, "/a/b", "unknown"));
    CHECK(finds_received(&routes, "/%66oo/x%20y", "below"));
    CHECK(finds_received(&routes, "/foo%2Fx", "unknown"));
    CHECK(finds_received(&routes, "/a%252Db", "unknown"));
    CHECK(finds_received(&routes, "/a-b%", "unknown"));
    CHECK(finds_received(&routes, "/a-b%4", "unknown"));
    sl_native_routes_deinit(&routes);
}

static void the_same_path_in_another_way_is_no_other_path(void **state)
{
    sl_native_routes routes;

    sl_native_routes_init(&routes);
    add(&routes, "GET", "/a-b", "first");
    check_refused(&routes, "GET", "/a%2Db", "has a handler already");
    sl_native_routes_deinit(&routes);
}

static void there_is_room_for_many(void **state)
{
    sl_native_routes routes;
    unsigned visited = 0;
    char path[32];

    sl_native_routes_init(&routes);
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(path, sizeof path, "/%u", i);
        add(&routes, "GET", path, "one");
        (void)snprintf(path, sizeof path, "/%u/*", i);
        add(&routes, "GET", path, "below");
    }
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(path, sizeof path, "/%u", i);
        CHECK(finds(&routes, "GET", path, "one"));
        (void)snprintf(path, sizeof path, "/%u/x", i);
        CHECK(finds(&routes, "GET", path, "below"));
    }
    sl_native_routes_each(&routes, count, &visited);
    CHECK(visited == 2000);
    sl_native_routes_deinit(&routes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_paths_go_before_the_longest_prefix),
        cmocka_unit_test(a_method_goes_before_any_and_get_answers_head),
        cmocka_unit_test(what_is_no_route_is_refused),
        cmocka_unit_test(there_is_room_for_many),
        cmocka_unit_test(a_path_is_found_however_it_is_encoded),
        cmocka_unit_test(the_same_path_in_another_way_is_no_other_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
