#include "pipeline/queue.h"

#include <assert.h>
#include <string.h>

#include "pipeline/block.h"
#include "pipeline/pipeline.h"

static bool is_entity(const sl_piece *piece)
{
    return sl_piece_has_bytes(piece) && piece->role <= SL_ROLE_SUPPRESSED;
}

static uint64_t cost_of(const sl_piece *piece)
{
    if (piece->kind == SL_PIECE_DATA) { /* most of them, by far */
        return piece->len + SL_PIECE_COST;
    }
    switch ((sl_piece_kind)piece->kind) {
    case SL_PIECE_FILE:
        return SL_FILE_COST;
    case SL_PIECE_MARK:
        return piece->as.op != NULL ? SL_OPERATION_COST : SL_PIECE_COST;
    case SL_PIECE_OWNER:
        return piece->fd >= 0 ? SL_FILE_COST : SL_PIECE_COST;
    case SL_PIECE_DATA:
    case SL_PIECE_END:
        break;
    }
    return SL_PIECE_COST;
}

static void count_in(sl_queue *queue, const sl_piece *piece)
{
    queue->cost += cost_of(piece);
    queue->bytes += is_entity(piece) ? piece->len : 0;
}

static void count_out(sl_queue *queue, const sl_piece *piece)
{
    queue->cost -= cost_of(piece);
    queue->bytes -= is_entity(piece) ? piece->len : 0;
}

void sl_queue_push(sl_queue *queue, sl_piece *piece)
{
    piece->next = NULL;
    if (queue->last != NULL) {
        queue->last->next = piece;
    } else {
        queue->first = piece;
    }
    queue->last = piece;
    count_in(queue, piece);
}

sl_piece *sl_queue_pop(sl_queue *queue)
{
    sl_piece *piece = queue->first;

    if (piece == NULL) {
        return NULL;
    }
    queue->first = piece->next;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    piece->next = NULL;
    count_out(queue, piece);
    return piece;
}

void sl_queue_splice(sl_queue *to, sl_queue *from)
{
    if (from->first == NULL) {
        return;
    }
    if (to->last != NULL) {
        to->last->next = from->first;
    } else {
        to->first = from->first;
    }
    to->last = from->last;
    to->bytes += from->bytes;
    to->cost += from->cost;
    from->first = NULL;
    from->last = NULL;
    from->bytes = 0;
    from->cost = 0;
}

/* The block to copy into: the one being filled, emptied when nobody else
 * refers to it, or a new one when it is full. */
static sl_block *block_with_room(sl_pipeline *pipeline, sl_queue *queue,
                                 size_t len)
{
    sl_block *block = queue->filling;
    int is_large = 0;

    if (block != NULL && block->refs == 1) {
        block->used = 0;
    }
    if (block != NULL && block->used < block->size) {
        return block;
    }
    if (block != NULL) {
        is_large = 1; /* one was filled: more is likely to come */
        sl_block_unref(pipeline, block);
    }
    queue->filling = sl_block_create(pipeline, len, is_large);
    return queue->filling;
}

/* Can bytes appended to `block` be joined to the last piece? */
static bool continues(const sl_queue *queue, const sl_block *block,
                      sl_piece_role role)
{
    const sl_piece *last = queue->last;

    return last != NULL && last->kind == SL_PIECE_DATA &&
           last->owner == SL_OWNER_BLOCK && last->as.block == block &&
           last->role == role &&
           last->data + last->len == block->data + block->used;
}

/* Lengthen the last piece by bytes for which its block has room. */
static void join(sl_queue *queue, sl_block *block, const char *data, size_t len)
{
    memcpy(block->data + block->used, data, len);
    block->used += (uint32_t)len;
    queue->last->len += len;
    queue->cost += len;
    queue->bytes += queue->last->role == SL_ROLE_BODY ? len : 0;
}

