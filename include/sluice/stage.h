/* Stages in C: what stands between a handler's chunks and the wire.
 *
 *   handler -> [stage] -> [stage] -> framing -> client
 *
 * A stage sees the chunks of a body in order. It passes, changes, splits, adds,
 * drops or holds them back, and may wait for anything. The ends of operations go
 * through it by themselves, each behind all that was made from what stood in
 * front of it: completions stay true whatever a stage does.
 *
 * A response has its stages from sl_response_add_stage. Of one response they are
 * called one after the other, each as follows:
 *
 *   headers -> push, push, ... -> end       an answer that arrives
 *   headers -> push -> abort -> end         one that does not
 *   headers -> push -> clear -> headers ... one that was begun again
 *
 * Threads:    the one of the server's loop.
 * Ownership:  `state` is the stage's own, from the call that adds it until `end`,
 *             which comes once. Bytes that sl_stage_next shows are borrowed until
 *             the next call for that stage.
 * Re-entry:   a callback calls the functions of this header and those that read
 *             request and response; `headers` also those that change the head.
 *             Nothing that writes, flushes, clears or aborts the response.
 * Errors:     a stage that fails before the head has left makes the answer a
 *             500; later, an abort. The log names it. So it does one that waits
 *             for longer than the setting stage_timeout; the answer is a 503.
 */
#ifndef SLUICE_STAGE_H
#define SLUICE_STAGE_H

#include <sluice/request.h>
#include <sluice/response.h>

/* One stage of one response. A slot that is used again: `generation`, which is
 * that of the response, tells, and later calls get SL_EGONE. */
typedef struct sl_stage sl_stage;

/* What a stage is told to do with what there is. */
enum {
    SL_STAGE_PUSH = 0,  /* hold what you like within what you declared */
    SL_STAGE_FLUSH = 1, /* put out all that you hold */
    SL_STAGE_END = 2    /* the same, and nothing follows: trailers, too */
};

/* Flags of a type. */
enum {
    /* As many bytes come out as went in: a declared Content-Length stays. Without
     * it the length is that of what comes out, where it is known in time. */
    SL_STAGE_KEEPS_LENGTH = 1
};

/* What a kind of stage does. It outlives the server. A callback that is NULL does
 * nothing, `headers` and `push` with SL_OK; a stage without `push` passes all. */
typedef struct sl_stage_type {
    uint32_t size;      /* of this struct */
    uint32_t flags;     /* SL_STAGE_KEEPS_LENGTH */
    const char *name;   /* for the log */
    int32_t order;      /* see sl_response_add_stage */
    uint32_t holds_ms;  /* it may hold something so long, unless flushed */
    double holds_bytes; /* and so much; 0: nothing */

    /* The head is about to leave: status and headers can still be changed, by
     * this stage and by those nearer to the client. Called once for an answer:
     * again for one that was begun again, whatever came of the one before.
     *
     * SL_OK       takes part
     * SL_EMPTY    stays out of this answer; when its head has left, `end` follows
     * SL_PENDING  waits: sl_stage_resume says how it went
     * negative    failed
     */
    sl_status (*headers)(sl_stage *stage, sl_response *response,
                         uint32_t generation, void *state);

    /* Take from what has come in and put something out (see below), as `how`
     * says: SL_STAGE_PUSH, ...
     *
     * SL_OK       done for now
     * SL_PENDING  waits: it may go on taking and putting, until
     *             sl_stage_resume says how it went. Nothing passes it meanwhile
     * negative    failed
     */
    sl_status (*push)(sl_stage *stage, sl_response *response,
                      uint32_t generation, uint32_t how, void *state);

    /* All that was made is dropped, and the answer begins again: forget it. A
     * wait is over, too. */
    void (*clear)(sl_stage *stage, sl_response *response, uint32_t generation,
                  void *state);

    /* The response was aborted: the client left (SL_EABORTED), a stage failed
     * (SL_ESTAGE), ... A wait is over, too. Only `end` follows. */
    void (*abort)(sl_stage *stage, sl_response *response, uint32_t generation,
                  sl_status why, void *state);

    /* Free the state. The response may be gone. */
    void (*end)(void *state);
} sl_stage_type;

