#include "worker/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WRITE_AT = 32 * 1024, /* bytes gathered */
    WRITE_AFTER_MS = 1000,
    MOST_WAITING = 1024 * 1024 /* bytes kept for a reader that stalls */
};

static void tell_lost(sl_access_log *log)
{
    if (log->lost > 0) {
        sl_log_line(log->errors, SL_LOG_WARN,
                    "the access log has lost %" PRIu64 " lines, because "
                    "nobody read it",
                    log->lost);
        log->lost = 0;
    }
}

/* A full disk loses lines rather than requests. It is told of once, and again
 * when it is over. */
static void lose_lines(sl_access_log *log, int error)
{
    uint64_t lost;

    if (log->unwritten == 0) {
        sl_log_line(log->errors, SL_LOG_ERROR,
                    "cannot write the access log: %s; lines are lost until it "
                    "can be written again",
                    strerror(error));
    }
    /* Without the one that only ends a torn line. */
    lost = sl_buffer_count_lines(&log->lines) -
           (*sl_buffer_data(&log->lines) == '\n');
    log->unwritten += lost;
    log->lost_ever += lost;
    sl_buffer_consume(&log->lines, sl_buffer_len(&log->lines));
}

static void tell_unwritten(sl_access_log *log)
{
    if (log->unwritten > 0) {
        sl_log_line(log->errors, SL_LOG_WARN,
                    "the access log can be written again; it has lost %" PRIu64
                    " lines",
                    log->unwritten);
        log->unwritten = 0;
    }
}

static void write_lines(sl_access_log *log)
{
    sl_buffer *lines = &log->lines;

    sl_timer_stop(log->timers, &log->timer);
    while (sl_buffer_len(lines) > 0) {
        ssize_t n = sl_outlet_write(&log->outlet, sl_buffer_data(lines),
                                    sl_buffer_len(lines));

        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return; /* what is left waits */
        }
        if (n <= 0) {
            lose_lines(log, errno);
        } else {
            log->torn = sl_buffer_data(lines)[n - 1] != '\n';
            sl_buffer_consume(lines, (size_t)n);
            tell_unwritten(log);
        }
    }
    tell_lost(log);
}

static void write_later(sl_access_log *log, uint64_t now_ms)
{
    if (sl_buffer_len(&log->lines) > 0 && !sl_timer_is_running(&log->timer)) {
        sl_timer_start(log->timers, &log->timer, now_ms + WRITE_AFTER_MS);
    }
}

static void on_due(sl_timer *timer, uint64_t now_ms)
{
    sl_access_log *log = SL_CONTAINER(timer, sl_access_log, timer);

    write_lines(log);
    write_later(log, now_ms);
}

/* See no-color.org. */
static bool forbids_colour(const char *value)
{
    return value != NULL && *value != '\0';
}

static sl_status open_file(sl_access_log *log)
{
    int fd =
        strcmp(log->path, "-") == 0
            ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
            : open(log->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0) {
        return SL_ESYSTEM;
    }
    log->fd = fd;
    log->torn = false;
    log->immediate = isatty(fd) || log->format == SL_ACCESS_DEV;
    log->is_coloured = isatty(fd) && !forbids_colour(getenv("NO_COLOR"));
    sl_outlet_open(&log->outlet, fd);
    return SL_OK;
}

sl_status sl_access_log_open(sl_access_log *log, const char *path,
                             sl_access_format format, sl_timers *timers,
                             const sl_log *errors)
{
    *log = (sl_access_log){.fd = -1,
                           .path = path,
                           .format = format,
                           .timers = timers,
                           .errors = errors};
    log->timer.on_due = on_due;
    return strcmp(path, "off") == 0 ? SL_OK : open_file(log);
}

void sl_access_log_reopen(sl_access_log *log)
{
    int before = log->fd;
    sl_outlet outlet = log->outlet;

    if (before < 0 || strcmp(log->path, "-") == 0) {
        return;
    }
    write_lines(log);
    if (open_file(log) == SL_OK) {
        sl_outlet_close(&outlet);
        close(before);
        return;
    }
    sl_log_line(log->errors, SL_LOG_ERROR,
                "cannot reopen the access log %s: %s; going on in the old file",
                log->path, strerror(errno));
}

void sl_access_log_close(sl_access_log *log)
{
    if (log->fd >= 0) {
        write_lines(log);
        tell_lost(log);
        sl_outlet_close(&log->outlet);
        close(log->fd);
        log->fd = -1;
    }
    sl_buffer_deinit(&log->lines);
}

/* What is left of a line that the disk took a part of stays a line by itself. */
static void end_torn(sl_access_log *log)
{
    if (log->torn && sl_buffer_len(&log->lines) == 0) {
        sl_buffer_append(&log->lines, "\n", 1);
    }
}

/* What pages ask for by themselves in development is no news for who writes. */
bool sl_access_is_ours(sl_span target)
{
    static const char prefix[] = "/.sluice/";

    return target.len >= sizeof prefix - 1 &&
           memcmp(target.data, prefix, sizeof prefix - 1) == 0;
}

void sl_access_log_add(sl_access_log *log, const sl_access_entry *entry,
                       uint64_t now_ms)
{
    if (log->format == SL_ACCESS_DEV && sl_access_is_ours(entry->target)) {
        return;
    }
    end_torn(log);
    if (sl_buffer_len(&log->lines) >= MOST_WAITING) {
        log->lost++;
        log->lost_ever++;
    } else {
        sl_access_format_entry(&log->lines, log->format, log->is_coloured,
                               entry);
    }
    if (log->immediate || sl_buffer_len(&log->lines) >= WRITE_AT) {
        write_lines(log);
    }
    write_later(log, now_ms);
}
