#include "server/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <uv.h>

#include "http/version.h"
#include "supervisor/activation.h"
#include "supervisor/supervisor.h"
#include "worker/logs.h"
#include "worker/worker.h"

static bool open_log(const sl_settings *settings, sl_log *log)
{
    if (sl_logs_open(log, settings) < 0) {
        fprintf(stderr, "sluice: cannot write the log %s: %s\n", settings->log,
                strerror(errno));
        return false;
    }
    return true;
}

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

/* One process, without a supervisor. */
static int serve_alone(const sl_options *options, const sl_log *log,
                       uint32_t inherited)
{
    char *error = NULL;
    sl_worker worker;
    int code;

    if (sl_worker_init(&worker, &options->settings, log, NULL, &error) < 0) {
        return give_up(log, error);
    }
    if (sl_worker_load(&worker, options->app, &error) < 0 ||
        sl_worker_open(&worker, inherited, &error) < 0) {
        code = give_up(log, error);
    } else {
        code = sl_worker_run(&worker);
    }
    sl_worker_deinit(&worker);
    return code;
}

static int serve_with_workers(const sl_options *options, const sl_log *log,
                              uint32_t inherited)
{
    char *error = NULL;
    int code;

    if (sl_supervise(&options->settings, log, options->app, inherited, &code,
                     &error) < 0) {
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
    return options->settings.workers == 0
               ? serve_alone(options, log, inherited)
               : serve_with_workers(options, log, inherited);
}

int sl_command_serve(const sl_options *options)
{
    sl_log log;
    int code;

    if (!open_log(&options->settings, &log)) {
        return SL_EXIT_FAILURE;
    }
    raise_descriptor_limit();
    code = serve(options, &log);
    sl_logs_close(&log);
    return code;
}

static void print_route(void *context, const char *method, const char *path,
                        const char *source)
{
    printf("%-7s %s %s\n", method, path, source);
}

int sl_command_check(const sl_options *options)
{
    sl_log log = {.fd = STDERR_FILENO,
                  .level = (sl_log_level)options->settings.log_level};
    char *error = NULL;
    int code = SL_EXIT_OK;
    sl_worker worker;

    if (sl_worker_init(&worker, &options->settings, &log, NULL, &error) < 0) {
        return give_up(&log, error);
    }
    if (sl_worker_load(&worker, options->app, &error) < 0) {
        code = give_up(&log, error);
    } else {
        sl_script_each_route(worker.script, print_route, NULL);
    }
    sl_worker_deinit(&worker);
    return code;
}

int sl_command_version(void)
{
    printf("sluice %s\n%s\nlibuv %s\nllhttp %s\n", SLUICE_VERSION,
           sl_script_version(), uv_version_string(), sl_http_parser_version());
    return SL_EXIT_OK;
}
