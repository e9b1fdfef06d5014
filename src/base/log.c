#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/logs.h"

/* How long a line waits for the reader of a pipe before it is dropped. */
enum { STALL_MS = 10 };

enum { MOST_FIELDS = 24 /* of a line, as its writers promise */ };

static const char *const level_names[] = {
    [SL_LOG_DEBUG] = "debug", [SL_LOG_INFO] = "info", [SL_LOG_WARN] = "warn",
    [SL_LOG_ERROR] = "error", [SL_LOG_OFF] = "off",
};

static void append_time(sl_buffer *line, int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    char text[32];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    sl_buffer_printf(line, "%s.%03dZ", text, (int)(unix_ms % 1000));
}

/* --- Text ----------------------------------------------------------------- */

/* Each line of `text` on a line of its own; all but the first are indented,
 * so that none of them can pass for the start of an entry. */
static void append_lines(sl_buffer *line, const char *text, size_t len)
{
    const char *feed;

    while (len > 0 && (feed = memchr(text, '\n', len)) != NULL) {
        size_t part = (size_t)(feed - text);

        sl_escape_text(line, text, part);
        sl_buffer_append(line, "\n    ", 5);
        text += part + 1;
        len -= part + 1;
    }
    sl_escape_text(line, text, len);
}

/* The message stands unquoted: its quotes need no escape. */
static void append_message(sl_buffer *line, const char *text, size_t len)
{
    const char *quote;

    while (len > 0 && (quote = memchr(text, '"', len)) != NULL) {
        size_t part = (size_t)(quote - text);

        append_lines(line, text, part);
        sl_buffer_append(line, "\"", 1);
        text += part + 1;
        len -= part + 1;
    }
    append_lines(line, text, len);
}

static bool needs_quotes(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c <= ' ' || c >= 0x7F || c == '"' || c == '\\' || c == '=') {
            return true;
        }
    }
    return len == 0;
}

static void append_text_field(sl_buffer *line, const sl_log_field *field)
{
    sl_buffer_append(line, " ", 1);
    sl_escape_text(line, field->key, strlen(field->key));
    sl_buffer_append(line, "=", 1);
    if (!needs_quotes(field->value, field->len)) {
        sl_buffer_append(line, field->value, field->len);
        return;
    }
    sl_buffer_append(line, "\"", 1);
    append_lines(line, field->value, field->len);
    sl_buffer_append(line, "\"", 1);
}

/* --- JSON ----------------------------------------------------------------- */

static void append_json_field(sl_buffer *line, const char *key,
                              const char *value, size_t len)
{
    sl_buffer_append(line, ",\"", 2);
    sl_escape_json(line, key, strlen(key));
    sl_buffer_append(line, "\":\"", 3);
    sl_escape_json(line, value, len);
    sl_buffer_append(line, "\"", 1);
}

static void format_json(sl_buffer *line, int64_t unix_ms, sl_log_level level,
                        const char *message, size_t len,
                        const sl_log_field *fields, size_t nfields)
{
    const char *name = level_names[level];

    sl_buffer_printf(line, "{\"time\":\"");
    append_time(line, unix_ms);
    sl_buffer_append(line, "\"", 1);
    append_json_field(line, "level", name, strlen(name));
    append_json_field(line, "message", message, len);
    for (size_t i = 0; i < nfields; i++) {
        append_json_field(line, fields[i].key, fields[i].value, fields[i].len);
    }
    sl_buffer_append(line, "}\n", 2);
}

void sl_log_format(sl_buffer *line, bool json, int64_t unix_ms,
                   sl_log_level level, const char *message, size_t len,
                   const sl_log_field *fields, size_t nfields)
{
    if (json) {
        format_json(line, unix_ms, level, message, len, fields, nfields);
        return;
    }
    append_time(line, unix_ms);
    sl_buffer_printf(line, " %-5s ", level_names[level]);
    append_message(line, message, len);
    for (size_t i = 0; i < nfields; i++) {
        append_text_field(line, &fields[i]);
    }
    sl_buffer_append(line, "\n", 1);
}

/* --- Writing -------------------------------------------------------------- */

/* How much of `len` bytes can be written without waiting long; 0: nothing.
 * What writes into a pipe may wait for ever when its reader has stopped. */
static size_t writable(int fd, size_t len)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    struct stat st;

    if (poll(&ready, 1, STALL_MS) == 0) {
        return 0;
    }
    if (len <= PIPE_BUF || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))) {
        return len;
    }
    return PIPE_BUF;
}

/* A log that cannot be written has nobody to tell: the rest is dropped. */
static void write_all(int fd, const char *data, size_t len)
{
    size_t part;

    while (len > 0 && (part = writable(fd, len)) > 0) {
        ssize_t n = write(fd, data, part);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return;
        }
        data += n;
        len -= (size_t)n;
    }
}

static int64_t unix_ms_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A line of one of several logs says of which, for machines. */
static void write_part(const sl_log *log, sl_log_level level,
                       const char *message, size_t len,
                       const sl_log_field *fields, size_t nfields)
{
    const char *part = sl_log_part_name(log);
    sl_log_field all[MOST_FIELDS + 1];
    sl_buffer line = {0};

    nfields = nfields < MOST_FIELDS ? nfields : MOST_FIELDS;
    if (nfields > 0) {
        memcpy(all, fields, nfields * sizeof *fields);
    }
    if (log->json) {
        all[nfields++] = (sl_log_field){"part", part, strlen(part)};
    }
    sl_log_format(&line, log->json, unix_ms_now(), level, message, len, all,
                  nfields);
    sl_logs_write(log->all, &line);
    sl_buffer_deinit(&line);
}

static void write_alone(const sl_log *log, sl_log_level level,
                        const char *message, size_t len,
                        const sl_log_field *fields, size_t nfields)
{
    sl_buffer line = {0};

    sl_log_format(&line, log->json, unix_ms_now(), level, message, len, fields,
                  nfields);
    write_all(log->fd, sl_buffer_data(&line), sl_buffer_len(&line));
    sl_buffer_deinit(&line);
}

void sl_log_write(const sl_log *log, sl_log_level level, const char *message,
                  size_t len, const sl_log_field *fields, size_t nfields)
{
    int saved = errno; /* callers log first and look at errno later */

    if (level < log->level || level >= SL_LOG_OFF) {
        return;
    }
    if (log->all != NULL) {
        write_part(log, level, message, len, fields, nfields);
    } else {
        write_alone(log, level, message, len, fields, nfields);
    }
    errno = saved;
}

void sl_log_line(const sl_log *log, sl_log_level level, const char *format, ...)
{
    char *text;
    va_list args;
    int len;

    if (level < log->level) {
        return;
    }
    va_start(args, format);
    len = vasprintf(&text, format, args);
    va_end(args);
    if (len >= 0) {
        sl_log_write(log, level, text, (size_t)len, NULL, 0);
        free(text);
    }
}
