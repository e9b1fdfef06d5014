#include "pipeline/record.h"
#include "pipeline/response.h"

void sl_response_count(sl_pipeline *pipeline, uint64_t bytes)
{
    sl_quota *quota = pipeline->quota;

    if (quota == NULL) {
        return;
    }
    if (quota->turn != pipeline->turn) {
        *quota = (sl_quota){.turn = pipeline->turn};
    }
    quota->calls++;
    quota->bytes += bytes;
}

/* A call that fails counts too. */
static sl_status refuse(sl_response *res, sl_status rc)
{
    if (rc != SL_EAGAIN) {
        sl_response_count(sl_response_pipeline(res), 0);
    }
    return rc;
}

/* A write's count is its own: what sync writes left in front of it ends with
 * a mark that belongs to nobody. */
static void close_sync_run(sl_response *res)
{
    if (res->mark_needed) {
        sl_queue_push(&res->accepted,
                      sl_piece_create(sl_response_pipeline(res), SL_PIECE_MARK,
                                      SL_ROLE_BODY));
        res->mark_needed = false;
    }
}

/* Tell the caller what came of its call. */
static sl_status report(sl_op *op, sl_operation *call)
{
    call->id = op->done.id;
    if (op->state != SL_OP_COMPLETED) {
        op->in_call = false;
    } else if (op->done.status == SL_OK && !(op->flags & SL_ALWAYS_POST)) {
        call->bytes = op->done.bytes;
        call->wire_bytes = op->done.wire_bytes;
        sl_op_destroy(op);
        return SL_OK;
    } else {
        sl_op_post(op);
    }
    call->completion_expected = 1;
    return SL_PENDING;
}

/* Put an operation's mark behind what was appended, and the END before it. */
static void append_mark(sl_response *res, sl_op *op, bool is_last)
{
    op->ends_body = is_last;
    if (is_last) {
        sl_response_push_end(res);
    }
    sl_queue_push(&res->accepted, &op->mark);
    if (op->callback != NULL) {
        res->awaited_id = op->done.id;
    }
    sl_response_settle(res);
}

static bool is_over_threshold(sl_response *res)
{
    const sl_pipeline *pipeline = sl_response_pipeline(res);

    return res->accepted.cost >= pipeline->settings.send_threshold &&
           res->accepted.bytes >= res->buffering;
}

void sl_response_make_due(sl_response *res)
{
    sl_exchange *exchange = sl_exchange_of_response(res);

    if (res->declared >= 0 && res->accepted_bytes > res->declared) {
        sl_response_fail(res, SL_ELENGTH);
    }
    sl_exchange_due(exchange);
    if (is_over_threshold(res)) {
        sl_exchange_send(exchange);
    }
}

static void clear_results(sl_operation *call)
{
    call->id = 0;
    call->completion_expected = 0;
    call->bytes = 0;
    call->wire_bytes = 0;
}

/* Most writes are one short text. */
static bool is_text(const sl_chunk *chunks, size_t nchunks)
{
    return nchunks == 1 && chunks != NULL && chunks->kind == SL_CHUNK_MEMORY &&
           chunks->data != NULL;
}

static sl_status measure(sl_response *res, const sl_chunk *chunks,
                         size_t nchunks, sl_measure *measured)
{
    if (is_text(chunks, nchunks)) {
        measured->bytes = chunks->len;
        return SL_OK;
    }
    return sl_chunks_measure(res, chunks, nchunks, measured);
}

/* Take the chunks over; their bytes, as they are now: a file "to the end" may
 * have grown since it was measured. */
static double take(sl_response *res, const sl_chunk *chunks, size_t nchunks)
{
    uint64_t before = res->accepted.bytes;
    double taken;

    res->chunks += (uint32_t)nchunks;
    if (is_text(chunks, nchunks)) {
        sl_queue_copy(sl_response_pipeline(res), &res->accepted, SL_ROLE_BODY,
                      chunks->data, chunks->len);
    } else {
        sl_chunks_take(res, &res->accepted, chunks, nchunks);
    }
    taken = (double)(res->accepted.bytes - before);
    res->accepted_bytes += taken;
    return taken;
}

static sl_status write_async(sl_response *res, const sl_chunk *chunks,
                             size_t nchunks, sl_operation *call)
{
    bool is_last = !(call->flags & SL_MORE_DATA);
    uint32_t ntrailers = sl_response_trailers(res)->count;
    sl_op *op;

    close_sync_run(res);
    call->bytes = take(res, chunks, nchunks);
    op = sl_op_create(res, call, SL_KIND_WRITE);
    op->accepted = call->bytes;
    op->trailers_from = ntrailers;
    op->ntrailers = sl_response_trailers(res)->count - ntrailers;
    append_mark(res, op, is_last);
    sl_response_make_due(res);
    return report(op, call);
}

