/* What the parts of the response share; nobody else includes it.
 *
 *   response.c           its life, limits, and what can be asked about it
 *   response_head.c      status, headers, redirect, interim responses
 *   response_text.c      the memory of what a head says
 *   response_write.c     WriteEntityChunks, Flush
 *   response_insert.c    chunks in front of all others
 *   response_splice.c    the body of one becomes a part of another's
 *   response_flow.c      pull, commit: from what was accepted to what is ready
 *   response_sent.c      sent: from the wire to the kernel
 *   response_end.c       finish, abort, clear
 *   response_withdraw.c  cancel, and time that is up
 *   chunks.c             chunks of a caller to pieces of a queue
 *   chain.c              the stages: which, and in what order
 *   chain_run.c          what goes through them
 *   seldom.c             what few of them have
 *   user_stage.c         those of the public interface
 */
#ifndef SLUICE_PIPELINE_RESPONSE_H
#define SLUICE_PIPELINE_RESPONSE_H

#include "pipeline/exchange.h"
#include "pipeline/pipeline.h"

void sl_response_init(sl_response *response, uint32_t generation,
                      sl_arena *arena);
void sl_response_deinit(sl_response *response);

static inline sl_pipeline *sl_response_pipeline(sl_response *response)
{
    return sl_exchange_of_response(response)->pipeline;
}

/* What it holds of the server's memory: accepted and not yet taken. */
uint64_t sl_response_held(const sl_response *response);

/* May a write or flush with these flags go on? SL_OK, or why not. */
sl_status sl_response_admit(sl_response *response, uint32_t generation,
                            uint32_t flags);

/* Does the declared length allow `bytes` more, and the end after them? */
sl_status sl_response_check_length(sl_response *res, uint64_t bytes,
                                   bool is_last);

/* Tell who waits for room, when there is some again. */
void sl_response_check_room(sl_response *response);

/* Nobody waits for room any more. */
void sl_response_end_wait(sl_response *response);

/* Is the body not to be sent at all: HEAD, 204, 304? */
bool sl_response_is_bodiless(sl_response *response);

/* So many bytes were taken from the arena of the head: keep what is replaced
 * again and again from adding up. Spans of the head are void afterwards. */
void sl_response_spend(sl_response *response, size_t bytes);

/* Write the server's own answer: a whole body, which no limit refuses. */
void sl_response_answer(sl_response *response, const char *text, size_t len);

/* --- response_write.c ------------------------------------------------------- */

/* Count a call to the share that the running coroutine has of its turn. */
void sl_response_count(sl_pipeline *pipeline, uint64_t bytes);

/* Something was appended: it leaves in this turn, or now when it is much. */
void sl_response_make_due(sl_response *response);

/* --- response_head.c -------------------------------------------------------- */

/* May the head still change? Not while stages rely on what they were shown. */
sl_status sl_response_check_head(const sl_response *response,
                                 uint32_t generation);

/* Is it a field that only the server may send: it would change where the
 * message or the connection ends? */
bool sl_head_owns(sl_span name);

/* --- chunks.c -------------------------------------------------------------- */

/* What a call's chunks amount to. */
typedef struct sl_measure {
    uint64_t bytes;
    size_t trailer_bytes; /* names and values */
} sl_measure;

/* Check all chunks before any is taken. */
sl_status sl_chunks_measure(sl_response *response, const sl_chunk *chunks,
                            size_t nchunks, sl_measure *measure);

/* Append them to `queue`, trailers to the response. They were measured. */
void sl_chunks_take(sl_response *response, sl_queue *queue,
                    const sl_chunk *chunks, size_t nchunks);

/* --- response_sent.c -------------------------------------------------------- */

/* Complete the writes at the front of `accepted` that wait for nothing: all
 * in front of them was taken, and they have no bytes. */
void sl_response_settle(sl_response *response);

/* --- response_end.c --------------------------------------------------------- */

/* Append the END; the caller's mark goes behind it. */
void sl_response_push_end(sl_response *response);

/* Can there still be another answer? SL_OK, or why not. */
sl_status sl_response_check_replaceable(const sl_response *response,
                                        uint32_t generation);

/* Drop the body and the trailers; operations complete with `status`, and more
 * can be written. Only before the commit. */
void sl_response_discard(sl_response *response, sl_status status);

/* --- chain.c ---------------------------------------------------------------- */

/* Put a stage where its order says. Only before anything was written. */
void sl_chain_insert(sl_response *response, sl_stage *stage);

/* Call the `headers` of stages that were not asked yet. True: all were, and what
 * one was asked about does not change any more; false: one waits, or has failed. */
bool sl_chain_begin(sl_response *response);

/* It stays out of this answer. */
void sl_chain_take_out(sl_response *response, sl_stage *stage);

/* The head has left: who stays out of the answer is not asked about another. */
void sl_chain_dismiss(sl_response *response);

/* Push `part` (all of it is taken) through the stages into `ready`. */
void sl_chain_run(sl_response *response, sl_queue *part, sl_stage_push how);

/* What the stages hold, as cost. */
uint64_t sl_chain_cost(const sl_response *response);

/* Is something in them, or does one wait? */
bool sl_chain_is_busy(const sl_response *response);

/* Has a stage stopped for want of room, or of its share of the turn? */
bool sl_chain_wants_more(const sl_response *response);

/* Ask for the next run when a stage that stopped for want of room has some, and
 * nothing is ready whose sending would bring that run. */
void sl_chain_go_on(sl_response *response);

/* Does one hold something for as long as it may? */
bool sl_chain_holds_long(const sl_response *response, uint64_t now_ms);

/* Drop what is in them. SL_OK: the response begins again; SL_EMPTY: it is over
 * and everybody knows. */
void sl_chain_clear(sl_response *response, sl_status why);
void sl_chain_destroy(sl_response *response, sl_status why);

/* Where a stage puts what comes out of it. */
static inline sl_queue *sl_stage_out(sl_response *response, sl_stage *stage)
{
    return stage->next != NULL ? &stage->next->in : &response->ready;
}

/* What it has put out does not wait to be sent first, or for the next stage. */
static inline bool sl_stage_has_room(sl_response *response, sl_stage *stage)
{
    return sl_stage_out(response, stage)->cost <
           sl_response_pipeline(response)->settings.send_threshold;
}

#endif
