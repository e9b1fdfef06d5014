/* FIFO of pieces that knows how much it holds.
 *
 * `bytes` are the entity bytes in it (body and suppressed). `cost` is what
 * they take of the server's memory: bytes in memory, plus a fixed amount for
 * every piece. Limits compare costs, so that a million empty writes are
 * bounded like a million bytes. A file range costs little but more than a
 * piece, because it holds a descriptor.
 */
#ifndef SLUICE_PIPELINE_QUEUE_H
#define SLUICE_PIPELINE_QUEUE_H

#include "pipeline/batch.h"
#include "pipeline/piece.h"

/* What one piece, and one operation, cost beside their bytes. */
enum { SL_PIECE_COST = 96, SL_FILE_COST = 4096, SL_OPERATION_COST = 288 };

typedef struct sl_queue {
    sl_piece *first;
    sl_piece *last;
    uint64_t bytes;
    uint64_t cost;
    sl_block *filling; /* the block that copies go to; NULL: none */
} sl_queue;

static inline bool sl_queue_is_empty(const sl_queue *queue)
{
    return queue->first == NULL;
}

/* Take over a piece at the end. */
void sl_queue_push(sl_queue *queue, sl_piece *piece);

/* Give up the first piece; NULL when empty. The memory for copies is let go
 * with sl_queue_relax. */
sl_piece *sl_queue_pop(sl_queue *queue);

/* Move everything of `from` to the end of `to`. */
void sl_queue_splice(sl_queue *to, sl_queue *from);

/* Copy bytes to the end: joined to the last piece where that is possible,
 * because it is copied body data too. */
void sl_queue_copy(sl_pipeline *pipeline, sl_queue *queue, sl_piece_role role,
                   const char *data, size_t len);

/* Let go of the block that copies go to, when nothing is queued. */
void sl_queue_relax(sl_pipeline *pipeline, sl_queue *queue);

/* Destroy all pieces. Marks of operations are only unlinked. */
void sl_queue_clear(sl_pipeline *pipeline, sl_queue *queue);

/* Add what can be sent from the front of the queue to a batch. True when all
 * of it went in, so that what follows on the connection may be added too. */
bool sl_queue_gather(const sl_queue *queue, sl_batch *batch);

/* Note that `len` bytes of the first piece were used. */
void sl_queue_advance(sl_queue *queue, uint64_t len);

#endif
