/* The body of one response becomes a part of another's: what a child wrote goes
 * into its parent without being copied. */
#include "pipeline/response.h"

/* Of a file whose descriptor belongs to a piece behind, read at once. */
enum { PART_BYTES = 16384 };

/* What owns nothing is copied: who owns its bytes stays behind, and may go first.
 * That is so for parts of what a stage has split. */
static sl_status copy_piece(sl_pipeline *pipeline, sl_queue *to,
                            const sl_piece *piece, uint64_t *bytes)
{
    char part[PART_BYTES];
    int64_t n;

    if (piece->kind == SL_PIECE_DATA) {
        sl_queue_copy(pipeline, to, SL_ROLE_BODY, piece->data,
                      (size_t)piece->len);
        *bytes = piece->len;
        return SL_OK;
    }
    n = pipeline->host->read_file(
        pipeline->host_context, piece->fd, piece->offset, part,
        piece->len < sizeof part ? (size_t)piece->len : sizeof part);
    if (n <= 0) {
        return SL_ESYSTEM;
    }
    sl_queue_copy(pipeline, to, SL_ROLE_BODY, part, (size_t)n);
    *bytes = (uint64_t)n;
    return SL_OK;
}

/* The piece keeps its length, and nothing else. */
static void hand_over(sl_pipeline *pipeline, sl_queue *to, sl_piece *piece)
{
    sl_piece *moved =
        sl_piece_create(pipeline, (sl_piece_kind)piece->kind, SL_ROLE_BODY);

    moved->owner = piece->owner;
    moved->anchor = piece->anchor;
    moved->data = piece->data;
    moved->offset = piece->offset;
    moved->len = piece->len;
    moved->fd = piece->fd;
    moved->as = piece->as;
    piece->owner = SL_OWNER_NONE;
    sl_queue_push(to, moved);
}

sl_status sl_response_give(sl_response *from, sl_queue *to)
{
    sl_pipeline *pipeline = sl_response_pipeline(from);
    sl_piece *piece;

    while ((piece = from->wire.first) != NULL) {
        uint64_t bytes = piece->len;
        sl_status rc = SL_OK;

        if (piece->owner == SL_OWNER_NONE) {
            rc = copy_piece(pipeline, to, piece, &bytes);
        } else {
            hand_over(pipeline, to, piece);
        }
        if (rc < 0) {
            return rc;
        }
        sl_response_sent(from, bytes);
    }
    return SL_OK;
}

sl_status sl_response_splice(sl_response *to, uint32_t generation,
                             sl_queue *from, uint64_t *bytes)
{
    sl_status rc = sl_response_admit(to, generation, SL_AT_MARK);

    *bytes = 0;
    if (rc < 0) {
        return rc;
    }
    if (from->first == NULL) {
        return SL_EMPTY;
    }
    rc = sl_response_check_length(to, from->first->len, false);
    if (rc < 0) {
        return rc;
    }
    *bytes = from->first->len;
    sl_queue_push(&to->accepted, sl_queue_pop(from));
    to->chunks++;
    to->accepted_bytes += (double)*bytes;
    to->mark_needed = true;
    sl_response_count(sl_response_pipeline(to), *bytes);
    sl_response_make_due(to);
    return SL_OK;
}
