/* Where the log of errors goes, and when what nobody read is tried again. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "worker/worker.h"

enum { AGAIN_MS = 50 };

static int open_file(const sl_settings *settings)
{
    return open(settings->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

sl_status sl_worker_open_log(const sl_settings *settings, sl_logs *logs,
                             char **error)
{
    bool has_file = strcmp(settings->log, "-") != 0;
    int fd = has_file ? open_file(settings) : STDERR_FILENO;
    int failure = errno;

    sl_logs_init(logs, fd >= 0 ? fd : STDERR_FILENO,
                 (sl_log_level)settings->log_level, settings->log_format == 1);
    sl_settings_set_levels(settings, logs);
    if (fd < 0) {
        (void)asprintf(error, "cannot write the log %s: %s", settings->log,
                       strerror(failure));
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
    if (log->all != NULL) {
        sl_logs_reopen(log->all);
    }
}

void sl_worker_close_log(sl_logs *logs)
{
    int fd = logs->parts[0].fd;

    if (logs->parts[0].all == NULL) {
        return; /* it was never opened */
    }
    sl_logs_close(logs);
    if (fd != STDERR_FILENO) {
        close(fd);
    }
    *logs = (sl_logs){.lost = 0};
}

/* --- Levels ----------------------------------------------------------------------- */

bool sl_worker_set_levels(const sl_settings *settings, const sl_log *log,
                          const char *levels, sl_buffer *answer)
{
    char wrong[SL_LOG_WRONG];

    if (strcmp(levels, "default") == 0) {
        sl_settings_set_levels(settings, log->all);
    } else if (!sl_logs_set(log->all, levels, wrong)) {
        sl_buffer_printf(answer, "error: %s\n", wrong);
        return false;
    }
    sl_logs_list(log->all, answer);
    sl_buffer_append(answer, "\n", 1);
    return true;
}

/* --- A reader that is slow ---------------------------------------------------------- */

static void on_waiting(void *context)
{
    sl_worker *worker = context;

    if (!sl_timer_is_running(&worker->log_timer)) {
        sl_timer_start(&worker->pipeline->timers, &worker->log_timer,
                       worker->pipeline->now_ms + AGAIN_MS);
    }
}

static void on_due(sl_timer *timer, uint64_t now_ms)
{
    sl_worker *worker = SL_CONTAINER(timer, sl_worker, log_timer);

    if (!sl_logs_flush(worker->log->all)) {
        sl_timer_start(&worker->pipeline->timers, timer, now_ms + AGAIN_MS);
    }
}

void sl_worker_own_log(sl_worker *worker)
{
    sl_logs *logs = worker->log->all;

    worker->log_timer.on_due = on_due;
    logs->on_waiting = on_waiting;
    logs->context = worker;
    logs->shown = &worker->board->tally.lost_log_lines;
}

void sl_worker_disown_log(const sl_worker *worker)
{
    sl_logs *logs = worker->log->all;

    if (logs != NULL && logs->context == worker) {
        logs->on_waiting = NULL;
        logs->context = NULL;
        logs->shown = NULL;
    }
}
