/* What the two files about stages of the public interface share.
 *
 *   user_stage.c   their life, and how the chain calls them
 *   stage_calls.c  what they do with chunks
 *   stage_order.c  a body in another order
 */
#ifndef SLUICE_PIPELINE_USER_STAGE_H
#define SLUICE_PIPELINE_USER_STAGE_H

#include "http/range.h"
#include "pipeline/response.h"

typedef struct sl_user_stage {
    sl_slab_slot slot;
    void *second_link;   /* the slab may overwrite it */
    uint32_t generation; /* 0: a free slot */
    sl_stage base;
    sl_stage_ops ops; /* has the type's name */
    const sl_stage_type *type;
    void *state;
    sl_response *response;
    bool is_called;    /* one of its callbacks runs */
    bool is_over;      /* it was told of an abort */
    bool is_unsettled; /* took bytes, and has not said what it keeps of them */
    bool is_resumed;   /* a wait is over, with: */
    sl_status result;
    uint8_t how;    /* what the push that waits was told */
    sl_timer timer; /* while it waits */
    uint64_t taken; /* bytes that it took out of the body */
    uint64_t put;   /* and put in; compared when the length is kept */
    uint64_t turn;  /* that `used` belongs to */
    uint64_t used;  /* bytes that it has worked on in that turn */
} sl_user_stage;

static inline sl_user_stage *sl_user_stage_of(sl_stage *stage)
{
    return SL_CONTAINER(stage, sl_user_stage, base);
}

/* A wait is over, with `status`. */
void sl_user_stage_go_on(sl_user_stage *stage, sl_status status);

/* In `headers`: has nobody made anything of the body yet, and is it complete? Then
 * the first push sees all of it. */
bool sl_stage_has_all(sl_stage *stage);

/* Put what has come in, which is the whole body, into another order: the ranges (none
 * of which overlap) in theirs, and behind them what is in none of them, the marks and
 * the end. Nothing is read or copied. */
void sl_stage_order(sl_stage *stage, const sl_range *ranges, int count);

/* Move the marks at the front on, or behind what the stage keeps. */
void sl_user_stage_pass_marks(sl_user_stage *stage);

#endif
