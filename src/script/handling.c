/* What the script knows of an exchange: who uses it, and until when. */
#include "script/task.h"

#include <lauxlib.h>

sl_handling *sl_handling_begin(sl_script *script, sl_exchange *exchange)
{
    sl_handling *handling = sl_arena_take(&exchange->arena, sizeof *handling);

    *handling = (sl_handling){
        .script = script,
        .exchange = exchange,
        .users = 1,
    };
    for (int i = 0; i < SL_NEWS_KINDS; i++) {
        handling->wanted[i] = LUA_NOREF;
    }
    sl_list_init(&handling->completions);
    sl_list_init(&handling->bodies);
    sl_list_init(&handling->line);
    sl_list_init(&handling->tied);
    sl_list_init(&handling->entrance_link);
    exchange->host = handling;
    script->handlers++;
    script->handlings++;
    return handling;
}

void sl_handling_use(sl_handling *handling)
{
    handling->users++;
}

void sl_handling_unuse(sl_handling *handling)
{
    if (--handling->users > 0) {
        return;
    }
    sl_handling_untie(handling);
    for (int i = 0; i < SL_NEWS_KINDS; i++) {
        if (handling->wanted[i] != LUA_NOREF) { /* few are asked for */
            luaL_unref(handling->script->lua, LUA_REGISTRYINDEX,
                       handling->wanted[i]);
        }
    }
    handling->script->handlings--;
    handling->exchange->host = NULL;
    sl_exchange_release(handling->exchange, SL_HOLD_HOST);
}

sl_handling *sl_handling_of(lua_State *lua, int index)
{
    /* The module is private: its callers pass a response and a generation. */
    sl_response *response = *(sl_response *const *)lua_topointer(lua, index);

    if (response->generation != (uint32_t)lua_tonumber(lua, index + 1)) {
        return NULL;
    }
    return sl_exchange_of_response(response)->host;
}

void sl_handling_need_more(sl_handling *handling)
{
    if (!handling->has_more) {
        handling->has_more = true;
        sl_list_init(&handling->children);
        sl_list_init(&handling->done_link);
    }
}

/* A page of an error takes the place of what there was: stages go on for it. */
static void end_with_more(sl_handling *handling, sl_status status)
{
    sl_children_close(handling);
    if (handling->done_us != 0) {
        sl_handling_tell_done(handling);
    }
    sl_exchange_handler_over(handling->exchange, status);
    sl_handling_end_stages(handling);
}

void sl_handling_end(sl_handling *handling, sl_status status)
{
    sl_script *script = handling->script;

    sl_timer_stop(&script->pipeline->timers, &handling->deadline);
    handling->handler_over = true;
    if (status < 0) {
        handling->has_failed = !handling->aborted;
    }
    script->handlers--;
    if (handling->has_more) {
        end_with_more(handling, status);
    } else {
        sl_exchange_handler_over(handling->exchange, status);
    }
    /* What is left of the body now belongs to the session. */
    sl_wait_wake_all(&handling->bodies, SL_EGONE);
    sl_handling_tell(handling, SL_NEWS_END);
    sl_handling_unuse(handling);
    sl_script_admit(script);
}

static void wake_line(sl_handling *handling)
{
    if (!sl_list_is_empty(&handling->line)) {
        sl_task_wake(SL_CONTAINER(handling->line.next, sl_task, line_link),
                     SL_OK);
    }
}

void sl_wait_on_events(sl_handling *handling, uint32_t events)
{
    bool aborted = (events & SL_EVENT_ABORTED) != 0;

    if (aborted || (events & SL_EVENT_COMPLETION)) {
        sl_wait_wake_all(&handling->completions, SL_OK);
    }
    if (aborted || (events & SL_EVENT_ROOM)) {
        wake_line(handling);
    }
    if (aborted || (events & SL_EVENT_BODY)) {
        sl_wait_wake_all(&handling->bodies, SL_OK);
    }
    if (aborted) {
        sl_handling_tell(handling, SL_NEWS_ABORT);
        sl_handling_cancel_tied(handling);
        if (handling->has_more) {
            sl_children_close(handling);
        }
    }
}

bool sl_line_enter(sl_handling *handling, sl_task *task)
{
    if (task->in_line_of == NULL) {
        task->in_line_of = handling;
        sl_list_append(&handling->line, &task->line_link);
        sl_handling_use(handling);
    }
    return handling->line.next == &task->line_link;
}

void sl_line_leave(sl_task *task)
{
    sl_handling *handling = task->in_line_of;

    if (handling == NULL) {
        return;
    }
    task->in_line_of = NULL;
    sl_list_remove(&task->line_link);
    wake_line(handling);
    sl_handling_unuse(handling);
}
