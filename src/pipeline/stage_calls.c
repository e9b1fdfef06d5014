/* What a stage of <sluice/stage.h> does with chunks. */
#include "pipeline/user_stage.h"

enum {
    READ_BYTES = 16384,       /* of a file, at once */
    SHARE_BYTES = 256 * 1024, /* worked on in one turn by one stage */
};

/* Its handle is good, and it is its turn. */
static sl_status check(const sl_user_stage *s, uint32_t generation)
{
    if (s->generation != generation || generation == 0) {
        return SL_EGONE;
    }
    return s->is_called || s->base.waiting ? SL_OK : SL_EGONE;
}

static sl_pipeline *pipeline_of(const sl_user_stage *s)
{
    return sl_response_pipeline(s->response);
}

static sl_queue *out_of(sl_user_stage *s)
{
    return sl_stage_out(s->response, &s->base);
}

/* What it works on takes time, and others wait for their turn. */
static void count_work(sl_user_stage *s, uint64_t bytes)
{
    uint64_t turn = pipeline_of(s)->turn;

    if (s->turn != turn) {
        s->turn = turn;
        s->used = 0;
    }
    s->used += bytes;
}

static bool may_go_on(sl_user_stage *s)
{
    const sl_pipeline *pipeline = pipeline_of(s);

    s->base.spent = s->turn == pipeline->turn && s->used >= SHARE_BYTES;
    s->base.more = s->base.spent || !sl_stage_has_room(s->response, &s->base);
    return !s->base.more;
}

/* --- Looking -------------------------------------------------------------------- */

/* The first piece with bytes. */
static sl_status look(sl_user_stage *s, sl_piece **piece)
{
    sl_queue *in = &s->base.in;

    sl_user_stage_pass_marks(s);
    if (in->first == NULL || !sl_piece_has_bytes(in->first)) {
        return SL_EMPTY;
    }
    if (!may_go_on(s)) {
        return SL_EAGAIN;
    }
    *piece = in->first;
    return SL_OK;
}

sl_status sl_stage_next(sl_stage *stage, uint32_t generation, sl_chunk *chunk)
{
    sl_user_stage *s = sl_user_stage_of(stage);
    sl_piece *piece;
    sl_status rc = check(s, generation);

    if (rc == SL_OK) {
        rc = look(s, &piece);
    }
    if (rc != SL_OK) {
        return rc;
    }
    *chunk = (sl_chunk){.kind = SL_CHUNK_MEMORY,
                        .data = piece->data,
                        .len = (size_t)piece->len};
    if (piece->kind == SL_PIECE_FILE) {
        chunk->kind = SL_CHUNK_FILE;
        chunk->fd = piece->fd;
        chunk->offset = (double)piece->offset;
        chunk->extent = (double)piece->len;
        chunk->len = 0;
    } else if (piece->owner == SL_OWNER_FRAGMENT) {
        chunk->kind = SL_CHUNK_FRAGMENT;
    }
    return SL_OK;
}

/* Take `len` bytes off the first piece, which has them. What was passed on of it
 * may still be on its way, and goes in front of its owner. */
static void advance(sl_user_stage *s, uint64_t len)
{
    sl_queue *in = &s->base.in;
    sl_piece *piece;

    sl_queue_advance(in, len);
    if (in->first->len > 0) {
        return;
    }
    piece = sl_queue_pop(in);
    if (sl_piece_is_needed(piece)) {
        piece->kind = SL_PIECE_OWNER;
        sl_queue_push(out_of(s), piece);
    } else {
        sl_piece_destroy(pipeline_of(s), piece);
    }
}

/* Read a part of the file at the front: its bytes come in front of the rest. */
static sl_status read_file(sl_user_stage *s, const sl_piece *piece)
{
    sl_pipeline *pipeline = pipeline_of(s);
    const sl_pipeline_host *host = pipeline->host;
    size_t len = piece->len < READ_BYTES ? (size_t)piece->len : READ_BYTES;
    sl_queue read = {0};
    char bytes[READ_BYTES];
    int64_t n = -1;

    if (host->read_file != NULL) {
        n = host->read_file(pipeline->host_context, piece->fd, piece->offset,
                            bytes, len);
    }
    if (n <= 0) {
        return SL_ESYSTEM;
    }
    sl_queue_copy(pipeline, &read, SL_ROLE_BODY, bytes, (size_t)n);
    advance(s, (uint64_t)n);
    sl_queue_splice(&read, &s->base.in);
    sl_queue_splice(&s->base.in, &read);
    sl_queue_relax(pipeline, &read);
    return SL_OK;
}

