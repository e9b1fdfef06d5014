#include "worker/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool is_standard(const sl_settings *settings)
{
    return strcmp(settings->log, "-") == 0;
}

static int open_file(const sl_settings *settings)
{
    return open(settings->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

sl_status sl_logs_open(sl_log *log, const sl_settings *settings)
{
    *log = (sl_log){
        .fd = is_standard(settings) ? STDERR_FILENO : open_file(settings),
        .level = (sl_log_level)settings->log_level,
        .json = settings->log_format == 1,
    };
    return log->fd >= 0 ? SL_OK : SL_ESYSTEM;
}

void sl_logs_close(const sl_log *log)
{
    if (log->fd != STDERR_FILENO) {
        close(log->fd);
    }
}

/* Everybody who logs has the number of the descriptor: it stays the same. */
void sl_logs_reopen(const sl_log *log, const sl_settings *settings)
{
    int fd;

    if (is_standard(settings)) {
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
