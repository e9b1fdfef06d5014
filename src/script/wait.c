/* From a yield to a wait. */
#include <lauxlib.h>

#include "script/task.h"

/* Milliseconds as Lua gave them: at least 0, and far from overflow. */
static uint64_t due(const sl_task *task, double ms)
{
    double most = 1e15;

    ms = ms > 0 ? ms : 0; /* also false for NaN */
    return task->script->pipeline->now_ms + (uint64_t)(ms < most ? ms : most);
}

static void start_timer(sl_task *task, int index)
{
    sl_timer_start(&task->script->pipeline->timers, &task->timer,
                   due(task, lua_tonumber(task->lua, index)));
}

/* Of a wait that may have an end. */
static void limit(sl_task *task)
{
    if (!lua_isnoneornil(task->lua, 3)) {
        start_timer(task, 3);
    }
}

static void use(sl_task *task, sl_handling *handling)
{
    task->waits_for = handling;
    sl_handling_use(handling);
}

/* For who stands in line, which nobody does when the handler is over. */
static void wait_for_room(sl_task *task)
{
    if (task->in_line_of == NULL) {
        sl_task_wake(task, SL_EGONE);
    } else {
        limit(task);
    }
}

static void wait_for_body(sl_task *task, sl_handling *handling)
{
    if (handling == NULL || handling->handler_over) {
        sl_task_wake(task, SL_EGONE);
        return;
    }
    use(task, handling);
    sl_list_append(&handling->waiting, &task->link);
}

/* The oldest operation in flight that is not collected by its id only. */
static uint32_t oldest(const sl_response *response)
{
    const sl_op *op = sl_operations_next(&response->operations, NULL);

    while (op != NULL && (op->flags & SL_BY_ID) != 0) {
        op = sl_operations_next(&response->operations, op);
    }
    return op != NULL ? op->done.id : 0;
}

/* Whoever waits for the same operation stands in a ring, to one member of
 * which the operation points. */
static void join(sl_task *task, sl_op *op)
{
    sl_task *first = op->waiter;

    if (first == NULL) {
        op->waiter = task;
    } else {
        sl_list_append(&first->link, &task->link);
    }
}

static void wait_for_completion(sl_task *task, sl_handling *handling,
                                uint32_t id)
{
    sl_response *response;
    sl_status rc;

    if (handling == NULL) {
        sl_task_wake(task, SL_EGONE);
        return;
    }
    response = &handling->exchange->response;
    rc = sl_response_await(response, response->generation,
                           id != 0 ? id : oldest(response));
    if (rc != SL_PENDING) {
        sl_task_wake(task, SL_OK);
        return;
    }
    use(task, handling);
    task->wait_id = id;
    if (id == 0) {
        sl_list_append(&handling->waiting, &task->link);
    } else {
        join(task, sl_operations_find(&response->operations, id));
    }
}

static void wait_for_end(sl_task *task)
{
    const sl_task_handle *handle = lua_touserdata(task->lua, 4);

    if (handle == NULL || handle->task == NULL) {
        sl_task_wake(task, SL_OK);
        return;
    }
    sl_list_append(&handle->task->kin->joiners, &task->link);
    limit(task);
}

void sl_wait_leave(sl_task *task)
{
    if (task->wait_id != 0) {
        sl_operations *operations =
            &task->waits_for->exchange->response.operations;
        sl_op *op = sl_operations_find(operations, task->wait_id);

        if (op != NULL && op->waiter == task) {
            op->waiter = sl_list_is_empty(&task->link)
                             ? NULL
                             : SL_CONTAINER(task->link.next, sl_task, link);
        }
        task->wait_id = 0;
    }
    sl_list_remove(&task->link);
    sl_timer_stop(&task->script->pipeline->timers, &task->timer);
}

void sl_script_on_waiter(void *waiter)
{
    sl_task *first = waiter;

    while (!sl_list_is_empty(&first->link)) {
        sl_task *next = SL_CONTAINER(first->link.next, sl_task, link);

        sl_task_wake(next, SL_OK);
    }
    sl_task_wake(first, SL_OK);
}

static bool begin(sl_task *task, int kind)
{
    lua_State *lua = task->lua;

    switch (kind) {
    case SL_WAIT_TURN:
        sl_task_defer(task);
        return true;
    case SL_WAIT_SLEEP:
        start_timer(task, 3);
        return true;
    case SL_WAIT_ROOM:
        wait_for_room(task);
        return true;
    case SL_WAIT_BODY:
        wait_for_body(task, sl_handling_of_request(lua, 3));
        return true;
    case SL_WAIT_COMPLETION:
        wait_for_completion(task, sl_handling_of(lua, 3),
                            (uint32_t)lua_tonumber(lua, 5));
        return true;
    case SL_WAIT_PARK:
    case SL_WAIT_CHILD:
        limit(task);
        return true;
    case SL_WAIT_JOIN:
        wait_for_end(task);
        return true;
    case SL_WAIT_ANSWER:
        sl_wait_for_answer(task, 3);
        return true;
    default:
        return false;
    }
}

/* What the client is asked for says "aborted" when it has left, so that is no
 * wait to raise an error at. */
static bool is_for_client(int kind)
{
    return kind == SL_WAIT_TURN || kind == SL_WAIT_ROOM ||
           kind == SL_WAIT_BODY || kind == SL_WAIT_COMPLETION;
}

static bool is_cancelled(const sl_task *task)
{
    return task->cancel == SL_CANCEL_ASKED ||
           (task->cancel == SL_CANCEL_LEFT && !is_for_client(task->waits));
}

void sl_wait_wake_all(sl_list *waiting, sl_status answer)
{
    while (!sl_list_is_empty(waiting)) {
        sl_task_wake(SL_CONTAINER(waiting->next, sl_task, link), answer);
    }
}

static bool is_wait(sl_task *task)
{
    bool same;

    lua_rawgeti(task->lua, LUA_REGISTRYINDEX, task->script->refs.token);
    same = lua_rawequal(task->lua, 1, -1);
    lua_pop(task->lua, 1);
    return same;
}

const char *sl_wait_begin(sl_task *task)
{
    lua_State *lua = task->lua;

    if (lua_gettop(lua) == 0 || !is_wait(task)) {
        return "coroutine.yield was called outside of a coroutine that the "
               "script made: a handler waits with sluice.sleep and the "
               "methods of res and req";
    }
    if (task->cancel == SL_CANCEL_RAISED) {
        return "waited again after it was cancelled";
    }
    task->state = SL_TASK_WAITING;
    task->waits = (uint8_t)lua_tonumber(lua, 2);
    if (is_cancelled(task)) {
        task->cancel = SL_CANCEL_RAISED;
        sl_task_wake(task, SL_ECANCELLED);
    } else if (!begin(task, task->waits)) {
        task->state = SL_TASK_RUNNING;
        return "the library asked for an unknown kind of wait";
    }
    lua_settop(lua, 0);
    return NULL;
}
