/* A stage between a handler's chunks and the framing.
 *
 * A stage gets pieces in order and puts pieces out in order. It may pass,
 * change, hold, split, add or drop bytes. It passes every mark and the end on,
 * each after all that it made from what came in front of it. Stages of the
 * public interface (<sluice/stage.h>) do that through user_stage.c.
 *
 * Threads:    the worker's.
 * Ownership:  pieces that a stage takes from `in` are its own until it pushes
 *             them to `out` or destroys them; a mark is never destroyed. What
 *             it holds is in `held`, so that the chain sees its cost.
 * Re-entry:   a stage calls nothing of its response but sl_response_resume;
 *             `headers` also what changes the head.
 */
#ifndef SLUICE_PIPELINE_STAGE_H
#define SLUICE_PIPELINE_STAGE_H

#include <sluice/stage.h>

#include "pipeline/queue.h"

typedef enum sl_stage_push {
    SL_PUSH = SL_STAGE_PUSH, /* hold what you like within what you declared */
    SL_PUSH_FLUSH = SL_STAGE_FLUSH, /* put out everything you hold, unless you
                                       must wait */
    SL_PUSH_END = SL_STAGE_END /* the end is in `in` or held: put out all */
} sl_stage_push;

typedef struct sl_stage_ops {
    const char *name;
    /* Take from `in`, put to `out`. What stays in `in` stays for the next
     * call: a stage that waits leaves it there, sets `waiting`, and calls
     * sl_response_resume when it can go on. A failure ends the response
     * (SL_ESTAGE). */
    sl_status (*push)(sl_stage *stage, sl_queue *in, sl_queue *out,
                      sl_stage_push how);
    /* Free the stage; `held` is empty by then. */
    void (*destroy)(sl_stage *stage);
    /* The head is about to leave: SL_OK, SL_EMPTY (stay out of this answer),
     * negative; or set `waiting`. May be NULL, as what follows. */
    sl_status (*headers)(sl_stage *stage);
    /* What was made so far is dropped: the response begins again (SL_OK), or
     * has failed. */
    void (*reset)(sl_stage *stage, sl_status why);
} sl_stage_ops;

struct sl_stage {
    const sl_stage_ops *ops;
    sl_stage *next;       /* nearer to the socket */
    sl_queue in;          /* what the previous stage put out; the chain's */
    sl_queue held;        /* what this stage holds back */
    uint64_t holding;     /* bytes that it keeps by itself beside that */
    uint64_t holds_bytes; /* declared: may be held at SL_PUSH */
    uint32_t holds_ms;    /* declared: for so long */
    int32_t order;        /* the lower, the nearer to the socket */
    uint32_t place;       /* among equals: the lower, the nearer, too */
    uint64_t held_since_ms;
    double length; /* bytes that come out in all, as it said; -1: unknown */
    bool holds;    /* something, since then */
    bool begun;    /* its `headers` was called */
    bool reshapes; /* other bytes come out than went in */
    bool waiting;  /* cannot go on before it calls resume */
    bool more;     /* it is to be pushed again when there is room */
    bool spent;    /* it has had its share of this turn */
};

#endif
