/* Requests that requests make: begun, moved on and ended from the loop. */
#include "script/child.h"

#include <lua.h>

#include "base/memory.h"

static sl_response *response_of(const sl_script_child *child)
{
    return &child->base.exchange->response;
}

static bool is_aborted(const sl_script_child *child)
{
    return response_of(child)->phase == SL_PHASE_ABORTED;
}

void sl_script_child_due(sl_script_child *child)
{
    if (sl_list_is_empty(&child->due_link)) {
        sl_list_append(&child->script->children_due, &child->due_link);
        child->script->has_chores = true;
    }
}

static void on_due(sl_child *base)
{
    sl_script_child_due(SL_CONTAINER(base, sl_script_child, base));
}

void sl_script_child_add(sl_script_child *child, sl_handling *parent)
{
    sl_response *response = &parent->exchange->response;
    sl_operation call = {.flags = SL_ASYNC};

    child->script = parent->script;
    child->parent = parent;
    child->base.exchange->depth = parent->exchange->depth + 1;
    child->base.on_due = on_due;
    child->op = sl_op_create(response, &call, SL_KIND_CHILD);
    child->op->in_call = false;
    child->op->child = response_of(child);
    sl_list_append(&sl_handling_tie(parent)->children, &child->link);
    sl_script_child_due(child);
}

static void complete(sl_script_child *child, sl_status status)
{
    sl_op *op = child->op;

    if (op != NULL) {
        child->op = NULL;
        sl_op_complete(op, status, sl_child_bytes(&child->base), 0);
    }
}

/* Nothing more of it is on its way to anybody. */
static void tell_done(sl_script_child *child)
{
    sl_exchange *exchange = child->base.exchange;

    if (exchange->is_watched && !child->is_told) {
        child->is_told = true;
        sl_script_on_done(exchange, 0);
    }
}

static void free_unused(sl_script_child *child)
{
    if (child->base.exchange == NULL && !child->has_box) {
        sl_free(child);
    }
}

/* Whoever waits for it sees that it is over. */
static void let_go(sl_script_child *child)
{
    sl_exchange *exchange = child->base.exchange;
    bool is_whole = sl_child_is_whole(&child->base);

    sl_response_fail(&exchange->response, SL_EABORTED); /* unless it is done */
    complete(child, is_whole ? SL_OK : SL_EABORTED);
    tell_done(child);
    sl_list_remove(&child->due_link);
    sl_list_remove(&child->link);
    sl_wait_wake_all(&child->waiters, SL_OK);
    if (!child->has_begun) { /* there is no handler to let go of it */
        sl_exchange_release(exchange, SL_HOLD_HOST);
    }
    sl_child_close(&child->base);
    free_unused(child);
}

void sl_children_close(const sl_handling *handling)
{
    sl_list *children = &handling->ties->children;

    while (!sl_list_is_empty(children)) {
        let_go(SL_CONTAINER(children->next, sl_script_child, link));
    }
}

void sl_script_child_unbox(sl_script_child *child)
{
    child->has_box = false;
    if (child->base.exchange != NULL) {
        sl_script_child_due(child); /* a collector must not do more */
    }
    free_unused(child);
}

static void move_on(sl_script_child *child)
{
    const sl_response *response = response_of(child);

    sl_child_pull(&child->base);
    sl_wait_wake_all(&child->waiters, SL_OK);
    if (is_aborted(child)) {
        complete(child, response->failure);
        tell_done(child);
    } else if (sl_child_is_whole(&child->base)) {
        complete(child, SL_OK);
        tell_done(child);
    }
}

void sl_script_run_children(sl_script *script)
{
    sl_list batch;
    sl_list *link;

    sl_list_init(&batch);
    sl_list_splice(&batch, &script->children_due);
    while ((link = sl_list_take(&batch)) != NULL) {
        sl_script_child *child = SL_CONTAINER(link, sl_script_child, due_link);

        if (!child->has_box) {
            let_go(child);
        } else if (child->has_begun || is_aborted(child)) {
            move_on(child);
        } else {
            child->has_begun = true;
            sl_script_start(script, child->base.exchange);
        }
    }
}

void sl_wait_for_answer(sl_task *task, int index)
{
    const sl_child_box *box = lua_touserdata(task->lua, index);

    if (box == NULL || box->child->base.exchange == NULL) {
        sl_task_wake(task, SL_OK);
    } else {
        sl_list_append(&box->child->waiters, &task->link);
    }
}
