/* Operations of one response: in flight, completed, collected.
 *
 * An operation is its own mark: the piece in it goes through the queues. It is
 * found by its id in a small hash table, and waits for its collector in a
 * list after it has completed.
 */
#ifndef SLUICE_PIPELINE_OPERATION_H
#define SLUICE_PIPELINE_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include <sluice/operation.h>

#include "base/list.h"
#include "base/timers.h"
#include "pipeline/piece.h"

typedef enum sl_op_state {
    SL_OP_FLYING,
    SL_OP_WITHDRAWN, /* cancelled or timed out; its mark still has its turn */
    SL_OP_COMPLETED  /* waits to be collected or called back */
} sl_op_state;

typedef struct sl_op {
    sl_piece mark; /* first: the slab's link lies over its `next` */
    sl_response *response;
    uint32_t flags;
    uint8_t state;      /* sl_op_state */
    bool in_call;       /* the call that started it has not returned yet */
    sl_completion done; /* filled in at completion; id and kind before */
    double accepted;    /* entity bytes of the call; a write's `bytes` */
    sl_completion_fn *callback;
    void *context;
    struct sl_op *next_in_bucket;
    sl_list link; /* in flight, uncollected, or the pipeline's callbacks */
    sl_timer timer;
    bool ends_body;         /* it wrote the last data */
    bool orphaned;          /* a cancelled flush, collected before its turn */
    uint32_t trailers_from; /* its trailer fields in the response's table */
    uint32_t ntrailers;
    sl_response *child; /* of a child: its own response */
    char *buffer;       /* of a read: where it puts the bytes */
    size_t capacity;
    uint64_t began_us;
    void *waiter; /* the host's own: told when the operation completes */
} sl_op;

/* Those that have not been forgotten yet. */
typedef struct sl_op_table {
    uint32_t count;
    uint32_t reading;     /* reads, which wait in a list of the request, and
                             children */
    uint32_t listed;      /* of them, those that will be in `completed` */
    uint32_t uncollected; /* in `completed` */
    uint32_t failed;      /* of them, not successful */
    uint32_t dropped;
    uint32_t nbuckets; /* a power of two */
    sl_op **buckets;   /* few, or more of them on the heap */
    sl_op *few[8];
    sl_list flying;    /* in order of submission */
    sl_list completed; /* in order of completion */
} sl_op_table;

/* Zeroed, there are none. */
typedef struct sl_operations {
    uint32_t last_id;
    uint32_t in_flight; /* writes and flushes */
    sl_op_table *table; /* in the exchange's arena; NULL: none was needed yet */
} sl_operations;

static inline uint32_t sl_operations_reading(const sl_operations *operations)
{
    return operations->table != NULL ? operations->table->reading : 0;
}

static inline uint32_t sl_operations_failed(const sl_operations *operations)
{
    return operations->table != NULL ? operations->table->failed : 0;
}

/* The first one in flight, or the one submitted after `op`; NULL: none. */
sl_op *sl_operations_next(const sl_operations *operations, const sl_op *op);

/* Free all that has completed. Nothing may be in flight. */
void sl_operations_deinit(sl_operations *operations);

/* The operation with that id, or NULL: never started, collected, or gone. */
sl_op *sl_operations_find(const sl_operations *operations, uint32_t id);

/* An operation in flight, with its timeout running. Whoever created it pushes
 * its mark onto the queue; a read has none, and a child neither. */
sl_op *sl_op_create(sl_response *response, const sl_operation *call,
                    uint32_t kind);

/* An operation that was over within its call, so that there was none: it is
 * counted and told of as if. Its id. */
uint32_t sl_op_skip(sl_response *response, uint32_t kind,
                    const sl_operation *call);

/* The mark has left the queues. A withdrawn operation keeps its own status.
 * While the call that started it has not returned, nobody is told yet: the
 * call itself reports it, or posts it. */
void sl_op_complete(sl_op *op, sl_status status, double bytes,
                    double wire_bytes);
void sl_op_post(sl_op *op);

/* End the wait of whoever waits for this operation. */
void sl_op_wake(sl_op *op);

/* Will it be in the response's list when it has completed? */
static inline bool sl_op_is_listed(const sl_op *op)
{
    return op->callback == NULL && !(op->flags & SL_BY_ID) && !op->orphaned;
}

/* Take it out of that list, and forget it. */
void sl_op_unlist(sl_op *op);

/* Forget a completed operation. */
void sl_op_destroy(sl_op *op);

#endif
