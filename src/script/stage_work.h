/* What the two files about stages in Lua share.
 *
 *   stage.c        their life, and what the chain calls
 *   stage_work.c   what is done for that, in tasks
 */
#ifndef SLUICE_SCRIPT_STAGE_WORK_H
#define SLUICE_SCRIPT_STAGE_WORK_H

#include "script/stage.h"

/* What Lua is told to do, behind SL_STAGE_END; in stage_work.lua, too. */
enum { SL_WORK_HEADERS = 3, SL_WORK_ABORT = 4, SL_WORK_NONE = 5 };

/* One stage of one response, in the arena of its exchange: which is there as long
 * as `handling` is used. */
struct sl_script_stage {
    sl_stage_type type;
    sl_script *script; /* NULL: its VM is closed */
    sl_handling *handling;
    sl_script_stage *next; /* with others of `handling` */
    sl_stage *stage;
    uint32_t generation;
    int record;    /* in the registry */
    sl_task *task; /* at work; NULL: none is */
    uint32_t doing;
    uint32_t work;   /* that is queued */
    sl_status why;   /* of the abort */
    bool is_done;    /* with this answer: it saw the end, or stays out */
    bool is_cleared; /* the answer began again: abort the old one first */
    bool is_over;    /* nothing more will be done, but an abort */
    sl_list link;    /* in the script's queue */
    sl_list all_link;
};

/* Something is to be done for it, from the loop. It only queues. */
void sl_script_stage_queue(sl_script_stage *stage, uint32_t work);

/* Nothing more is: the exchange may go. */
void sl_script_stage_let_go(sl_script_stage *stage);

#endif
