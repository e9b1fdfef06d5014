/* What callers learn of operations that they do not wait for by a callback. */
#include "pipeline/pipeline.h"

static sl_status collect(sl_operations *operations, sl_op *op,
                         sl_completion *done)
{
    *done = op->done;
    done->dropped = operations->dropped;
    if (sl_op_is_listed(op)) {
        sl_op_unlist(op);
    } else {
        sl_op_destroy(op);
    }
    return SL_OK;
}

/* A cancelled flush ends its wait at once; its mark still has its turn. */
static sl_status collect_early(sl_operations *operations, sl_op *op,
                               sl_completion *done)
{
    *done = op->done;
    done->dropped = operations->dropped;
    operations->listed -= sl_op_is_listed(op);
    op->orphaned = true;
    return SL_OK;
}

static sl_status collect_by_id(sl_operations *operations, uint32_t id,
                               sl_completion *done)
{
    sl_op *op = sl_operations_find(operations, id);

    if (op == NULL || op->orphaned) {
        return SL_EMPTY;
    }
    if (op->callback != NULL) {
        return SL_PENDING; /* its callback is who collects it */
    }
    if (op->state == SL_OP_COMPLETED) {
        return collect(operations, op, done);
    }
    if (op->state == SL_OP_WITHDRAWN && op->done.kind == SL_KIND_FLUSH) {
        return collect_early(operations, op, done);
    }
    return SL_PENDING;
}

sl_status sl_response_get_completed_operation(sl_response *res,
                                              uint32_t generation, uint32_t id,
                                              sl_completion *done)
{
    sl_operations *operations = &res->operations;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (id != 0) {
        return collect_by_id(operations, id, done);
    }
    if (!sl_list_is_empty(&operations->completed)) {
        return collect(operations,
                       SL_CONTAINER(operations->completed.next, sl_op, link),
                       done);
    }
    return operations->listed > 0 ? SL_PENDING : SL_EMPTY;
}
