/* What a server says of itself when it is asked, as text.
 */
#ifndef SLUICE_WORKER_STATUS_H
#define SLUICE_WORKER_STATUS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "worker/board.h"
#include "worker/heartbeat.h"
#include "worker/outcome.h"

typedef enum sl_status_form {
    SL_STATUS_TABLE, /* for people */
    SL_STATUS_JSON,
    SL_STATUS_LIVE /* likewise, with what boards list */
} sl_status_form;

/* One process that serves. */
typedef struct sl_status_row {
    uint32_t slot;
    pid_t pid;
    const char *state;
    const sl_heartbeat *page;
    const sl_board *board; /* NULL: it is not known */
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

void sl_status_append(const sl_status_view *view, sl_status_form form,
                      sl_buffer *text);

/* Inside, see live.c: what a worker has listed, as members of an object. */
void sl_status_append_live(const sl_board *board, sl_buffer *json);

/* The exchanges of it alone, as an array. */
void sl_status_append_list(const sl_board *board, sl_buffer *json);

/* Resident memory of a process in bytes; 0: it is not known. */
uint64_t sl_status_memory(pid_t pid);

#endif
