/* The one place that sees both libuv and Lua. */
#include "worker/luv.h"

#include <assert.h>

#include <lauxlib.h>
#include <luv/luv.h>

#include "script/task.h"

/* --- Callbacks ------------------------------------------------------------- */

/* A function with its arguments is on the stack: what Lua is told happens in a
 * task of its own, later. */
static void start_task(sl_script *script, lua_State *lua, int nargs)
{
    /* In a call from Lua, as of uv.walk, errors may be raised; else not. */
    sl_task *task =
        script->running != NULL ? sl_task_take_in(lua) : sl_task_take(script);

    if (task == NULL) {
        sl_log_line(script->log, SL_LOG_ERROR,
                    "no memory in the VM for a callback of luv");
        lua_pop(lua, nargs + 1);
        return;
    }
    lua_xmove(lua, task->lua, nargs + 1);
    sl_task_start(task, nargs);
}

static sl_luv *luv_of(lua_State *lua)
{
    return SL_CONTAINER(luv_loop(lua), sl_luv, loop);
}

/* What luv calls for every callback; nobody wants results. The library's own
 * that give descriptors back come through whatever becomes of the app. */
static int on_callback(lua_State *lua, int nargs, int nresults, int flags)
{
    sl_luv *luv = luv_of(lua);

    if (luv->phase == SL_LUV_CLOSING || sl_task_is_owed(lua, -nargs - 1)) {
        if (lua_pcall(lua, nargs, 0, 0) != 0) {
            lua_pop(lua, 1);
        }
    } else if (luv->phase == SL_LUV_OPEN) {
        start_task(luv->script, lua, nargs);
    } else {
        lua_pop(lua, nargs + 1);
    }
    return 0;
}

/* --- The loop within the loop ---------------------------------------------- */

static void on_more(uv_idle_t *handle)
{
    /* Its existence makes the host poll without waiting. */
}

static void on_timer(uv_timer_t *handle)
{
    /* The step before the poll, which follows, does the work. */
}

/* luv makes values outside of any protected call, where running into the
 * script's limit would end the process. The tasks that get them are limited. */
static void turn(sl_luv *luv)
{
    luv->script->is_unlimited = true;
    uv_run(&luv->loop, UV_RUN_NOWAIT);
    luv->script->is_unlimited = false;
}

static void set_alarm(sl_luv *luv)
{
    int timeout_ms = uv_backend_timeout(&luv->loop);

    if (timeout_ms == 0 ||
        (luv->phase == SL_LUV_OPEN && sl_script_is_runnable(luv->script))) {
        uv_idle_start(&luv->more, on_more);
    } else {
        uv_idle_stop(&luv->more);
    }
    if (timeout_ms > 0) {
        uv_timer_start(&luv->timer, on_timer, (uint64_t)timeout_ms, 0);
    } else {
        uv_timer_stop(&luv->timer);
    }
}

/* Only a turn tells the kernel what handlers have begun to wait for. */
static void on_before_poll(uv_prepare_t *handle)
{
    sl_luv *luv = handle->data;

    turn(luv);
    set_alarm(luv);
}

static void on_events(uv_poll_t *handle, int status, int events)
{
    turn(handle->data); /* its tasks run in this turn of the host's */
}

/* The server lives, so the script's loop does, whatever is in it. Without that
 * its timers would not fire when all are unref'd, and its timeout would be 0
 * with nothing to do. A handle would do the same; but scripts could see it in
 * uv.walk, and close it. */
static void set_alive(sl_luv *luv, bool alive)
{
    luv->loop.active_handles += alive ? 1 : -1;
}

static void start_loop(sl_luv *luv)
{
    int rc = uv_loop_init(&luv->loop);

    assert(rc == 0);
    set_alive(luv, true);
    rc = uv_poll_init(luv->host, &luv->events, uv_backend_fd(&luv->loop));
    assert(rc == 0);
    (void)rc;
    uv_timer_init(luv->host, &luv->timer);
    uv_prepare_init(luv->host, &luv->before);
    uv_idle_init(luv->host, &luv->more);
    luv->events.data = luv;
    luv->before.data = luv;
    uv_poll_start(&luv->events, UV_READABLE, on_events);
    uv_prepare_start(&luv->before, on_before_poll);
    luv->phase = SL_LUV_OPEN;
}

/* --- The module ------------------------------------------------------------ */

static int refuse(lua_State *lua)
{
    return luaL_error(lua, "uv.%s belongs to the server, which runs the loop",
                      lua_tostring(lua, lua_upvalueindex(1)));
}

