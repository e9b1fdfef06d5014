/* The end of a request, for hooks: when nothing more of it is on the wire, and its
 * handler is over. */
#include <string.h>

#include <lauxlib.h>

#include "script/host.h"
#include "script/task.h"

/* How it went, as Lua knows it; in hooks.lua, too. */
enum { OUTCOME_SENT = 1, OUTCOME_ABORTED = 2, OUTCOME_FAILED = 3 };

/* A client that left before the answer, as in the access log. */
enum { CLIENT_LEFT = 499 };

int sl_host_on_done(lua_State *lua)
{
    sl_handling *handling = sl_handling_of(lua, 1);
    sl_handling_ties *ties;

    luaL_checktype(lua, 3, LUA_TFUNCTION);
    if (handling == NULL) {
        return 0;
    }
    ties = sl_handling_tie(handling);
    if (ties->done != 0) {
        return 0;
    }
    lua_settop(lua, 3);
    ties->done = luaL_ref(lua, LUA_REGISTRYINDEX);
    handling->exchange->is_watched = true;
    sl_handling_use(handling);
    if (handling->exchange->session == NULL) { /* the client has left */
        sl_script_on_done(handling->exchange, 0);
    }
    return 0;
}

int sl_host_untouched(lua_State *lua)
{
    const sl_handling *handling = sl_handling_of(lua, 1);
    const sl_response *response =
        handling != NULL ? &handling->exchange->response : NULL;

    if (response == NULL || response->finished || response->chunks > 0 ||
        response->flush_due || response->phase != SL_PHASE_HEAD) {
        return 0;
    }
    lua_pushnumber(lua, response->status);
    return 1;
}

int sl_host_note_route(lua_State *lua)
{
    const sl_handling *handling = sl_handling_of(lua, 1);

    if (handling != NULL) {
        handling->exchange->route = (uint16_t)lua_tonumber(lua, 3);
    }
    return 0;
}

void sl_script_on_done(sl_exchange *exchange, int refused)
{
    sl_handling *handling = exchange->host;

    handling->ties->refused = refused;
    handling->ties->done_us = exchange->pipeline->now_us;
    if (handling->handler_over) {
        sl_handling_tell_done(handling);
    }
}

static int outcome_of(const sl_handling *handling)
{
    const sl_response *response = &handling->exchange->response;

    if (response->phase == SL_PHASE_DONE) {
        return OUTCOME_SENT;
    }
    return handling->has_failed || (response->failure != SL_EABORTED &&
                                    response->failure != SL_ECANCELLED)
               ? OUTCOME_FAILED
               : OUTCOME_ABORTED;
}

static int status_of(const sl_handling *handling)
{
    const sl_response *response = &handling->exchange->response;

    if (handling->ties->refused != 0) {
        return handling->ties->refused;
    }
    return response->phase == SL_PHASE_ABORTED && response->wire_bytes == 0
               ? CLIENT_LEFT
               : response->status;
}

/* What the function is told. Numbers alone, because this is not protected. */
static int push_record(lua_State *lua, const sl_handling *handling)
{
    const sl_exchange *exchange = handling->exchange;
    const sl_response *response = &exchange->response;
    uint64_t began_us = exchange->request.arrived_us;

    lua_pushnumber(lua, status_of(handling));
    lua_pushnumber(lua, outcome_of(handling));
    lua_pushnumber(lua, response->sent_bytes);
    lua_pushnumber(lua, response->wire_bytes);
    lua_pushnumber(lua, (double)(handling->ties->done_us - began_us) / 1e3);
    lua_pushnumber(lua, response->first_us == 0
                            ? -1
                            : (double)(response->first_us - began_us) / 1e3);
    lua_pushnumber(lua, response->chunks);
    lua_pushnumber(lua, response->sends);
    return 8;
}

/* It may be inside of a call of Lua's, which sent the last of an answer. */
void sl_handling_tell_done(const sl_handling *handling)
{
    sl_list_append(&handling->script->done_due, &handling->ties->done_link);
    handling->script->has_chores = true;
}

static void start(sl_handling *handling)
{
    sl_script *script = handling->script;
    sl_task *task = sl_task_take(script);
    int fn = handling->ties->done;

    if (task == NULL) {
        sl_log_line(
            script->log, SL_LOG_ERROR,
            "no memory in the VM for the hooks at the end of request %s",
            sl_request_id(&handling->exchange->request));
        sl_handling_unuse(handling);
        return;
    }
    sl_request_copy_id(&handling->exchange->request,
                       sl_task_kin_of(task)->request_id);
    lua_rawgeti(task->lua, LUA_REGISTRYINDEX, fn);
    luaL_unref(script->lua, LUA_REGISTRYINDEX, fn);
    task->kin->keeps = handling; /* used by what was watched for so far */
    if (script->is_cancelled) {  /* it has to end without waiting */
        task->cancel = SL_CANCEL_ASKED;
        task->is_expected = true;
    }
    sl_task_count_for_request(task);
    sl_task_start(task, push_record(task->lua, handling));
}

void sl_script_run_done(sl_script *script)
{
    sl_list *link;

    while ((link = sl_list_take(&script->done_due)) != NULL) {
        start(SL_CONTAINER(link, sl_handling_ties, done_link)->handling);
    }
}
