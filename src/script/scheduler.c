/* The one place that resumes coroutines. */
#include "script/stage.h"

#include <string.h>

#include <lauxlib.h>

#include "pipeline/record.h"

/* Where `handles` has those of an exchange: of its request, and behind that, of
 * its response. */
static int place_of(const sl_exchange *exchange)
{
    return (int)(2 * exchange->number) - 1;
}

int sl_script_make_handles(lua_State *lua)
{
    sl_exchange *exchange = lua_touserdata(lua, 1);
    const sl_script *script = sl_script_of(lua);
    int place = place_of(exchange);

    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.handles);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.cast);
    lua_pushlightuserdata(lua, &exchange->request);
    lua_pushlightuserdata(lua, &exchange->response);
    lua_call(lua, 2, 2);
    lua_rawseti(lua, -3, place + 1);
    lua_rawseti(lua, -2, place);
    return 0;
}

/* Push both. They are made once per slot, because slots are reused and never move.
 * False when there is no memory. */
static bool push_handles(sl_script *script, lua_State *lua,
                         sl_exchange *exchange)
{
    int place = place_of(exchange);

    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.handles);
    lua_rawgeti(lua, -1, place);
    if (lua_isnil(lua, -1)) {
        if (!sl_script_call(script, script->refs.make_handles, exchange)) {
            return false;
        }
        lua_pop(lua, 1);
        lua_rawgeti(lua, -1, place);
    }
    lua_rawgeti(lua, -2, place + 1);
    lua_remove(lua, -3);
    return true;
}

/* Nothing here allocates memory of Lua once a slot is known, because nothing
 * here is protected: what the handler needs is fetched by the handler. */
bool sl_handling_start(sl_handling *handling)
{
    sl_script *script = handling->script;
    sl_exchange *exchange = handling->exchange;
    sl_task *task = sl_task_take(script);
    lua_State *lua;

    if (task == NULL) {
        return false;
    }
    lua = task->lua;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.dispatch);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.app);
    if (!push_handles(script, lua, exchange)) {
        sl_task_drop(task);
        return false;
    }
    lua_pushnumber(lua, exchange->response.generation);
    task->handler_of = handling;
    sl_task_count_for_request(task);
    handling->task = task;
    sl_task_tie(task, handling);
    sl_task_start(task, 4);
    return true;
}

void sl_script_on_events(sl_exchange *exchange, uint32_t events)
{
    sl_handling *handling = exchange->host;

    if (handling == NULL) {
        return;
    }
    if ((events & SL_EVENT_ABORTED) && sl_handling_leave_entrance(handling)) {
        sl_handling_end(handling, SL_EABORTED); /* before it began */
        return;
    }
    sl_wait_on_events(handling, events);
}

static void succeed(sl_task *task)
{
    sl_handling *handling = task->handler_of;

    if (sl_task_is_stage(task)) {
        task->kin->stage_rc = (sl_status)lua_tonumber(task->lua, -1);
    }
    sl_task_recycle(task);
    if (handling != NULL) {
        sl_handling_end(handling, SL_OK);
    }
}

/* Go on after a resume that returned `rc`. */
static void settle(sl_task *task, int rc)
{
    const char *why;

    if (rc == LUA_YIELD) {
        why = sl_wait_begin(task);
        if (why != NULL) {
            sl_task_failed(task, why);
        }
    } else if (rc == 0) {
        succeed(task);
    } else {
        sl_task_failed(task, NULL);
    }
}

/* What a task that belongs to a request does, in the record of that. */
static void note_end(sl_record *record, const sl_task *task, int rc)
{
    uint32_t id = (uint32_t)task->ref;
    int kind;

    if (rc != LUA_YIELD) {
        sl_record_add(record, SL_MOMENT_OVER, rc != 0, id, 0, 0);
        return;
    }
    kind = (int)lua_tonumber(task->lua, 2);
    sl_record_add(record, SL_MOMENT_WAIT, kind, id,
                  lua_tonumber(task->lua, kind == SL_WAIT_COMPLETION ? 5 : 3),
                  0);
}

SL_RECORDS_ONLY static int resume_recorded(sl_task *task, int nargs)
{
    sl_record *record =
        task->tied_to != NULL ? task->tied_to->exchange->response.record : NULL;
    int rc;

    if (record == NULL) {
        return lua_resume(task->lua, nargs);
    }
    sl_record_add(record, SL_MOMENT_RUN, task->handler_of != NULL,
                  (uint32_t)task->ref, 0, 0);
    rc = lua_resume(task->lua, nargs);
    note_end(record, task, rc);
    return rc;
}

static void resume(sl_task *task)
{
    sl_script *script = task->script;
    sl_handling *woken_by = task->waits_for;
    sl_handling *begins = task->nargs >= 0 ? task->handler_of : NULL;
    int nargs = task->nargs;
    int rc;

    if (nargs < 0) {
        lua_pushinteger(task->lua, task->answer);
        nargs = 1;
    }
    task->nargs = -1;
    task->waits_for = NULL;
    task->state = SL_TASK_RUNNING;
    script->running = task;
    script->pipeline->quota = &task->quota;
    script->pipeline->lender = script->lender;
    script->route = SL_ROUTE_NONE;
    rc = script->pipeline->recorder == NULL ? lua_resume(task->lua, nargs)
                                            : resume_recorded(task, nargs);
    script->pipeline->quota = NULL;
    script->pipeline->lender = NULL;
    script->running = NULL;
    if (begins != NULL) {
        begins->exchange->route = (uint16_t)script->route;
    }
    settle(task, rc);
    /* Only now: what it was woken for may have been read until here. */
    if (woken_by != NULL) {
        sl_handling_unuse(woken_by);
    }
}

/* What begins tasks, or only moves something on. */
static void run_chores(sl_script *script)
{
    script->has_chores = false;
    sl_script_run_stages(script);
    sl_script_run_children(script);
    sl_script_run_done(script);
}

bool sl_script_run(sl_script *script)
{
    sl_list batch;
    sl_list *link;

    if (script->next_turn != script->pipeline->turn) {
        sl_list_splice(&script->queue, &script->next);
    }
    if (script->has_chores) {
        run_chores(script);
    }
    if (sl_list_is_empty(&script->queue)) {
        return false;
    }
    sl_list_init(&batch);
    sl_list_splice(&batch, &script->queue);
    while ((link = sl_list_take(&batch)) != NULL) {
        resume(SL_CONTAINER(link, sl_task, link));
    }
    return true;
}

bool sl_script_is_runnable(const sl_script *script)
{
    return !sl_list_is_empty(&script->queue) ||
           !sl_list_is_empty(&script->next) || script->has_chores;
}

void sl_script_cancel_all(sl_script *script)
{
    script->is_cancelled = true;
    sl_script_close_entrance(script, SL_EAGAIN);
    sl_tasks_cancel(script);
}
