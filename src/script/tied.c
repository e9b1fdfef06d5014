/* What a task has to do with others: the request that it belongs to, whoever
 * waits for its end, and the handle by which Lua knows it. */
#include <lauxlib.h>

#include "script/task.h"

void sl_task_tie(sl_task *task, sl_handling *handling)
{
    sl_list_remove(&task->tied_link);
    task->tied_to = handling;
    if (handling == NULL) {
        return;
    }
    sl_list_append(&handling->tied, &task->tied_link);
    if (handling->aborted) {
        task->cancel = SL_CANCEL_LEFT;
        task->is_expected = true;
    }
}

/* Waits for the client have been woken by the event itself. */
static void leave(sl_task *task)
{
    if (task->cancel != SL_CANCEL_NONE) {
        return;
    }
    task->is_expected = true;
    task->cancel = SL_CANCEL_LEFT;
    if (task->state == SL_TASK_WAITING) {
        task->cancel = SL_CANCEL_RAISED;
        sl_task_wake(task, SL_ECANCELLED);
    }
}

void sl_handling_cancel_tied(sl_handling *handling)
{
    sl_list *link = handling->tied.next;

    for (; link != &handling->tied; link = link->next) {
        leave(SL_CONTAINER(link, sl_task, tied_link));
    }
}

void sl_handling_untie(sl_handling *handling)
{
    while (!sl_list_is_empty(&handling->tied)) {
        sl_task *task = SL_CONTAINER(handling->tied.next, sl_task, tied_link);

        sl_task_tie(task, NULL);
    }
}

void sl_task_push_handle(lua_State *lua, sl_task *task)
{
    sl_task_kin *kin = sl_task_kin_of(task);
    sl_task_handle *handle;

    if (kin->handle != NULL) {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, kin->handle_ref);
        return;
    }
    handle = lua_newuserdata(lua, sizeof *handle);
    *handle = (sl_task_handle){NULL, false};
    lua_pushvalue(lua, -1);
    kin->handle_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
    kin->handle = handle;
    handle->task = task;
}

/* The parent looks at all of its children whenever it is woken. */
static void tell_parent(sl_task_kin *kin)
{
    sl_task *parent = kin->parent;

    if (parent == NULL) {
        return;
    }
    sl_list_remove(&kin->child_link);
    kin->parent = NULL;
    if (parent->state == SL_TASK_WAITING && parent->waits == SL_WAIT_CHILD) {
        sl_task_wake(parent, SL_OK);
    }
}

static void leave_children(sl_task_kin *kin)
{
    sl_list *link;

    while ((link = sl_list_take(&kin->children)) != NULL) {
        SL_CONTAINER(link, sl_task_kin, child_link)->parent = NULL;
    }
}

void sl_task_end(sl_task *task)
{
    sl_task_kin *kin = task->kin;

    leave_children(kin);
    tell_parent(kin);
    if (kin->handle == NULL) {
        return;
    }
    kin->handle->task = NULL;
    kin->handle = NULL;
    luaL_unref(task->script->lua, LUA_REGISTRYINDEX, kin->handle_ref);
    sl_wait_wake_all(&kin->joiners, SL_OK);
}
