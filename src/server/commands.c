#include "server/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <uv.h>

#include "http/version.h"
#include "worker/luv.h"
#include "worker/worker.h"

static bool open_log(const sl_settings *settings, sl_log *log)
{
    *log = (sl_log){
        .fd = STDERR_FILENO,
        .level = (sl_log_level)settings->log_level,
        .json = settings->log_format == 1,
    };
    if (strcmp(settings->log, "-") == 0) {
        return true;
    }
    log->fd =
        open(settings->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (log->fd < 0) {
        fprintf(stderr, "sluice: cannot write the log %s: %s\n", settings->log,
                strerror(errno));
        return false;
    }
    return true;
}

static void close_log(const sl_log *log)
{
    if (log->fd != STDERR_FILENO) {
        close(log->fd);
    }
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

int sl_command_serve(const sl_options *options)
{
    char *error = NULL;
    sl_worker worker;
    sl_log log;
    int code;

    if (!open_log(&options->settings, &log)) {
        return SL_EXIT_FAILURE;
    }
    raise_descriptor_limit();
    if (sl_worker_init(&worker, &options->settings, &log, &error) < 0) {
        code = give_up(&log, error);
        close_log(&log);
        return code;
    }
    if (sl_worker_load(&worker, options->app, &error) < 0 ||
        sl_worker_open(&worker, &error) < 0) {
        code = give_up(&log, error);
    } else {
        code = sl_worker_run(&worker);
    }
    sl_worker_deinit(&worker);
    close_log(&log);
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

    if (sl_worker_init(&worker, &options->settings, &log, &error) < 0) {
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
    char json[32];

    sl_script_json_version(json, sizeof json);
    printf("sluice %s\n%s\nlibuv %s\nllhttp %s\nluv %s\nlua-cjson %s\n",
           SLUICE_VERSION, sl_script_version(), uv_version_string(),
           sl_http_parser_version(), sl_luv_version(), json);
    return SL_EXIT_OK;
}
