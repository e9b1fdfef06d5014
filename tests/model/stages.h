/* Stages that keep the bytes as they are, and do to their passage what real
 * ones do: pass, hold, split into copies, wait for somebody, fail.
 */
#ifndef SLUICE_MODEL_STAGES_H
#define SLUICE_MODEL_STAGES_H

#include "pipeline/stage.h"

#include "model.h"
#include "rng.h"

typedef enum stage_kind {
    STAGE_PASS,
    STAGE_HOLD,
    STAGE_SPLIT,
    STAGE_DELAY,
    STAGE_FAIL,
    STAGE_KINDS
} stage_kind;

typedef struct test_stage {
    sl_stage base; /* first: the chain knows only this */
    stage_kind kind;
    sl_pipeline *pipeline;
    model *model; /* of its response */
    rng *random;
    bool is_first;          /* what goes into it is told to the model */
    bool let_go;            /* the wait is over */
    uint64_t held_since_ms; /* while it holds something */
    bool destroyed;         /* by the response */
    bool taken;             /* this place in the array is in use */
} test_stage;

/* Prepare a stage in the caller's memory, which outlives the response. */
void test_stage_init(test_stage *s, stage_kind kind, sl_pipeline *pipeline,
                     model *m, rng *random, bool is_first);

#endif
