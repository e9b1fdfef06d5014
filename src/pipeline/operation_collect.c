/* What callers learn of operations that they do not wait for by a callback. */
#include "pipeline/pipeline.h"

static sl_status collect(sl_op *op, sl_completion *done)
{
    *done = op->done;
    done->dropped = op->response->operations.table->dropped;
    if (sl_op_is_listed(op)) {
        sl_op_unlist(op);
    } else {
        sl_op_destroy(op);
    }
    return SL_OK;
}

/* A cancelled flush ends its wait at once; its mark still has its turn. */
static sl_status collect_early(sl_op *op, sl_completion *done)
{
    sl_op_table *table = op->response->operations.table;

    *done = op->done;
    done->dropped = table->dropped;
    table->listed -= sl_op_is_listed(op);
    op->orphaned = true;
    return SL_OK;
}

static sl_status collect_by_id(const sl_operations *operations, uint32_t id,
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
        return collect(op, done);
    }
    if (op->state == SL_OP_WITHDRAWN && op->done.kind == SL_KIND_FLUSH) {
        return collect_early(op, done);
    }
    return SL_PENDING;
}

sl_status sl_response_get_completed_operation(sl_response *res,
                                              uint32_t generation, uint32_t id,
                                              sl_completion *done)
{
    const sl_op_table *table = res->operations.table;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (id != 0) {
        return collect_by_id(&res->operations, id, done);
    }
    if (table == NULL) {
        return SL_EMPTY;
    }
    if (!sl_list_is_empty(&table->completed)) {
        return collect(SL_CONTAINER(table->completed.next, sl_op, link), done);
    }
    return table->listed > 0 ? SL_PENDING : SL_EMPTY;
}