static sl_status write_sync(sl_response *res, const sl_chunk *chunks,
                            size_t nchunks, sl_operation *call)
{
    call->bytes = take(res, chunks, nchunks);
    res->mark_needed = true;
    if (!(call->flags & SL_MORE_DATA)) {
        sl_response_push_end(res);
    }
    sl_response_make_due(res);
    return SL_OK;
}

void sl_response_answer(sl_response *response, const char *text, size_t len)
{
    if (response->record != NULL) {
        const sl_chunk chunk = {
            .kind = SL_CHUNK_MEMORY, .data = text, .len = len};

        sl_record_write(response, &chunk, 1, 0);
    }
    response->accepted_bytes += (double)len;
    sl_queue_copy(sl_response_pipeline(response), &response->accepted,
                  SL_ROLE_BODY, text, len);
    response->mark_needed = true;
    sl_response_push_end(response);
    sl_exchange_due(sl_exchange_of_response(response));
}

sl_status sl_response_write_entity_chunks(sl_response *res, uint32_t generation,
                                          const sl_chunk *chunks,
                                          size_t nchunks, sl_operation *op)
{
    sl_measure measured = {0};
    sl_status rc;

    clear_results(op);
    rc = sl_response_admit(res, generation, op->flags);
    if (rc == SL_OK) {
        rc = measure(res, chunks, nchunks, &measured);
    }
    if (rc == SL_OK) {
        rc = sl_response_check_length(res, measured.bytes,
                                      !(op->flags & SL_MORE_DATA));
    }
    if (rc < 0) {
        return refuse(res, rc);
    }
    sl_response_count(sl_response_pipeline(res), measured.bytes);
    if (res->record != NULL) {
        sl_record_write(res, chunks, nchunks, op->flags);
    }
    if (op->flags & SL_ASYNC) {
        return write_async(res, chunks, nchunks, op);
    }
    return write_sync(res, chunks, nchunks, op);
}

/* --- Flush --------------------------------------------------------------------- */

/* Can it be over when the call returns, without a mark that goes through the
 * queues? A head that leaves by itself needs one. */
static bool may_flush_at_once(const sl_response *res, const sl_operation *call)
{
    return (call->flags & (SL_ASYNC | SL_MORE_DATA | SL_ALWAYS_POST)) ==
               SL_MORE_DATA &&
           call->callback == NULL && res->stages == NULL &&
           (res->phase == SL_PHASE_BODY || res->accepted.bytes > 0);
}

static bool is_all_sent(const sl_response *res)
{
    return res->phase == SL_PHASE_BODY && sl_queue_is_empty(&res->accepted) &&
           sl_queue_is_empty(&res->ready) && sl_queue_is_empty(&res->wire);
}

/* A socket with room, which is nearly always so, takes everything: then there
 * is no operation to make. SL_EAGAIN: something is left. */
static sl_status flush_at_once(sl_response *res, sl_operation *call)
{
    res->flush_due = true;
    res->operations.in_flight++;
    sl_exchange_send(sl_exchange_of_response(res));
    res->operations.in_flight--;
    if (res->failure < 0) {
        return res->failure;
    }
    if (!is_all_sent(res)) {
        sl_pipeline_refresh(sl_response_pipeline(res)); /* it begins to wait */
        return SL_EAGAIN;
    }
    res->flush_due = false;
    res->mark_needed = false;
    call->bytes = res->segment_bytes;
    call->wire_bytes = res->segment_wire;
    res->segment_bytes = 0;
    res->segment_wire = 0;
    call->id = sl_op_skip(res, SL_KIND_FLUSH, call);
    return SL_OK;
}

sl_status sl_response_flush(sl_response *res, uint32_t generation,
                            sl_operation *op)
{
    sl_exchange *exchange;
    sl_operation call;
    sl_status rc;
    sl_op *flush;

    clear_results(op);
    rc = sl_response_admit(res, generation, op->flags);
    if (rc == SL_OK) {
        rc = sl_response_check_length(res, 0, !(op->flags & SL_MORE_DATA));
    }
    if (rc < 0) {
        return refuse(res, rc);
    }
    exchange = sl_exchange_of_response(res);
    sl_response_count(exchange->pipeline, 0);
    if (may_flush_at_once(res, op)) {
        rc = flush_at_once(res, op);
        if (rc != SL_EAGAIN) {
            return rc;
        }
    }
    call = *op;
    call.flags |= op->flags & SL_ASYNC ? 0 : SL_BY_ID;
    flush = sl_op_create(res, &call, SL_KIND_FLUSH);
    res->flush_due = true;
    res->mark_needed = false;
    append_mark(res, flush, !(op->flags & SL_MORE_DATA));
    sl_exchange_due(exchange);
    if (!(op->flags & SL_ASYNC)) {
        sl_exchange_send(exchange);
    }
    return report(flush, op);
}
