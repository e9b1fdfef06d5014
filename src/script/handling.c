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
    sl_list_init(&handling->waiting);
    sl_list_init(&handling->line);
    sl_list_init(&handling->tied);
    sl_list_init(&handling->entrance_link);
    exchange->host = handling;
    script->handlers++;
    script->handlings++;
    return handling;
}

sl_handling_ties *sl_handling_tie(sl_handling *handling)
{
    sl_handling_ties *ties = handling->ties;

    if (ties != NULL) {
        return ties;
    }
    ties = sl_arena_take(&handling->exchange->arena, sizeof *ties);
    *ties = (sl_handling_ties){.handling = handling};
    for (int i = 0; i < SL_NEWS_KINDS; i++) {
        ties->wanted[i] = LUA_NOREF;
    }
    sl_list_init(&ties->children);
    sl_list_init(&ties->done_link);
    handling->ties = ties;
    return ties;
}

/* Forget the functions of Lua that were wanted. */
static void end_wanted(const sl_handling *handling)
{
    const sl_handling_ties *ties = handling->ties;

    for (int i = 0; i < SL_NEWS_KINDS; i++) {
        if (ties->wanted[i] != LUA_NOREF) {
            luaL_unref(handling->script->lua, LUA_REGISTRYINDEX,
                       ties->wanted[i]);
        }
    }
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
    if (handling->ties != NULL) {
        end_wanted(handling);
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

sl_handling *sl_handling_of_request(lua_State *lua, int index)
{
    sl_request *request = *(sl_request *const *)lua_topointer(lua, index);

    if (request->generation != (uint32_t)lua_tonumber(lua, index + 1)) {
        return NULL;
    }
    return sl_exchange_of_request(request)->host;
}

/* A page of an error takes the place of what there was: stages go on for it. */
static void end_with_ties(const sl_handling *handling, sl_status status)
{
    sl_children_close(handling);
    if (handling->ties->done_us != 0) {
        sl_handling_tell_done(handling);
    }
    sl_exchange_handler_over(handling->exchange, status);
    sl_handling_end_stages(handling);
}

/* Wake who waits for that kind of thing. */
static void wake_those(const sl_handling *handling, int kind, sl_status answer)
{
    sl_list *link = handling->waiting.next;

    while (link != &handling->waiting) {
        sl_task *task = SL_CONTAINER(link, sl_task, link);

        link = link->next;
        if (task->waits == kind) {
            sl_task_wake(task, answer);
        }
    }
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
    if (handling->ties != NULL) {
        end_with_ties(handling, status);
    } else {
        sl_exchange_handler_over(handling->exchange, status);
    }
    /* What is left of the body now belongs to the session. */
    wake_those(handling, SL_WAIT_BODY, SL_EGONE);
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
        wake_those(handling, SL_WAIT_COMPLETION, SL_OK);
    }
    if (aborted || (events & SL_EVENT_ROOM)) {
        wake_line(handling);
    }
    if (aborted || (events & SL_EVENT_BODY)) {
        wake_those(handling, SL_WAIT_BODY, SL_OK);
    }
    if (aborted) {
        sl_handling_tell(handling, SL_NEWS_ABORT);
        sl_handling_cancel_tied(handling);
        if (handling->ties != NULL) {
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
