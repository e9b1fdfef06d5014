/* Leveled log lines, as text for people or as JSON for machines.
 *
 * A log is a small struct that its owner passes around; there is no global
 * one. A line is written whole, with one write, unless it is longer than a pipe
 * takes at once. A pipe whose reader has stopped loses lines and stops nobody;
 * that of a log which is one of several (logs.h) keeps some for when it goes on.
 *
 *   2026-11-20T18:25:43.511Z warn  message text key=value key="with spaces"
 *   {"time":"2026-...","level":"warn","message":"...","key":"value"}
 *
 * One of several has its part at the end of a line of JSON: "part":"net".
 *
 * Control characters in messages and values are escaped, so that a request
 * cannot forge a line. A line feed continues a text line on the next one,
 * indented, because people read tracebacks there.
 */
#ifndef SLUICE_BASE_LOG_H
#define SLUICE_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

typedef enum sl_log_level {
    SL_LOG_DEBUG,
    SL_LOG_INFO,
    SL_LOG_WARN,
    SL_LOG_ERROR,
    SL_LOG_OFF
} sl_log_level;

typedef struct sl_log {
    int fd;             /* where lines go; the owner opens and closes it */
    sl_log_level level; /* lines below it are dropped */
    bool json;
    struct sl_logs
        *all; /* that it is a part of, see logs.h; NULL: it is alone */
} sl_log;

/* A field of a line: value text of `len` bytes. */
typedef struct sl_log_field {
    const char *key;
    const char *value;
    size_t len;
} sl_log_field;

/* printf-style message without fields. */
__attribute__((format(printf, 3, 4))) void
sl_log_line(const sl_log *log, sl_log_level level, const char *format, ...);

/* A message with fields. */
void sl_log_write(const sl_log *log, sl_log_level level, const char *message,
                  size_t len, const sl_log_field *fields, size_t nfields);

/* Append the line that would be written at that time, with its line feed. */
void sl_log_format(sl_buffer *line, bool json, int64_t unix_ms,
                   sl_log_level level, const char *message, size_t len,
                   const sl_log_field *fields, size_t nfields);

#endif
