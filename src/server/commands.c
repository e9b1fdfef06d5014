#include "server/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <uv.h>

#include "admin/admin.h"
#include "embed/embed.h"
#include "http/version.h"
#include "supervisor/activation.h"
#include "supervisor/legacy.h"
#include "supervisor/supervisor.h"
#include "worker/alone.h"
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

sl_status sl_command_load(sl_worker *worker, const char *app,
                          sl_sources *sources, sl_server **server, char **error)
{
    sl_status rc = sl_embed_open(worker, server, error);

    if (rc == SL_OK && app != NULL && *app != '\0') {
        rc = sl_worker_load(worker, app, sources, error);
    }
    return rc;
}

/* One process, without a supervisor. */
static int serve_alone(const sl_options *options, const sl_log *log,
                       uint32_t inherited)
{
    bool has_app = options->app != NULL && *options->app != '\0';
    sl_sources *sources = has_app ? sl_sources_create() : NULL;
    char *error = NULL;
    sl_server *server = NULL;
    sl_admin admin = {0};
    sl_alone alone;
    sl_worker worker;
    int code;

    sl_worker_init(&worker, &options->settings, log, NULL);
    sl_worker_own_log(&worker);
    sl_alone_init(&alone, &worker);
    if (sl_admin_open_alone(&admin, &alone, &error) < 0 ||
        sl_command_load(&worker, options->app, sources, &server, &error) < 0 ||
        sl_worker_await_start(&worker, &error) < 0 ||
        sl_alone_open(&alone, sources, &error) < 0 ||
        sl_worker_open(&worker, inherited, &error) < 0) {
        code = give_up(log, error);
    } else {
        alone.serves = true;
        code = sl_worker_run(&worker);
    }
    sl_alone_close(&alone);
    sl_sources_unref(sources);
    sl_embed_close(server);
    sl_admin_close(&admin);
    sl_worker_deinit(&worker);
    sl_server_destroy(server);
    return code;
}

static int serve_with_workers(const sl_options *options, const sl_log *log,
                              uint32_t inherited)
{
    const char *app = options->app != NULL ? options->app : "";
    char *error = NULL;
    int code;

    if (sl_supervise(&options->settings, log, app, inherited,
                     options->process_arguments, &code, &error) < 0) {
        return give_up(log, error);
    }
    return code;
}

static int serve(const sl_options *options, const sl_log *log)
{
    uint32_t inherited;

    if (sl_activation_take(&inherited) < 0) {
        return give_up(log, strdup("LISTEN_PID and LISTEN_FDS make no sense: "
                                   "unset them"));
    }
    if (options->settings.workers == 0 && sl_legacy_is_there()) {
        sl_log_line(log, SL_LOG_WARN,
                    "workers is 0 now, which takes a new start: one worker");
        return serve_with_workers(options, log, inherited);
    }
    return options->settings.workers == 0
               ? serve_alone(options, log, inherited)
               : serve_with_workers(options, log, inherited);
}

int sl_command_serve(const sl_options *options)
{
    char *error = NULL;
    sl_logs logs;
    const sl_log *log = &logs.parts[SL_LOG_SERVER];
    int code;

    if (sl_worker_open_log(&options->settings, &logs, &error) < 0) {
        if (!sl_legacy_is_there()) {
            return give_up(log, error);
        }
        sl_log_line(log, SL_LOG_ERROR, "%s", error); /* who serves goes on */
        free(error);
    }
    raise_descriptor_limit();
    code = serve(options, log);
    sl_worker_close_log(&logs);
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
