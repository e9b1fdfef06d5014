#include "script/stage_work.h"

#include <string.h>

#include <lauxlib.h>

void sl_script_stage_queue(sl_script_stage *s, uint32_t work)
{
    s->work = work;
    if (sl_list_is_empty(&s->link)) {
        sl_list_append(&s->script->stages_due, &s->link);
        s->script->has_chores = true;
    }
}

void sl_script_stage_let_go(sl_script_stage *s)
{
    s->is_over = true;
    s->work = SL_WORK_NONE;
    sl_list_remove(&s->link);
    sl_list_remove(&s->all_link);
    luaL_unref(s->script->lua, LUA_REGISTRYINDEX, s->record);
    s->record = LUA_NOREF;
    sl_handling_unuse(s->handling);
}

/* No other answer can begin when the handler is over. */
static void be_done(sl_script_stage *s)
{
    s->is_done = true;
    if (s->handling->handler_over) {
        sl_script_stage_let_go(s);
    }
}

/* A task for a piece of work; NULL when there is no memory. */
static sl_task *prepare(sl_script_stage *s, uint32_t work)
{
    sl_script *script = s->script;
    const sl_exchange *exchange = s->handling->exchange;
    sl_task *task = sl_task_take(script);
    lua_State *lua;

    if (task == NULL) {
        return NULL;
    }
    lua = task->lua;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.stage);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, s->record);
    lua_pushnumber(lua, work);
    lua_pushlightuserdata(lua, s->stage);
    lua_pushnumber(lua, s->why);
    sl_request_copy_id(&exchange->request, sl_task_kin_of(task)->request_id);
    sl_task_count_for_request(task);
    return task;
}

/* Of an answer that is over. Nothing waits for its end, neither what is left of
 * the stage's work nor the connection; the exchange is there until then. */
static void start_abort(sl_script_stage *s)
{
    sl_task *task = prepare(s, SL_WORK_ABORT);

    if (task == NULL) {
        sl_log_line(s->script->log, SL_LOG_ERROR,
                    "no memory in the VM to abort the stage \"%s\": request %s",
                    s->type.name,
                    sl_request_id(&s->handling->exchange->request));
        return;
    }
    sl_handling_use(s->handling);
    task->kin->keeps = s->handling;
    if (s->script->is_cancelled) { /* it has to end without waiting */
        task->cancel = SL_CANCEL_ASKED;
        task->is_expected = true;
    }
    sl_task_start(task, 4);
}

/* How a piece of work went. The stage may be gone afterwards. */
static void finish(sl_script_stage *s, sl_status rc)
{
    uint32_t done = s->doing;

    s->task = NULL;
    s->doing = SL_WORK_NONE;
    if (s->is_over || s->is_cleared) { /* so that it tells nobody anything */
        sl_script_stage_queue(s, s->work);
        return;
    }
    rc = sl_stage_resume(s->stage, s->generation, rc) < 0 ? SL_ESTAGE : rc;
    if (rc < 0) {
        sl_script_stage_let_go(s);
    } else if (rc == SL_EMPTY ||
               (done == SL_STAGE_END && s->stage->in.bytes == 0)) {
        be_done(s);
    } else if (s->work != SL_WORK_NONE) {
        sl_script_stage_queue(s, s->work);
    }
}

static void work(sl_script_stage *s)
{
    sl_task *task = prepare(s, s->work);

    s->doing = s->work;
    s->work = SL_WORK_NONE;
    if (task == NULL) {
        finish(s, SL_ESYSTEM);
        return;
    }
    task->kin->stage = s;
    task->kin->stage_rc = SL_ESTAGE; /* unless it returns */
    s->task = task;
    sl_task_start(task, 4);
}

/* Do what is to be done while no piece of work runs. */
static void go_on(sl_script_stage *s)
{
    bool has_begun = s->stage != NULL && !s->is_done;

    if (s->is_cleared) {
        s->why = s->is_over ? s->why : SL_ECANCELLED;
    }
    if ((s->is_cleared || s->is_over) && has_begun) {
        start_abort(s);
    }
    s->is_cleared = false;
    if (s->is_over) {
        sl_script_stage_let_go(s);
    } else if (s->work != SL_WORK_NONE) {
        work(s);
    }
}

void sl_script_run_stages(sl_script *script)
{
    sl_list batch;
    sl_list *link;

    sl_list_init(&batch);
    sl_list_splice(&batch, &script->stages_due);
    while ((link = sl_list_take(&batch)) != NULL) {
        sl_script_stage *s = SL_CONTAINER(link, sl_script_stage, link);

        if (s->task == NULL) {
            go_on(s);
        } else if (s->is_over || s->is_cleared) {
            sl_task_cancel(s->task); /* its end queues what is left to do */
        }
    }
}

void sl_script_stage_over(sl_task *task)
{
    sl_script_stage *s = task->kin->stage;

    task->kin->stage = NULL;
    finish(s, task->kin->stage_rc);
}
