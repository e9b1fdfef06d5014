#include "pipeline/operation.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/pipeline.h"

/* The table of the operations of a response, made for the first one. */
static sl_op_table *table_of(sl_response *response)
{
    sl_op_table *table = response->operations.table;

    if (table == NULL) {
        table = sl_arena_take(&sl_exchange_of_response(response)->arena,
                              sizeof *table);
        *table =
            (sl_op_table){.nbuckets = sizeof table->few / sizeof table->few[0]};
        table->buckets = table->few;
        sl_list_init(&table->flying);
        sl_list_init(&table->completed);
        response->operations.table = table;
    }
    return table;
}

static sl_op **bucket_of(const sl_op_table *table, uint32_t id)
{
    return &table->buckets[id & (table->nbuckets - 1)];
}

sl_op *sl_operations_find(const sl_operations *operations, uint32_t id)
{
    sl_op *op = NULL;

    if (operations->table != NULL) {
        op = *bucket_of(operations->table, id);
    }
    while (op != NULL && op->done.id != id) {
        op = op->next_in_bucket;
    }
    return op;
}

sl_op *sl_operations_next(const sl_operations *operations, const sl_op *op)
{
    const sl_op_table *table = operations->table;
    const sl_list *link;

    if (table == NULL) {
        return NULL;
    }
    link = op != NULL ? &op->link : &table->flying;
    return link->next == &table->flying ? NULL
                                        : SL_CONTAINER(link->next, sl_op, link);
}

static void insert(sl_op_table *table, sl_op *op)
{
    sl_op **bucket = bucket_of(table, op->done.id);

    op->next_in_bucket = *bucket;
    *bucket = op;
}

static void grow(sl_op_table *table)
{
    uint32_t old_count = table->nbuckets;
    sl_op **old = table->buckets;

    table->nbuckets = 4 * old_count;
    table->buckets = sl_calloc(table->nbuckets, sizeof(sl_op *));
    for (uint32_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            sl_op *op = old[i];

            old[i] = op->next_in_bucket;
            insert(table, op);
        }
    }
    if (old != table->few) {
        sl_free(old);
    }
}

static sl_pipeline *pipeline_of(const sl_op *op)
{
    return sl_exchange_of_response(op->response)->pipeline;
}

/* Does it have a mark in the queues of the response? */
static bool is_of_body(const sl_op *op)
{
    return op->done.kind == SL_KIND_WRITE || op->done.kind == SL_KIND_FLUSH;
}

static void on_time_up(sl_timer *timer, uint64_t now_ms)
{
    sl_op *op = SL_CONTAINER(timer, sl_op, timer);

    (void)now_ms;
    sl_response_withdraw(op->response, op, SL_ETIMEDOUT);
}

sl_op *sl_op_create(sl_response *response, const sl_operation *call,
                    uint32_t kind)
{
    sl_op_table *table = table_of(response);
    sl_exchange *exchange = sl_exchange_of_response(response);
    sl_pipeline *pipeline = exchange->pipeline;
    sl_op *op = sl_slab_take(&pipeline->operations);

    *op = (sl_op){
        .mark = {.kind = SL_PIECE_MARK, .fd = -1, .as.op = op},
        .response = response,
        .flags = call->flags,
        .state = SL_OP_FLYING,
        .in_call = true,
        .done = {.id = ++response->operations.last_id, .kind = kind},
        .callback = call->callback,
        .context = call->context,
        .timer.on_due = on_time_up,
        .began_us = pipeline->now_us,
    };
    if (table->count >= 2 * table->nbuckets) {
        grow(table);
    }
    insert(table, op);
    table->count++;
    table->listed += sl_op_is_listed(op);
    if (kind == SL_KIND_CHILD) { /* no data of this response is in flight */
        table->reading++;
        sl_list_init(&op->link);
    } else if (kind == SL_KIND_READ) {
        table->reading++;
        sl_list_append(&sl_request_inflow(&exchange->request)->reads,
                       &op->link);
    } else {
        response->operations.in_flight++;
        sl_list_append(&table->flying, &op->link);
    }
    if (call->timeout_ms > 0) {
        sl_pipeline_refresh(pipeline);
        sl_timer_start(&pipeline->timers, &op->timer,
                       pipeline->now_ms + call->timeout_ms);
    }
    return op;
}

