#include "script/stage_work.h"

#include <lauxlib.h>

/* --- What the chain calls ------------------------------------------------------- */

static sl_status headers(sl_stage *stage, sl_response *response,
                         uint32_t generation, void *state)
{
    sl_script_stage *s = state;

    if (s->is_over) {
        return SL_ESTAGE;
    }
    s->stage = stage;
    s->is_done = false;
    sl_script_stage_queue(s, SL_WORK_HEADERS);
    return SL_PENDING;
}

static sl_status push(sl_stage *stage, sl_response *response,
                      uint32_t generation, uint32_t how, void *state)
{
    sl_script_stage *s = state;

    if (s->is_over) {
        return SL_ESTAGE;
    }
    sl_script_stage_queue(s, how);
    return SL_PENDING;
}

/* What it was told of the old answer is aborted, unless it had seen its end. */
static void clear(sl_stage *stage, sl_response *response, uint32_t generation,
                  void *state)
{
    sl_script_stage *s = state;

    if (s->is_done) {
        s->is_done = false;
        s->stage = NULL;
    } else if (!s->is_over && s->stage != NULL) {
        s->is_cleared = true;
        sl_script_stage_queue(s, SL_WORK_NONE);
    }
}

static void on_abort(sl_stage *stage, sl_response *response,
                     uint32_t generation, sl_status why, void *state)
{
    sl_script_stage *s = state;

    if (!s->is_over) {
        s->is_over = true;
        s->why = why;
        sl_script_stage_queue(s, SL_WORK_NONE);
    }
}

/* It may be inside of a call of Lua's. */
static void on_end(void *state)
{
    on_abort(NULL, NULL, 0, SL_EGONE, state);
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
                 .abort = on_abort,
                 .end = on_end},
        .script = handling->script,
        .handling = handling,
        .generation = handling->exchange->response.generation,
        .record = LUA_NOREF,
        .doing = SL_WORK_NONE,
        .work = SL_WORK_NONE,
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
        s->next = sl_handling_tie(handling)->stages;
        handling->ties->stages = s;
        sl_handling_use(handling);
    }
    lua_pushnumber(lua, rc);
    return 1;
}

void sl_handling_end_stages(const sl_handling *handling)
{
    for (sl_script_stage *s = handling->ties->stages; s != NULL; s = s->next) {
        if (s->is_done && !s->is_over) {
            sl_script_stage_let_go(s);
        }
    }
}

void sl_script_close_stages(sl_script *script)
{
    while (!sl_list_is_empty(&script->stages)) {
        sl_script_stage *s =
            SL_CONTAINER(script->stages.next, sl_script_stage, all_link);

        if (s->task != NULL) {
            s->task->kin->stage = NULL;
        }
        sl_script_stage_let_go(s);
    }
}
