/* The log of a program: a level for each of its parts, which may change while it
 * runs, and lines that wait for a reader that is slow.
 *
 * Writing never waits. What a pipe, a socket or a terminal does not take is kept
 * and tried again, by whoever hears of it; beyond a bound lines are lost, counted,
 * and told of when the reader reads again.
 *
 * Threads:   one.
 * Ownership: who opened the descriptor keeps it until after sl_logs_close.
 */
#ifndef SLUICE_BASE_LOGS_H
#define SLUICE_BASE_LOGS_H

#include "base/histogram.h"
#include "base/log.h"
#include "base/outlet.h"

/* What a line is about. */
typedef enum sl_log_part {
    SL_LOG_SERVER, /* processes and where they listen; what has no other part */
    SL_LOG_NET,    /* connections */
    SL_LOG_HTTP,   /* requests that were refused, and stages of answers */
    SL_LOG_SCRIPT, /* handlers and tasks that fail */
    SL_LOG_APP,    /* what the app says */
    SL_LOG_RELOAD, /* other versions of the app */
    SL_LOG_ADMIN,  /* the admin listener */
    SL_LOG_PARTS
} sl_log_part;

typedef struct sl_logs {
    sl_log parts[SL_LOG_PARTS];
    sl_outlet outlet;
    sl_buffer waiting; /* whole lines, but for the start of the first */
    uint64_t lost;     /* lines, not yet told of */
    uint64_t telling;  /* so many are being told of; 0: none */
    sl_counter *shown; /* all of them; NULL: nobody looks */

    /* Lines wait: call sl_logs_flush after a while; NULL: they wait for the next
     * line. */
    void (*on_waiting)(void *context);
    void *context;
} sl_logs;

void sl_logs_init(sl_logs *logs, int fd, sl_log_level level, bool json);

/* The descriptor means another file now. */
void sl_logs_reopen(sl_logs *logs);

/* Write what waits, with a little patience: it is the last chance. */
void sl_logs_close(sl_logs *logs);

/* The log of a part, of those that this one belongs to. */
const sl_log *sl_log_of(const sl_log *log, sl_log_part part);

/* Write a line, now or later. */
void sl_logs_write(sl_logs *logs, const sl_buffer *line);

/* Write what waits. True: nothing does any more. */
bool sl_logs_flush(sl_logs *logs);

/* --- Levels ------------------------------------------------------------------- */

/* Set levels: "app=debug net=error", or "debug" for all parts; with blanks or
 * commas between them. False: nothing has changed, and *wrong (room for
 * SL_LOG_WRONG bytes) says what is allowed. */
enum { SL_LOG_WRONG = 256 };
bool sl_logs_set(sl_logs *logs, const char *levels, char *wrong);

/* Append "server=info net=debug ...", as sl_logs_set reads it. */
void sl_logs_list(const sl_logs *logs, sl_buffer *text);

const char *sl_log_part_name(const sl_log *log);

#endif