sl_status sl_stage_next_bytes(sl_stage *stage, uint32_t generation,
                              sl_span *bytes)
{
    sl_user_stage *s = sl_user_stage_of(stage);
    sl_piece *piece;
    sl_status rc = check(s, generation);

    if (rc == SL_OK) {
        rc = look(s, &piece);
    }
    if (rc == SL_OK && piece->kind == SL_PIECE_FILE) {
        rc = read_file(s, piece);
        piece = s->base.in.first;
    }
    if (rc == SL_OK) {
        *bytes = (sl_span){.data = piece->data, .len = (size_t)piece->len};
    }
    return rc;
}

/* --- Taking and putting ----------------------------------------------------------- */

/* How many bytes of the first piece `bytes` is; false: not so many are there. */
static bool measure(const sl_user_stage *s, double bytes, uint64_t *len)
{
    const sl_piece *piece = s->base.in.first;

    if (piece == NULL || !sl_piece_has_bytes(piece)) {
        return false;
    }
    if (bytes == SL_TO_END) {
        *len = piece->len;
        return true;
    }
    if (!(bytes >= 0) || bytes > (double)piece->len) {
        return false;
    }
    *len = (uint64_t)bytes;
    return true;
}

sl_status sl_stage_pass(sl_stage *stage, uint32_t generation, double bytes)
{
    sl_user_stage *s = sl_user_stage_of(stage);
    sl_queue *in = &s->base.in;
    sl_piece *piece;
    uint64_t len;
    sl_status rc = check(s, generation);

    if (rc != SL_OK) {
        return rc;
    }
    if (!measure(s, bytes, &len)) {
        return SL_EINVAL;
    }
    if (len == 0) {
        return SL_OK;
    }
    piece = sl_queue_pop(in);
    if (len < piece->len) {
        sl_queue rest = {0};
        sl_piece *front = sl_piece_split(pipeline_of(s), piece, len);

        sl_queue_push(&rest, piece);
        sl_queue_splice(&rest, in);
        sl_queue_splice(in, &rest);
        piece = front;
    }
    s->taken += len;
    s->put += len;
    sl_queue_push(out_of(s), piece);
    return SL_OK;
}

sl_status sl_stage_drop(sl_stage *stage, uint32_t generation, double bytes)
{
    sl_user_stage *s = sl_user_stage_of(stage);
    uint64_t len;
    sl_status rc = check(s, generation);

    if (rc != SL_OK) {
        return rc;
    }
    if (!measure(s, bytes, &len)) {
        return SL_EINVAL;
    }
    if (len > 0) {
        s->taken += len;
        s->is_unsettled = true;
        count_work(s, len);
        advance(s, len);
    }
    return SL_OK;
}

sl_status sl_stage_put(sl_stage *stage, uint32_t generation,
                       const sl_chunk *chunks, size_t nchunks)
{
    sl_user_stage *s = sl_user_stage_of(stage);
    sl_measure size = {0};
    sl_status rc = check(s, generation);

    if (rc == SL_OK) {
        rc = sl_chunks_measure(s->response, chunks, nchunks, &size);
    }
    if (rc == SL_OK && !s->base.reshapes && s->put + size.bytes > s->taken) {
        rc = SL_ELENGTH; /* it said that the length stays */
    }
    if (rc == SL_OK) {
        s->put += size.bytes;
        sl_chunks_take(s->response, out_of(s), chunks, nchunks);
    }
    return rc;
}

sl_status sl_stage_hold(sl_stage *stage, uint32_t generation, double bytes)
{
    sl_user_stage *s = sl_user_stage_of(stage);
    sl_status rc = check(s, generation);

    if (rc != SL_OK) {
        return rc;
    }
    if (!(bytes >= 0) || bytes > 9007199254740992.0) {
        return SL_EINVAL;
    }
    s->base.holding = (uint64_t)bytes;
    s->is_unsettled = false;
    if (bytes == 0) {
        sl_queue_splice(out_of(s), &s->base.held);
    }
    sl_response_check_room(s->response); /* it may wait long, and others too */
    return SL_OK;
}

sl_status sl_stage_set_length(sl_stage *stage, uint32_t generation,
                              double bytes)
{
    sl_user_stage *s = sl_user_stage_of(stage);
    sl_status rc = check(s, generation);

    if (rc != SL_OK) {
        return rc;
    }
    if (s->base.begun || !(bytes >= 0) || bytes > 9007199254740992.0) {
        return SL_EINVAL;
    }
    s->base.length = bytes;
    return SL_OK;
}
