/* A console into an app: what somebody types is evaluated in a task of its own,
 * which may wait, and what comes of it is said to a visitor.
 *
 * Threads:   the loop's, but for sl_script_console_interrupt.
 * Ownership: the host outlives the script.
 */
#ifndef SLUICE_SCRIPT_CONSOLE_H
#define SLUICE_SCRIPT_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice/status.h>

#include "base/buffer.h"
#include "script/script.h"

typedef struct sl_console_host {
    /* A message to a visitor; false: much waits for it already. One who has
     * gone is told nothing. */
    bool (*say)(void *context, uint32_t visit, char kind, const char *text,
                size_t len);
    /* Is what was asked for no longer wanted? */
    bool (*is_interrupted)(void *context, uint32_t visit);
    /* The evaluation has ended, however it did. */
    void (*over)(void *context, uint32_t visit);
    /* The requests that are live, as an array of JSON. */
    void (*list)(void *context, sl_buffer *json);
} sl_console_host;

/* Who asks for what: "evaluate" or "complete" the text, or "leave". */
typedef struct sl_console_call {
    const sl_console_host *host;
    void *context;
    uint32_t visit;
    int fd; /* where the visitor is heard */
    const char *what;
    const char *text;
    size_t len;
} sl_console_call;

/* Begin a task for that. SL_ETOOBIG: there is no memory. */
sl_status sl_script_console(sl_script *script, const sl_console_call *call);

/* Raise `cancelled` where an evaluation of that visitor waits. */
void sl_script_console_cancel(sl_script *script, uint32_t visit);

/* In a signal handler, on the loop's thread: if what runs at this moment was
 * asked for by who is heard at `fd`, raise an error in it. */
void sl_script_console_interrupt(sl_script *script, int fd);

/* A task of that visitor's has ended. */
void sl_script_console_over(const sl_script *script, uint32_t visit);

#endif