/* Add a stage to a response to which nothing was written. Of all stages that of
 * the highest `order` is the first to see the chunks, that of the lowest the last;
 * of equals the one that was added later is the first: what is added first is the
 * outermost, as with functions around a handler. The server's compression has the
 * order -1000, its ranges -900, its limit of the rate -2000.
 *
 * SL_EINVAL: no type; SL_ECOMMITTED: something was written. `end` is called only
 * for a stage that was added. */
SL_API SL_MUST_USE sl_status sl_response_add_stage(sl_response *response,
                                                   uint32_t generation,
                                                   const sl_stage_type *type,
                                                   void *state);

/* --- What a stage does with the body ------------------------------------------
 *
 * From inside of `push`, and while it waits. Everything may return SL_EGONE. */

/* Look at the next chunk that has come in, in *chunk: MEMORY with data and len,
 * also for what was borrowed; FILE with fd, offset and extent; FRAGMENT like
 * MEMORY. It stays the next one until sl_stage_pass or sl_stage_drop.
 *
 * SL_OK      there is one
 * SL_EMPTY   nothing more has come in
 * SL_EAGAIN  enough for now: what was put out is to be sent first, or others have
 *            their turn. Return SL_OK; `push` is called again
 */
SL_API SL_MUST_USE sl_status sl_stage_next(sl_stage *stage, uint32_t generation,
                                           sl_chunk *chunk);

/* The same with the bytes of files, which are read only now, in parts: *bytes is
 * never of a file chunk. SL_ESYSTEM: the file cannot be read, or is too short. */
SL_API SL_MUST_USE sl_status sl_stage_next_bytes(sl_stage *stage,
                                                 uint32_t generation,
                                                 sl_span *bytes);

/* Pass the first `bytes` of the next chunk on as they are, or all of it
 * (SL_TO_END): nothing is copied, a file goes out by sendfile. SL_EINVAL: it is
 * shorter, or there is none. */
SL_API SL_MUST_USE sl_status sl_stage_pass(sl_stage *stage, uint32_t generation,
                                           double bytes);

/* Take them out of the body: they are dropped, or the stage has used them. */
SL_API SL_MUST_USE sl_status sl_stage_drop(sl_stage *stage, uint32_t generation,
                                           double bytes);

/* Put chunks of the stage's own out, of all kinds. Status as for a write; there
 * is no limit but what sl_stage_next says. */
SL_API SL_MUST_USE sl_status sl_stage_put(sl_stage *stage, uint32_t generation,
                                          const sl_chunk *chunks,
                                          size_t nchunks);

/* Say how many bytes the stage keeps by itself of what it took: the ends of
 * operations behind them wait until it says 0. Without having said so by the end
 * of a push it keeps what it said before. A stage that keeps more than it declared
 * is told to flush. One that keeps something when it was flushed fails: the flush
 * would never complete. */
SL_API SL_MUST_USE sl_status sl_stage_hold(sl_stage *stage, uint32_t generation,
                                           double bytes);

/* Say, in `headers`, how many bytes come out of the stage in all: the answer has a
 * Content-Length of so many, if no stage behind it makes others of them. Putting
 * out more or fewer is a failure. SL_EINVAL: no such number, or not in `headers`. */
SL_API SL_MUST_USE sl_status sl_stage_set_length(sl_stage *stage,
                                                 uint32_t generation,
                                                 double bytes);

/* End a wait, from the loop: SL_OK and a negative status are what the callback
 * could have returned otherwise; SL_EAGAIN: call it again. SL_EINVAL: the stage
 * does not wait. */
SL_API SL_MUST_USE sl_status sl_stage_resume(sl_stage *stage,
                                             uint32_t generation,
                                             sl_status status);

#endif