static void copy_into(sl_pipeline *pipeline, sl_queue *queue, sl_block *block,
                      sl_piece_role role, const char *data, size_t len)
{
    char *place = block->data + block->used;
    sl_piece *piece;

    if (continues(queue, block, role)) {
        join(queue, block, data, len);
        return;
    }
    memcpy(place, data, len);
    block->used += (uint32_t)len;
    piece = sl_piece_create(pipeline, SL_PIECE_DATA, role);
    piece->owner = SL_OWNER_BLOCK;
    piece->as.block = sl_block_ref(block);
    piece->data = place;
    piece->len = len;
    sl_queue_push(queue, piece);
}

void sl_queue_copy(sl_pipeline *pipeline, sl_queue *queue, sl_piece_role role,
                   const char *data, size_t len)
{
    sl_block *filling = queue->filling;

    assert(role != SL_ROLE_SUPPRESSED);
    if (filling != NULL && len <= filling->size - filling->used &&
        continues(queue, filling, role)) {
        join(queue, filling, data, len);
        return;
    }
    while (len > 0) {
        sl_block *block = block_with_room(pipeline, queue, len);
        size_t room = block->size - block->used;
        size_t part = len < room ? len : room;

        copy_into(pipeline, queue, block, role, data, part);
        data += part;
        len -= part;
    }
}

void sl_queue_relax(sl_pipeline *pipeline, sl_queue *queue)
{
    if (queue->first == NULL) {
        sl_block_unref(pipeline, queue->filling);
        queue->filling = NULL;
    }
}

void sl_queue_clear(sl_pipeline *pipeline, sl_queue *queue)
{
    sl_piece *piece;

    while ((piece = sl_queue_pop(queue)) != NULL) {
        if (piece->kind != SL_PIECE_MARK || piece->as.op == NULL) {
            sl_piece_destroy(pipeline, piece);
        }
    }
    sl_queue_relax(pipeline, queue);
}

static bool goes_out(const sl_piece *piece)
{
    return sl_piece_has_bytes(piece) && piece->len > 0 &&
           piece->role != SL_ROLE_SUPPRESSED;
}

/* Add an iovec, or lengthen the last one when the bytes follow it in memory. */
static bool add_bytes(sl_batch *batch, const char *data, size_t len)
{
    struct iovec *last = batch->iov + batch->count - 1;

    if (batch->count > 0 &&
        (const char *)last->iov_base + last->iov_len == data) {
        last->iov_len += len;
    } else if (batch->count < SL_BATCH_PIECES) {
        union {
            const char *in;
            char *out;
        } base = {.in = data}; /* iovec is not const-correct */

        batch->iov[batch->count++] =
            (struct iovec){.iov_base = base.out, .iov_len = len};
    } else {
        return false;
    }
    batch->bytes += len;
    return true;
}

static bool add_piece(sl_batch *batch, const sl_piece *piece)
{
    if (batch->fd >= 0) {
        return false; /* nothing can follow a file range */
    }
    if (piece->kind == SL_PIECE_DATA) {
        return add_bytes(batch, piece->data, piece->len);
    }
    batch->fd = piece->fd;
    batch->offset = piece->offset;
    batch->file_len = piece->len;
    return true;
}

bool sl_queue_gather(const sl_queue *queue, sl_batch *batch)
{
    for (const sl_piece *p = queue->first; p != NULL; p = p->next) {
        if (goes_out(p) && !add_piece(batch, p)) {
            batch->more = true;
            return false;
        }
    }
    return true;
}

void sl_queue_advance(sl_queue *queue, uint64_t len)
{
    sl_piece *piece = queue->first;

    assert(piece != NULL && sl_piece_has_bytes(piece) && len <= piece->len);
    count_out(queue, piece);
    piece->len -= len;
    if (piece->kind == SL_PIECE_DATA) {
        piece->data += len;
    } else {
        piece->offset += len;
    }
    count_in(queue, piece);
}
