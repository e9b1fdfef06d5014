#include "base/logs.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

enum { MOST_WAITING = 256 * 1024, LAST_PATIENCE_MS = 100 };

void sl_logs_init(sl_logs *logs, int fd, sl_log_level level, bool json)
{
    *logs = (sl_logs){.lost = 0};
    for (int i = 0; i < SL_LOG_PARTS; i++) {
        logs->parts[i] = (sl_log){fd, level, json, logs};
    }
    sl_outlet_open(&logs->outlet, fd);
}

void sl_logs_reopen(sl_logs *logs)
{
    sl_outlet_close(&logs->outlet);
    sl_outlet_open(&logs->outlet, logs->parts[0].fd);
}

const sl_log *sl_log_of(const sl_log *log, sl_log_part part)
{
    return log->all != NULL ? &log->all->parts[part] : log;
}

/* --- Writing ---------------------------------------------------------------------- */

/* That the line about lost ones is lost itself is no news. */
static void lose(sl_logs *logs, uint64_t lines)
{
    if (logs->telling > 0) {
        logs->lost = logs->telling;
        return;
    }
    logs->lost += lines;
    if (logs->shown != NULL) {
        sl_counter_add(logs->shown, lines);
    }
}

/* Where nobody will ever read: a log that cannot be written has nobody to tell. */
static void give_up(sl_logs *logs)
{
    lose(logs, sl_buffer_count_lines(&logs->waiting));
    sl_buffer_deinit(&logs->waiting);
}

static void tell_lost(sl_logs *logs)
{
    logs->telling = logs->lost;
    logs->lost = 0;
    sl_log_line(&logs->parts[SL_LOG_SERVER], SL_LOG_WARN,
                "the log has lost %" PRIu64
                " lines, because nobody read it, or no disk took them",
                logs->telling);
    logs->telling = 0;
}

/* True: all of it was written, or there is no hope for it. */
static bool write_waiting(sl_logs *logs)
{
    sl_buffer *waiting = &logs->waiting;

    while (sl_buffer_len(waiting) > 0) {
        ssize_t n = sl_outlet_write(&logs->outlet, sl_buffer_data(waiting),
                                    sl_buffer_len(waiting));

        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return false;
        }
        if (n <= 0) {
            give_up(logs);
            return true;
        }
        sl_buffer_consume(waiting, (size_t)n);
    }
    sl_buffer_deinit(waiting);
    return true;
}

bool sl_logs_flush(sl_logs *logs)
{
    if (!write_waiting(logs)) {
        return false;
    }
    if (logs->lost > 0 && logs->telling == 0) {
        tell_lost(logs);
    }
    return sl_buffer_len(&logs->waiting) == 0;
}

/* How much of a line is taken at once, while nothing waits in front of it. */
static size_t write_now(sl_logs *logs, const char *data, size_t len)
{
    size_t taken = 0;

    while (taken < len) {
        ssize_t n = sl_outlet_write(&logs->outlet, data + taken, len - taken);

        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return taken;
        }
        if (n <= 0) {
            lose(logs, 1);
            return len;
        }
        taken += (size_t)n;
    }
    return len;
}

void sl_logs_write(sl_logs *logs, const sl_buffer *line)
{
    const char *data = sl_buffer_data(line);
    size_t len = sl_buffer_len(line);
    size_t taken = 0;

    if (sl_logs_flush(logs)) {
        taken = write_now(logs, data, len);
        if (taken == len) {
            return;
        }
    } else if (sl_buffer_len(&logs->waiting) + len > MOST_WAITING) {
        lose(logs, 1);
        return;
    }
    sl_buffer_append(&logs->waiting, data + taken, len - taken);
    if (logs->on_waiting != NULL) {
        logs->on_waiting(logs->context);
    }
}

void sl_logs_close(sl_logs *logs)
{
    struct pollfd ready = {.fd = logs->outlet.fd, .events = POLLOUT};

    logs->on_waiting = NULL;
    while (!sl_logs_flush(logs) && poll(&ready, 1, LAST_PATIENCE_MS) > 0) {
    }
    sl_buffer_deinit(&logs->waiting);
    sl_outlet_close(&logs->outlet);
}
