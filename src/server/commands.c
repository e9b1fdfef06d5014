#include "server/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <uv.h>

#include "embed/embed.h"
#include "http/version.h"
#include "worker/luv.h"

/* Say why the server does not start: to who started it, and in a log file. */
static int give_up(const sl_log *log, char *error)
{
    fprintf(stderr, "sluice: %s\n", error);
    if (log->fd != STDERR_FILENO) {
        sl_log_line(log, SL_LOG_ERROR, "%s", error);
    }
    free(error);
    return SL_EXIT_FAILURE;
}

/* Every connection is a descriptor: take as many as we may. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* The modules and the app, either of which may be missing. */
static sl_status load(sl_worker *worker, const sl_options *options,
                      sl_server **server, char **error)
{
    sl_status rc = sl_embed_open(worker, server, error);

    if (rc == SL_OK && options->app != NULL) {
        rc = sl_worker_load(worker, options->app, error);
    }
    return rc;
}

int sl_command_serve(const sl_options *options)
{
    char *error = NULL;
    sl_server *server = NULL;
    sl_worker worker;
    sl_log log;
    int code;

    if (sl_worker_open_log(&options->settings, &log, &error) < 0) {
        return give_up(&log, error);
    }
    raise_descriptor_limit();
    sl_worker_init(&worker, &options->settings, &log, NULL);
    if (load(&worker, options, &server, &error) < 0 ||
        sl_worker_open(&worker, &error) < 0) {
        code = give_up(&log, error);
    } else {
        code = sl_worker_run(&worker);
    }
    sl_embed_close(server);
    sl_worker_deinit(&worker);
    sl_server_destroy(server);
    sl_worker_close_log(&log);
    return code;
}

static void print_route(void *context, const char *method, const char *path,
                        const char *source)
{
    printf("%-7s %s %s\n", method, path, source);
}

static void print_native_route(void *context, const char *method,
                               const sl_native_path *path)
{
    printf("%-7s %s%s in C\n", method, path->text, path->is_prefix ? "*" : "");
}

static void print_routes(const sl_worker *worker)
{
    if (worker->native != NULL) {
        sl_native_routes_each(&worker->native->routes, print_native_route,
                              NULL);
    }
    if (worker->script != NULL) {
        sl_script_each_route(worker->script, print_route, NULL);
    }
}

int sl_command_check(const sl_options *options)
{
    sl_log log = {.fd = STDERR_FILENO,
                  .level = (sl_log_level)options->settings.log_level};
    char *error = NULL;
    int code = SL_EXIT_OK;
    sl_server *server;
    sl_worker worker;

    sl_worker_init(&worker, &options->settings, &log, NULL);
    if (load(&worker, options, &server, &error) < 0) {
        code = give_up(&log, error);
    } else {
        print_routes(&worker);
    }
    sl_embed_close(server);
    sl_worker_deinit(&worker);
    sl_server_destroy(server);
    return code;
}

int sl_command_version(void)
{
    char json[32];

    sl_script_json_version(json, sizeof json);
    printf("sluice %s\n%s\nlibuv %s\nllhttp %s\nluv %s\nlua-cjson %s\n",
           SLUICE_VERSION, sl_script_version(), uv_version_string(),
           sl_http_parser_version(), sl_luv_version(), json);
    return SL_EXIT_OK;
}
