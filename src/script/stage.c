#include "script/stage.h"

#include <string.h>

#include <lauxlib.h>

/* What Lua is told to do, behind SL_STAGE_END; in stage.lua, too. */
enum { WORK_HEADERS = 3, WORK_ABORT = 4, WORK_NONE = 5 };

/* One stage of one response, in the arena of its exchange: which is there as long
 * as `handling` is used. */
struct sl_script_stage {
    sl_stage_type type;
    sl_script *script; /* NULL: its VM is closed */
    sl_handling *handling;
    sl_stage *stage;
    uint32_t generation;
    int record;    /* in the registry */
    sl_task *task; /* at work; NULL: none is */
    uint32_t doing;
    uint32_t work;   /* that is queued */
    sl_status why;   /* of the abort */
    bool is_cleared; /* the answer began again: abort the old one first */
    bool is_over;    /* nothing more will be done */
    sl_list link;    /* in the script's queue */
    sl_list all_link;
};

static void queue(sl_script_stage *s, uint32_t work)
{
    s->work = work;
    if (sl_list_is_empty(&s->link)) {
        sl_list_append(&s->script->stages_due, &s->link);
        s->script->has_chores = true;
    }
}

/* --- What the chain calls ------------------------------------------------------- */

static sl_status headers(sl_stage *stage, sl_response *response,
                         uint32_t generation, void *state)
{
    sl_script_stage *s = state;

    if (s->is_over) {
        return SL_EMPTY; /* it had seen its end when the answer began again */
    }
    s->stage = stage;
    queue(s, WORK_HEADERS);
    return SL_PENDING;
}

static sl_status push(sl_stage *stage, sl_response *response,
                      uint32_t generation, uint32_t how, void *state)
{
    sl_script_stage *s = state;

    if (s->is_over) {
        return SL_ESTAGE;
    }
    queue(s, how);
    return SL_PENDING;
}

/* What it was told of the old answer is aborted, before it hears of the new one. */
static void clear(sl_stage *stage, sl_response *response, uint32_t generation,
                  void *state)
{
    sl_script_stage *s = state;

    if (!s->is_over && s->stage != NULL) {
        s->is_cleared = true;
        queue(s, WORK_NONE);
    }
}

static void on_abort(sl_stage *stage, sl_response *response,
                     uint32_t generation, sl_status why, void *state)
{
    sl_script_stage *s = state;

    if (!s->is_over) {
        s->is_over = true;
        s->why = why;
        queue(s, WORK_ABORT);
    }
}

/* --- Work ------------------------------------------------------------------------ */

/* Nothing more is to be done: the exchange may go. */
static void let_go(sl_script_stage *s)
{
    s->is_over = true;
    s->work = WORK_NONE;
    sl_list_remove(&s->link);
    sl_list_remove(&s->all_link);
    luaL_unref(s->script->lua, LUA_REGISTRYINDEX, s->record);
    s->record = LUA_NOREF;
    sl_handling_unuse(s->handling);
}

/* Was that its last piece of work? What was done of an answer that began again
 * tells nobody anything. */
static bool was_last(sl_script_stage *s, uint32_t done, sl_status rc)
{
    if (s->is_over) {
        return done == WORK_ABORT; /* else that is queued */
    }
    if (s->is_cleared || done == WORK_ABORT) {
        return false;
    }
    rc = sl_stage_resume(s->stage, s->generation, rc) < 0 ? SL_ESTAGE : rc;
    return rc < 0 || rc == SL_EMPTY ||
           (done == SL_STAGE_END && s->stage->in.bytes == 0);
}

/* How a piece of work went. The stage may be gone afterwards. */
static void finish(sl_script_stage *s, sl_status rc)
{
    uint32_t done = s->doing;

    s->task = NULL;
    s->doing = WORK_NONE;
    if (was_last(s, done, rc)) {
        let_go(s);
    } else if (s->is_cleared || s->work != WORK_NONE) {
        queue(s, s->work);
    }
}

/* What comes next: of an answer that began again its abort. */
static uint32_t take_work(sl_script_stage *s)
{
    uint32_t work = s->work;

    if (s->is_cleared && !s->is_over) {
        s->is_cleared = false;
        s->why = SL_ECANCELLED;
        return WORK_ABORT;
    }
    s->work = WORK_NONE;
    return work;
}

static void start(sl_script_stage *s)
{
    sl_script *script = s->script;
    const sl_exchange *exchange = s->handling->exchange;
    sl_task *task = sl_task_take(script);
    sl_task_kin *kin;
    lua_State *lua;

    s->doing = take_work(s);
    if (task == NULL) {
        finish(s, SL_ESYSTEM);
        return;
    }
    lua = task->lua;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.stage);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, s->record);
    lua_pushnumber(lua, s->doing);
    lua_pushlightuserdata(lua, s->stage);
    lua_pushnumber(lua, s->why);
    kin = sl_task_kin_of(task);
    sl_request_copy_id(&exchange->request, kin->request_id);
    kin->stage = s;
    kin->stage_rc = SL_ESTAGE; /* unless it returns */
    s->task = task;
    sl_task_count_for_request(task);
    sl_task_start(task, 4);
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
            start(s);
        } else if (s->work == WORK_ABORT || s->is_cleared) {
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

/* --- Its life ----------------------------------------------------------------------- */

static sl_script_stage *create(lua_State *lua, sl_handling *handling)
{
    sl_arena *arena = &handling->exchange->arena;
    sl_script_stage *s = sl_arena_take(arena, sizeof *s);
    size_t len;
    const char *name = lua_tolstring(lua, 4, &len);

    *s = (sl_script_stage){
        .type = {.size = sizeof s->type,
                 .name = sl_arena_copy(arena, name, len),
                 .order = (int32_t)lua_tointeger(lua, 5),
                 .flags = (uint32_t)lua_tointeger(lua, 6),
                 .holds_bytes = lua_tonumber(lua, 7),
                 .holds_ms = (uint32_t)lua_tonumber(lua, 8),
                 .headers = headers,
                 .push = push,
                 .clear = clear,
                 .abort = on_abort},
        .script = handling->script,
        .handling = handling,
        .generation = handling->exchange->response.generation,
        .record = LUA_NOREF,
        .doing = WORK_NONE,
        .work = WORK_NONE,
    };
    sl_list_init(&s->link);
    sl_list_init(&s->all_link);
    return s;
}

int sl_host_add_stage(lua_State *lua)
{
    sl_handling *handling = sl_handling_of(lua, 1);
    sl_response *response;
    sl_script_stage *s;
    sl_status rc;

    if (handling == NULL) {
        lua_pushnumber(lua, SL_EGONE);
        return 1;
    }
    response = &handling->exchange->response;
    s = create(lua, handling);
    rc = sl_response_add_stage(response, response->generation, &s->type, s);
    if (rc == SL_OK) {
        lua_pushvalue(lua, 3);
        s->record = luaL_ref(lua, LUA_REGISTRYINDEX);
        sl_list_append(&s->script->stages, &s->all_link);
        sl_handling_use(handling);
    }
    lua_pushnumber(lua, rc);
    return 1;
}

void sl_script_close_stages(sl_script *script)
{
    while (!sl_list_is_empty(&script->stages)) {
        sl_script_stage *s =
            SL_CONTAINER(script->stages.next, sl_script_stage, all_link);

        if (s->task != NULL) {
            s->task->kin->stage = NULL;
        }
        let_go(s);
    }
}
