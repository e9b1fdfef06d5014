/* Where the log of errors goes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "worker/worker.h"

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
    log->fd =
        open(settings->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (log->fd < 0) {
        (void)asprintf(error, "cannot write the log %s: %s", settings->log,
                       strerror(errno));
        log->fd = STDERR_FILENO;
        return SL_ESYSTEM;
    }
    return SL_OK;
}

void sl_worker_close_log(sl_log *log)
{
    if (log->fd != STDERR_FILENO) {
        close(log->fd);
        log->fd = STDERR_FILENO;
    }
}
