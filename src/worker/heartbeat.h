/* What a worker shows of itself, in a page of memory that its supervisor reads
 * at any time: also when the worker is stuck, or dead.
 *
 * A worker marks `running` after its wait and `waiting` before it, so that an
 * idle one is never woken to prove that it lives. Only the worker writes,
 * except where it says so.
 */
#ifndef SLUICE_WORKER_HEARTBEAT_H
#define SLUICE_WORKER_HEARTBEAT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <sluice/status.h>

#include "http/request_id.h"

enum { SL_HEARTBEAT_IDS = 8, SL_HEARTBEAT_ID_SIZE = SL_REQUEST_ID };

typedef struct sl_heartbeat {
    _Atomic uint64_t turn; /* odd: running; even: waiting */

    /* Counters. */
    _Atomic uint64_t requests; /* begun */
    _Atomic uint64_t accepted; /* connections */
    _Atomic uint32_t connections;
    _Atomic uint32_t handlers; /* that have not ended */
    _Atomic uint64_t lua_bytes;
    _Atomic uint32_t exchanges; /* requests, with answers that are not over */
    _Atomic uint32_t operations;
    _Atomic uint32_t pieces; /* of answers, in memory */
    _Atomic uint32_t tasks;  /* coroutines that have not ended */

    /* Where is your script? Each is the number of a turn: the supervisor writes
     * the first, and the worker the second, when it has said so in its log. */
    _Atomic uint64_t asked;
    _Atomic uint64_t answered;

    _Atomic uint32_t
        debugged; /* a debugger may stop it for as long as it likes */

    /* The requests begun last, in a ring: number n is at n modulo its size. */
    char ids[SL_HEARTBEAT_IDS][SL_HEARTBEAT_ID_SIZE];
} sl_heartbeat;

/* No order between counters is promised, so none is paid for. */
#define sl_heartbeat_show(counter, value) \
    atomic_store_explicit(&(counter), (value), memory_order_relaxed)
#define sl_heartbeat_see(counter) \
    atomic_load_explicit(&(counter), memory_order_relaxed)

/* A page, with a board behind it, that can be inherited: *fd is closed on exec. SL_ESYSTEM: errno. */
sl_status sl_heartbeat_create(sl_heartbeat **page, int *fd);

/* The page behind an inherited descriptor, which is closed; NULL: it is none. */
sl_heartbeat *sl_heartbeat_map(int fd);

void sl_heartbeat_unmap(sl_heartbeat *page);

static inline void sl_heartbeat_run(sl_heartbeat *page)
{
    uint64_t turn = atomic_load_explicit(&page->turn, memory_order_relaxed) | 1;

    atomic_store_explicit(&page->turn, turn, memory_order_relaxed);
}

static inline void sl_heartbeat_wait(sl_heartbeat *page)
{
    uint64_t turn = atomic_load_explicit(&page->turn, memory_order_relaxed) | 1;

    atomic_store_explicit(&page->turn, turn + 1, memory_order_relaxed);
}

/* A request has begun. */
void sl_heartbeat_note_request(sl_heartbeat *page, sl_span id);

/* The ids of the requests begun last, newest first, with blanks between them:
 * at most `most` of them, in `text` of SL_HEARTBEAT_IDS *
 * SL_HEARTBEAT_ID_SIZE bytes. */
void sl_heartbeat_last_ids(const sl_heartbeat *page, int most, char *text);

#endif
