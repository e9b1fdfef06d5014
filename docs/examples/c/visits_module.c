/* A module beside a Lua app: counts visits, in C.
 *
 *   cc -shared -fPIC -o visits.so visits_module.c
 *   sluice serve --module ./visits.so=/visits app.lua
 *
 *   GET /visits         how many there were
 *   POST /visits/name   one more, by that name
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sluice/sluice.h>

typedef struct visits {
    unsigned count;
    char last[64];
    size_t prefix; /* length of the path in front of the name */
} visits;

static sl_status show(sl_request *request, sl_response *response,
                      uint32_t generation, void *context)
{
    const visits *v = context;
    char text[128];
    int len = snprintf(text, sizeof text, "%u visits, the last by %s\n",
                       v->count, v->count > 0 ? v->last : "nobody");

    return sl_response_write(response, generation, text, (size_t)len);
}

static sl_status visit(sl_request *request, sl_response *response,
                       uint32_t generation, void *context)
{
    visits *v = context;
    sl_span path;
    sl_status rc = sl_request_part(request, generation, SL_PART_PATH, &path);

    if (rc < 0) {
        return rc;
    }
    v->count++;
    (void)snprintf(v->last, sizeof v->last, "%.*s", (int)(path.len - v->prefix),
                   path.data + v->prefix);
    return sl_response_set_status(response, generation, 204, NULL, 0);
}

static sl_status open_visits(sl_server *server, const char *argument,
                             void **state)
{
    const char *path = argument != NULL ? argument : "/visits";
    visits *v = calloc(1, sizeof *v);
    char below[256];
    sl_status rc;

    if (v == NULL) {
        return SL_ETOOBIG;
    }
    v->prefix = strlen(path) + 1;
    (void)snprintf(below, sizeof below, "%s/*", path);
    rc = sl_server_handle(server, "GET", path, show, v);
    if (rc == SL_OK) {
        rc = sl_server_handle(server, "POST", below, visit, v);
    }
    if (rc < 0) {
        free(v); /* the server does not start: no handler is called */
        return rc;
    }
    *state = v;
    return SL_OK;
}

static void close_visits(void *state)
{
    free(state);
}

SL_MODULE("visits", open_visits, close_visits)
