/* What one response must do, by the design alone: a list of what was accepted
 * and three readers that walk it.
 *
 *   entered   how far bytes have entered the first stage
 *   framed    how far the sink has framed what came out of the stages
 *   taken     how far the kernel has taken them
 *
 * The list holds bytes (ranges of one pool of random bytes), the marks at the
 * end of asynchronous operations, and the end. A reader that meets anything
 * but the next item of the list has found a fault.
 */
#ifndef SLUICE_MODEL_MODEL_H
#define SLUICE_MODEL_MODEL_H

#include <sluice/response.h>

#include "loans.h"
#include "report.h"

enum { POOL_BYTES = 1 << 16, MODEL_ITEMS = 16384, MODEL_OPS = 512 };

#define NOT_POOL UINT32_MAX

typedef enum item_kind { ITEM_BYTES, ITEM_MARK, ITEM_END } item_kind;

typedef struct item {
    struct item *next;
    item_kind kind;
    bool withdrawn; /* its bytes must never be seen */
    bool in_memory; /* counts to what the response holds */
    bool entered;   /* a mark that is in a stage, or has been */
    bool passed;    /* a mark that has nothing left in front of it */
    bool overtaken; /* a mark that is in a stage, which has let bytes go */
    bool framed;    /* a mark that has reached the sink */
    uint32_t start; /* in the pool; NOT_POOL: the core's own bytes */
    uint32_t len;
    struct model_op *op; /* NULL: of a sync call, or the end of a run of them */
    loan *lent;          /* NULL: copied, or shared */
} item;

typedef struct reader {
    item *at;
    uint32_t used; /* bytes of it */
} reader;

typedef struct model_op {
    uint32_t id; /* 0: not known yet */
    uint32_t kind;
    uint32_t statuses; /* that it may complete with: bits 1 << -status */
    bool expected;     /* its call said that a completion will come */
    bool in_list;      /* is collected as the oldest */
    bool called_back;  /* has a callback */
    bool moved;        /* bytes of it have entered a stage or a send */
    bool framed;       /* its mark has reached the sink */
    bool awaited;      /* the host has left a waiter */
    bool woken;        /* and has got it back */
    bool told;         /* an event has said that it completed */
    bool withdrawn;
    bool completed;
    bool seen;    /* its completion: collected, or called back */
    bool early;   /* a flush whose wait ended before its turn */
    bool dropped; /* left the list uncollected */
    double accepted;
    double taken;
    double bytes; /* of the completion */
    double wire_bytes;
    uint64_t due_ms; /* 0: no timeout */
    uint64_t born;   /* pulls before it */
    uint32_t ntrailers;
    struct model *model;
} model_op;

typedef struct model {
    report *report;
    const char *pool;

    item *items; /* MODEL_ITEMS of them; the first is the list's head */
    item *last;
    uint32_t nitems;
    item *saved_last; /* where the list ended before the running call */
    item *insert_at;  /* the running call put its bytes behind this item */
    item *insert_end; /* up to this one; NULL: it appended */
    uint32_t saved_nitems;
    uint32_t saved_nops;
    bool saved_finished;
    bool saved_sync_run;
    uint32_t saved_ntrailers;
    bool overtakes;  /* stages may let bytes go before marks in front of them,
                       and copy what was lent */
    item *last_mark; /* that reached the sink; NULL: none has */
    reader entered;
    reader framed;
    reader taken;

    model_op ops[MODEL_OPS];
    uint32_t nops;
    uint32_t first_flying; /* no older one is in flight */
    uint32_t last_id;
    uint32_t in_list; /* completed and not collected */
    uint32_t failed;  /* of them */
    uint32_t dropped;
    uint32_t limit; /* of in_list */

    bool sync_run; /* sync writes since the last mark */
    bool finished;
    bool aborted;
    sl_status failure; /* with which */
    double declared;   /* -1: nothing */
    uint32_t ntrailers;
    double accepted_bytes; /* not withdrawn */
    double held_bytes;     /* of them in memory and not taken */
    double sent_bytes;
    double wire_bytes;
    double segment_bytes; /* since the last mark */
    double segment_wire;  /* the same with framing */
    uint64_t pulls;
} model;

#define STATUS_BIT(status) (1u << -(status))

void model_init(model *m, report *r, const char *pool);
void model_deinit(model *m);

/* A call begins: what is added from here on is undone if it fails. */
void model_begin(model *m);
/* The bytes of sync writes so far count to nobody's operation. */
void model_close_sync_run(model *m);
void model_rollback(model *m);
void model_add_bytes(model *m, uint32_t start, uint32_t len, bool in_memory,
                     loan *lent);
model_op *model_add_op(model *m, uint32_t kind);
void model_add_end(model *m);
bool model_has_space(const model *m, uint32_t items);

/* Move the bytes of the running call to the front of what has not moved. */
void model_insert(model *m);

/* What the first stage and the sink see. `id` is the mark's. */
void model_entered(model *m, uint64_t len, uint32_t marks);
/* All has entered but what is left: so many bytes and marks. */
void model_entered_but(model *m, uint64_t len, uint32_t marks);
void model_framed(model *m, uint64_t len);
item *model_framed_mark(model *m, uint32_t id); /* 0: of a sync run */
void model_framed_end(model *m);

/* The kernel took body bytes; `data` is NULL for a suppressed body. */
void model_taken(model *m, const char *data, uint64_t len);
void model_took_wire(model *m, uint64_t len);
/* Everything in front of a mark was taken. */
void model_mark_passed(model *m, item *mark);
/* The mark that comes next, if no bytes are left to be framed in front of it
 * and it is in no stage; or NULL. */
item *model_next_mark(model *m);
/* Ends of runs of sync writes that are in front of the first stage. */
uint32_t model_count_sync_marks(const model *m);
/* It has passed, without going through stages and sink. */
void model_skip_mark(model *m);

/* Its bytes are withdrawn; it completes with `status` in its turn. */
void model_withdraw(model *m, model_op *op, sl_status status);
/* Everything that was accepted is dropped; operations are cancelled at once
 * (sl_response_clear). */
void model_clear(model *m);
void model_abort(model *m, sl_status failure);

/* Its call has returned and said that a completion will come. */
void model_expect(model *m, model_op *op, bool in_list, bool called_back);

model_op *model_find(model *m, uint32_t id);
model_op *model_oldest(model *m);
uint32_t model_in_flight(const model *m);
void model_collected(model *m, model_op *op);

/* A completion as it was reported, against what it must be. */
void model_check_completion(model *m, model_op *op, const sl_completion *done);

#endif
