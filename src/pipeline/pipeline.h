/* What all exchanges of a worker share: pools, time, limits, fragments, and
 * the list of what the host has to be told.
 *
 * Pure: performs no I/O and reads no clock. The host says what time it is and
 * asks for deliveries once per turn; nothing is delivered from inside a call.
 */
#ifndef SLUICE_PIPELINE_PIPELINE_H
#define SLUICE_PIPELINE_PIPELINE_H

#include <sluice/fragment.h>

#include "base/arena.h"
#include "base/meters.h"
#include "base/slab.h"
#include "base/timers.h"
#include "pipeline/exchange.h"
#include "pipeline/tally.h"
#include "pipeline/traffic.h"

typedef struct sl_pipeline_settings {
    uint64_t high_water;       /* bytes a response holds before writers wait */
    uint64_t hard_limit;       /* bytes at which nothing more is taken */
    uint64_t send_threshold;   /* bytes that go out at once */
    uint64_t quota_bytes;      /* accepted in one turn by one coroutine */
    uint32_t quota_calls;      /* of write and flush, likewise */
    uint32_t max_uncollected;  /* completions per response */
    uint64_t body_window;      /* bytes of a request body held unread */
    uint64_t fragment_bytes;   /* of all fragments together */
    uint64_t header_bytes;     /* of one response head */
    uint32_t stage_timeout_ms; /* that a stage may wait; 0: for ever */
} sl_pipeline_settings;

/* The defaults of the design. */
extern const sl_pipeline_settings sl_pipeline_defaults;

/* Where deliveries go: the first three from sl_pipeline_deliver only, the
 * others from inside any call, so they must only take note or answer. */
typedef struct sl_pipeline_host {
    void (*on_events)(void *host, sl_exchange *exchange, uint32_t events);
    void (*on_anchor)(void *host, sl_lender *lender,
                      uint32_t anchor); /* may be let go; counted already */
    void (*on_descriptor)(void *host, int fd); /* close it */

    /* The operation that `waiter` (sl_op's) waits for has completed: queue
     * it. May be NULL when nobody sets waiters. */
    void (*on_waiter)(void *host, void *waiter);

    /* The size of an open file in bytes; negative when it is not a regular
     * file. May be NULL when nobody sends files "to the end". */
    int64_t (*file_size)(void *host, int fd);

    /* Read a file: how many bytes; 0 at its end; negative when that fails. May
     * be NULL when no stage asks for the bytes of files. */
    int64_t (*read_file)(void *host, int fd, uint64_t offset, char *buffer,
                         size_t len);

    /* A stage has failed: SL_ETOOBIG, it held more than it declared;
     * SL_ETIMEDOUT, it has waited too long. Note it somewhere. May be NULL. */
    void (*on_stage_failed)(void *host, sl_exchange *exchange,
                            const char *stage, sl_status why);

    /* The time now, for calls that come from outside of a turn. May be NULL
     * when there are none. */
    uint64_t (*now_ms)(void *host);

    /* An operation has completed: for who draws or tests what handlers do. May
     * be NULL. */
    void (*on_completed)(void *host, sl_exchange *exchange,
                         const sl_completion *done);
} sl_pipeline_host;

/* What one coroutine has used of its turn. The scheduler points the pipeline
 * to the quota of whoever runs. */
typedef struct sl_quota {
    uint64_t turn; /* the quota belongs to this turn; else it is unused */
    uint64_t bytes;
    uint32_t calls;
} sl_quota;

struct sl_pipeline {
    sl_pipeline_settings settings;
    const sl_pipeline_host *host;
    void *host_context;
    uint64_t now_ms;   /* monotonic */
    int64_t unix_s;    /* the time of day: the Date of what leaves now */
    uint64_t now_us;   /* of another clock, when the host looked at it last */
    uint64_t turn;     /* counts sl_pipeline_turn */
    sl_timers timers;  /* of the whole worker */
    sl_quota *quota;   /* of the running coroutine; NULL: none */
    sl_lender *lender; /* its VM; NULL: it has no anchors */

    sl_slab exchanges;
    uint32_t slots; /* of exchanges, that have a number */
    sl_slab pieces;
    sl_slab operations;
    sl_slab stages;           /* of the public interface */
    sl_block *free_blocks[2]; /* small and large ones, kept for reuse */
    uint32_t nfree_blocks[2];
    sl_arena_pool arenas;
    sl_fragments *fragments;
    struct sl_recorder *recorder;    /* of development; else NULL */
    struct sl_stages *shared_stages; /* of the stages that come with the
                                        server; NULL: there are none */

    sl_list with_events; /* exchanges */
    sl_list callbacks;   /* completed operations with a callback */
    sl_piece *released;  /* pieces whose owners are to be told, in order */
    sl_piece *released_last;
    uint32_t next_generation;

    sl_tally *tally;     /* never NULL: `own`, or the worker's */
    sl_traffic *traffic; /* the worker's; NULL: nobody counts */
    sl_meters *meters;   /* likewise */
    uint32_t streams;    /* answers that left before they were complete */
    sl_tally own;
};

sl_pipeline *sl_pipeline_create(const sl_pipeline_settings *settings,
                                const sl_pipeline_host *host, void *context);

/* No exchange may be live. Delivers what is still to be released. */
void sl_pipeline_destroy(sl_pipeline *pipeline);

/* A turn begins: note the time and run what is due. */
void sl_pipeline_turn(sl_pipeline *pipeline, uint64_t now_ms);

/* A call that measures time was made, perhaps long after the last turn. */
void sl_pipeline_refresh(sl_pipeline *pipeline);

/* Deliver releases, completions and events. False when there were none. */
bool sl_pipeline_deliver(sl_pipeline *pipeline);

/* Has something to be delivered? */
bool sl_pipeline_has_news(const sl_pipeline *pipeline);

#endif