static void refuse_function(lua_State *lua, const char *name)
{
    lua_pushstring(lua, name);
    lua_pushcclosure(lua, refuse, 1);
    lua_setfield(lua, -2, name);
}

static int open_module(lua_State *lua)
{
    sl_luv *luv = lua_touserdata(lua, lua_upvalueindex(1));

    if (luv->phase == SL_LUV_UNUSED) {
        start_loop(luv);
    }
    luv_set_loop(lua, &luv->loop);
    luv_set_callback(lua, on_callback);
    /* Not that of the coroutine which happens to require it. */
    luv_context(lua)->L = luv->script->lua;
    luaopen_luv(lua);
    refuse_function(lua, "run");
    refuse_function(lua, "loop_close");
    lua_getfield(lua, LUA_REGISTRYINDEX, "_LOADED");
    lua_pushvalue(lua, -2);
    lua_setfield(lua, -2, "luv");
    lua_pushvalue(lua, -2);
    lua_setfield(lua, -2, "uv");
    lua_pop(lua, 1);
    return 1;
}

static int add_module(lua_State *lua)
{
    lua_getglobal(lua, "package");
    lua_getfield(lua, -1, "preload");
    lua_pushvalue(lua, 1);
    lua_pushcclosure(lua, open_module, 1);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, "luv");
    lua_setfield(lua, -2, "uv");
    return 0;
}

const char *sl_luv_version(void)
{
    return SLUICE_LUV_VERSION;
}

/* --- Life ------------------------------------------------------------------ */

void sl_luv_init(sl_luv *luv, uv_loop_t *host, sl_script *script)
{
    *luv = (sl_luv){.script = script, .host = host};
    if (lua_cpcall(script->lua, add_module, luv) != 0) {
        lua_pop(script->lua, 1); /* no memory: then there is no such module */
    }
}

/* luv's own close, because it knows what hangs on each handle. */
static int close_handles(lua_State *lua)
{
    static const char text[] = "local uv = require('luv')\n"
                               "uv.walk(function(handle)\n"
                               "  if not uv.is_closing(handle) then\n"
                               "    uv.close(handle)\n"
                               "  end\n"
                               "end)";

    if (luaL_loadstring(lua, text) != 0) {
        return lua_error(lua);
    }
    lua_call(lua, 0, 0);
    return 0;
}

void sl_luv_close(sl_luv *luv)
{
    if (luv->phase != SL_LUV_OPEN) {
        return;
    }
    luv->script->is_unlimited = true;
    luv->phase = SL_LUV_CLOSING;
    if (lua_cpcall(luv->script->lua, close_handles, NULL) != 0) {
        lua_pop(luv->script->lua, 1);
    }
    luv->script->is_unlimited = false;
    luv->phase = SL_LUV_CLOSED;
    set_alive(luv, false);
}

bool sl_luv_has_work(sl_luv *luv)
{
    bool has_work;

    if (luv->phase != SL_LUV_OPEN) {
        return false;
    }
    set_alive(luv, false);
    has_work = uv_loop_alive(&luv->loop);
    set_alive(luv, true);
    return has_work;
}

bool sl_luv_is_busy(const sl_luv *luv)
{
    return luv->phase == SL_LUV_CLOSED && uv_loop_alive(&luv->loop);
}

void sl_luv_finish(sl_luv *luv)
{
    if (luv->phase == SL_LUV_CLOSED) {
        luv->script->is_unlimited = true;
        uv_run(&luv->loop, UV_RUN_DEFAULT);
    }
}

static void on_host_closed(uv_handle_t *handle)
{
    sl_luv *luv = handle->data;

    if (--luv->open == 0) {
        luv->on_freed(luv);
    }
}

static void close_on_host(sl_luv *luv)
{
    uv_handle_t *handles[] = {
        (uv_handle_t *)&luv->events,
        (uv_handle_t *)&luv->timer,
        (uv_handle_t *)&luv->before,
        (uv_handle_t *)&luv->more,
    };

    luv->open = sizeof handles / sizeof handles[0];
    for (int i = 0; i < luv->open; i++) {
        handles[i]->data = luv;
        uv_close(handles[i], on_host_closed);
    }
}

void sl_luv_deinit(sl_luv *luv, void (*on_freed)(sl_luv *luv))
{
    int rc;

    if (luv->phase == SL_LUV_UNUSED) {
        on_freed(luv);
        return;
    }
    luv->on_freed = on_freed;
    close_on_host(luv);
    uv_run(&luv->loop, UV_RUN_DEFAULT); /* what the collector has closed */
    rc = uv_loop_close(&luv->loop);
    assert(rc == 0);
    (void)rc;
    luv->phase = SL_LUV_UNUSED;
}
