/* Where the log of errors goes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "worker/worker.h"

static int open_file(const sl_settings *settings)
{
    return open(settings->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

sl_status sl_worker_open_log(const sl_settings *settings, sl_log *log,
                             char **error)
{
    *log = (sl_log){
        .fd = STDERR_FILENO,
        .level = (sl_log_level)settings->log_level,
        .json = settings->log_format == 1,
    };
    if (strcmp(settings->log, "-") == 0) {
        return SL_OK;
    }
    log->fd = open_file(settings);
    if (log->fd < 0) {
        (void)asprintf(error, "cannot write the log %s: %s", settings->log,
                       strerror(errno));
        log->fd = STDERR_FILENO;
        return SL_ESYSTEM;
    }
    return SL_OK;
}

/* Everybody who logs has the number of the descriptor: it stays the same. */
void sl_worker_reopen_log(const sl_settings *settings, const sl_log *log)
{
    int fd;

    if (log->fd == STDERR_FILENO) {
        return;
    }
    fd = open_file(settings);
    if (fd < 0 || dup3(fd, log->fd, O_CLOEXEC) < 0) {
        sl_log_line(log, SL_LOG_ERROR,
                    "cannot reopen the log %s: %s; going on in the old file",
                    settings->log, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
}

void sl_worker_close_log(sl_log *log)
{
    if (log->fd != STDERR_FILENO) {
        close(log->fd);
        log->fd = STDERR_FILENO;
    }
}
