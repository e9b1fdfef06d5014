/* What a server says of itself when it is asked, as text.
 */
#ifndef SLUICE_WORKER_STATUS_H
#define SLUICE_WORKER_STATUS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "worker/heartbeat.h"
#include "worker/outcome.h"

/* One process that serves. */
typedef struct sl_status_row {
    uint32_t slot;
    pid_t pid;
    const char *state;
    const sl_heartbeat *page;
} sl_status_row;

/* Everything is borrowed. */
typedef struct sl_status_view {
    const char *state;
    uint64_t replaced;
    const sl_outcome *reload;
    const char *const *addresses; /* NULL behind the last */
    const sl_status_row *rows;
    size_t count; /* of them */
} sl_status_view;

/* For people, and as one object for programs. */
void sl_status_print(const sl_status_view *view, sl_buffer *text);
void sl_status_append_json(const sl_status_view *view, sl_buffer *text);

/* Resident memory of a process in bytes; 0: it is not known. */
uint64_t sl_status_memory(pid_t pid);

#endif
