/* Chunks that go in front of all others. */
#include "pipeline/record.h"
#include "pipeline/response.h"

/* Put `front` before everything that was accepted. */
static void prepend(sl_response *res, sl_queue *front)
{
    sl_pipeline *pipeline = sl_response_pipeline(res);

    sl_queue_push(front,
                  sl_piece_create(pipeline, SL_PIECE_MARK, SL_ROLE_BODY));
    sl_queue_splice(front, &res->accepted);
    sl_queue_splice(&res->accepted, front);
    sl_queue_relax(pipeline, front);
}

sl_status sl_response_insert_chunks(sl_response *res, uint32_t generation,
                                    const sl_chunk *chunks, size_t nchunks)
{
    sl_queue front = {0};
    sl_measure measure = {0};
    sl_status rc;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (res->failure < 0) {
        return res->failure;
    }
    if (res->phase != SL_PHASE_HEAD || sl_chain_is_busy(res)) {
        return SL_ECOMMITTED;
    }
    if (sl_response_held(res) >=
        sl_response_pipeline(res)->settings.hard_limit) {
        return SL_EAGAIN;
    }
    rc = sl_chunks_measure(res, chunks, nchunks, &measure);
    if (rc == SL_OK) {
        rc = sl_response_check_length(res, measure.bytes, false);
    }
    if (rc < 0) {
        return rc;
    }
    if (res->record != NULL) {
        sl_record_insert(res, chunks, nchunks);
    }
    res->accepted_bytes += (double)measure.bytes;
    res->chunks += (uint32_t)nchunks;
    sl_chunks_take(res, &front, chunks, nchunks);
    prepend(res, &front);
    sl_exchange_due(sl_exchange_of_response(res));
    return SL_OK;
}
