/* A server before it runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "embed/embed.h"

sl_status sl_embed_fail(sl_server *server, sl_status rc, char *error)
{
    free(server->error);
    server->error = error;
    return rc;
}

static sl_status too_late(sl_server *server, const char *what)
{
    char *error;

    if (asprintf(&error,
                 "%s: too late, the server has begun to listen, or has an app",
                 what) < 0) {
        error = NULL;
    }
    return sl_embed_fail(server, SL_ECOMMITTED, error);
}

sl_server *sl_server_create(void)
{
    sl_server *server = sl_calloc(1, sizeof *server);

    sl_settings_init(&server->settings);
    sl_native_init(&server->native);
    uv_mutex_init(&server->lock);
    server->last_post = &server->posts;
    atomic_init(&server->stops, 0);
    atomic_init(&server->awake, false);
    return server;
}

const char *sl_server_error(const sl_server *server)
{
    return server->error != NULL ? server->error : "";
}

void sl_server_set_error(sl_server *server, const char *text)
{
    (void)sl_embed_fail(server, SL_OK, sl_strdup(text));
}

/* What a supervisor does with its workers. */
static bool is_for_processes(const char *name)
{
    return strcmp(name, "workers") == 0 || strcmp(name, "watchdog") == 0 ||
           strcmp(name, "admin") == 0 || strcmp(name, "watch") == 0 ||
           strcmp(name, "watch_interval") == 0;
}

sl_status sl_server_set(sl_server *server, const char *name, const char *value)
{
    char *error = NULL;
    sl_status rc;

    if (server->phase != SL_SERVER_NEW) {
        return too_late(server, name);
    }
    if (is_for_processes(name)) {
        return sl_embed_fail(
            server, SL_EINVAL,
            sl_strdup("workers, watchdog, admin and watch are for the "
                      "processes of \"sluice serve\": a "
                      "server in a program is a part of it"));
    }
    rc = sl_settings_set(&server->settings, SL_SOURCE_COMMAND_LINE,
                         "sl_server_set", name, value, &error);
    return rc < 0 ? sl_embed_fail(server, rc, error) : rc;
}

sl_status sl_server_use_loop(sl_server *server, struct uv_loop_s *loop)
{
    if (server->phase != SL_SERVER_NEW) {
        return too_late(server, "sl_server_use_loop");
    }
    server->loop = loop;
    return SL_OK;
}

sl_status sl_embed_begin(sl_server *server)
{
    char *error = NULL;

    if (server->phase > SL_SERVER_RUNNING) {
        return sl_embed_fail(server, SL_ECOMMITTED,
                             sl_strdup("the server has stopped"));
    }
    if (server->phase != SL_SERVER_NEW) {
        return server->begun;
    }
    if (sl_settings_finish(&server->settings, &error) < 0) {
        return sl_embed_fail(server, SL_EINVAL, error);
    }
    if (sl_worker_open_log(&server->settings, &server->logs, &error) < 0) {
        return sl_embed_fail(server, SL_ESYSTEM, error);
    }
    server->worker = &server->own;
    sl_worker_init(server->worker, &server->settings,
                   &server->logs.parts[SL_LOG_SERVER], server->loop);
    sl_worker_own_log(server->worker);
    server->worker->native = &server->native;
    server->worker->owner = server;
    server->native.log = &server->logs.parts[SL_LOG_SCRIPT];
    server->phase = SL_SERVER_READY;
    sl_embed_watch(server);
    server->begun = sl_embed_load_setting(server, &server->settings);
    return server->begun;
}

/* The worker; NULL: *rc and the server's error say why there is none. */
static sl_worker *worker_of(sl_server *server, sl_status *rc)
{
    *rc = sl_embed_begin(server);
    return *rc == SL_OK ? server->worker : NULL;
}

struct uv_loop_s *sl_server_loop(sl_server *server)
{
    const sl_worker *worker;
    sl_status rc;

    if (server->loop != NULL) {
        return server->loop;
    }
    worker = worker_of(server, &rc);
    return worker != NULL ? worker->loop : NULL;
}

sl_fragments *sl_server_fragments(sl_server *server)
{
    sl_status rc;
    const sl_worker *worker = worker_of(server, &rc);

    return worker != NULL ? worker->pipeline->fragments : NULL;
}

sl_status sl_server_handle(sl_server *server, const char *method,
                           const char *path, sl_handler_fn *fn, void *context)
{
    char *error = NULL;
    sl_status rc = sl_native_routes_add(&server->native.routes, method, path,
                                        fn, context, &error);

    return rc < 0 ? sl_embed_fail(server, rc, error) : rc;
}

sl_status sl_server_on_request(sl_server *server, const char *path,
                               sl_event_fn *fn, void *context)
{
    char *error = NULL;
    sl_status rc =
        sl_native_visitors_add(&server->native, path, fn, context, &error);

    return rc < 0 ? sl_embed_fail(server, rc, error) : rc;
}

sl_status sl_server_load(sl_server *server, const char *path)
{
    char *error = NULL;
    sl_status rc;
    sl_worker *worker = worker_of(server, &rc);

    if (worker == NULL) {
        return rc;
    }
    if (worker->script != NULL || worker != &server->own) {
        return sl_embed_fail(server, SL_ECOMMITTED,
                             sl_strdup("a server has one app"));
    }
    rc = sl_worker_load(worker, path, NULL, &error);
    return rc < 0 ? sl_embed_fail(server, rc, error) : rc;
}

sl_status sl_server_listen(sl_server *server, const char *address, char *bound,
                           size_t capacity)
{
    char text[128];
    char *error = NULL;
    sl_status rc;
    sl_worker *worker = worker_of(server, &rc);

    if (worker == NULL) {
        return rc;
    }
    rc = sl_worker_listen(worker, address, text, &error);
    if (rc < 0) {
        return sl_embed_fail(server, rc, error);
    }
    server->listens = true;
    if (bound != NULL && capacity > 0) {
        (void)snprintf(bound, capacity, "%s", text);
    }
    return SL_OK;
}