void sl_op_destroy(sl_op *op)
{
    sl_op_table *table = op->response->operations.table;
    sl_pipeline *pipeline = pipeline_of(op);
    sl_op **link = bucket_of(table, op->done.id);

    while (*link != op) {
        link = &(*link)->next_in_bucket;
    }
    *link = op->next_in_bucket;
    table->count--;
    sl_list_remove(&op->link);
    sl_timer_stop(&pipeline->timers, &op->timer);
    sl_slab_give(&pipeline->operations, op);
}

void sl_op_unlist(sl_op *op)
{
    sl_op_table *table = op->response->operations.table;

    table->uncollected--;
    table->failed -= op->done.status < 0;
    sl_op_destroy(op);
}

/* Too many wait: the oldest that succeeded leaves. */
static void drop_oldest(sl_op_table *table)
{
    for (sl_list *l = table->completed.next; l != &table->completed;
         l = l->next) {
        sl_op *op = SL_CONTAINER(l, sl_op, link);

        if (op->done.status >= 0) {
            table->dropped++;
            sl_op_unlist(op);
            return;
        }
    }
}

/* Let the collector know, whoever that is. */
void sl_op_post(sl_op *op)
{
    sl_exchange *exchange = sl_exchange_of_response(op->response);
    sl_op_table *table = op->response->operations.table;
    sl_pipeline *pipeline = exchange->pipeline;

    assert(op->state == SL_OP_COMPLETED);
    op->in_call = false;
    if (op->callback != NULL) {
        sl_list_append(&pipeline->callbacks, &op->link);
        exchange->callbacks++;
        exchange->holds |= SL_HOLD_CALLBACK;
        return;
    }
    sl_op_wake(op);
    if (!sl_op_is_listed(op)) {
        return;
    }
    sl_list_append(&table->completed, &op->link);
    table->uncollected++;
    table->failed += op->done.status < 0;
    sl_exchange_notify(exchange, SL_EVENT_COMPLETION);
    if (table->uncollected > pipeline->settings.max_uncollected) {
        drop_oldest(table);
    }
}

void sl_op_wake(sl_op *op)
{
    const sl_pipeline *pipeline = pipeline_of(op);
    void *waiter = op->waiter;

    if (waiter != NULL) {
        op->waiter = NULL;
        pipeline->host->on_waiter(pipeline->host_context, waiter);
    }
}

/* Count it, and tell who watches. */
static void note(sl_response *response, const sl_completion *done,
                 uint64_t took_us)
{
    sl_exchange *exchange = sl_exchange_of_response(response);
    const sl_pipeline *pipeline = exchange->pipeline;

    sl_histogram_note(&pipeline->tally->completions, &sl_tally_times, took_us);
    if (pipeline->host->on_completed != NULL) {
        pipeline->host->on_completed(pipeline->host_context, exchange, done);
    }
}

void sl_op_complete(sl_op *op, sl_status status, double bytes,
                    double wire_bytes)
{
    sl_operations *operations = &op->response->operations;
    sl_pipeline *pipeline = pipeline_of(op);

    assert(op->state != SL_OP_COMPLETED);
    if (op->state == SL_OP_WITHDRAWN) {
        status = op->done.status;
    }
    op->state = SL_OP_COMPLETED;
    op->done.status = status;
    op->done.bytes = bytes;
    op->done.wire_bytes = wire_bytes;
    sl_list_remove(&op->link);
    sl_timer_stop(&pipeline->timers, &op->timer);
    *(is_of_body(op) ? &operations->in_flight : &operations->table->reading) -=
        1;
    operations->table->listed -= sl_op_is_listed(op);
    note(op->response, &op->done, pipeline->now_us - op->began_us);
    if (op->orphaned) {
        sl_op_destroy(op);
    } else if (!op->in_call) {
        sl_op_post(op);
    }
}

uint32_t sl_op_skip(sl_response *response, uint32_t kind,
                    const sl_operation *call)
{
    sl_completion done = {.id = ++response->operations.last_id,
                          .kind = kind,
                          .bytes = call->bytes,
                          .wire_bytes = call->wire_bytes};

    note(response, &done, 0);
    return done.id;
}

void sl_operations_deinit(sl_operations *operations)
{
    sl_op_table *table = operations->table;

    assert(operations->in_flight == 0);
    if (table == NULL) {
        return;
    }
    assert(table->reading == 0);
    for (uint32_t i = 0; table->count > 0; i++) {
        while (table->buckets[i] != NULL) {
            sl_op_wake(table->buckets[i]);
            sl_op_destroy(table->buckets[i]);
        }
    }
    if (table->buckets != table->few) {
        sl_free(table->buckets);
    }
    operations->table = NULL;
}
