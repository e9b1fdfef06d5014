/* The memory of a VM: counted, and limited without breaking compiled code.
 *
 * LuaJIT does not survive it when compiled code is refused memory. So nothing
 * is refused at the limit; it raises an alarm instead. The alarm is a hook,
 * which raises an error before the next instruction, where Lua expects one, and
 * SIGPROF, on which compiled code goes back to the interpreter (see stack.h),
 * which is where hooks are looked at. What one single step can take is refused
 * at twice the limit, and there only in interpreted code. */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unwind.h>

#include <lauxlib.h>

#include "script/vm.h"

bool sl_script_is_nearly_full(const sl_script *script)
{
    uint64_t limit = script->settings.memory_bytes;

    return limit != 0 && script->memory_bytes > limit - limit / 8;
}

static uint64_t clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void sl_script_collect(lua_State *lua)
{
    sl_tally *tally = sl_script_of(lua)->pipeline->tally;
    uint64_t began_us = clock_us();

    lua_gc(lua, LUA_GCCOLLECT, 0);
    sl_counter_add(&tally->collections, 1);
    sl_counter_add(&tally->collected_us, clock_us() - began_us);
}

void sl_script_limit_memory(sl_script *script)
{
    uint64_t limit = script->settings.memory_bytes;

    script->alarm_bytes = limit != 0 ? limit : UINT64_MAX;
    script->most_bytes = limit != 0 ? 2 * limit : UINT64_MAX;
}

static void end_alarm(sl_script *script)
{
    lua_sethook(script->lua, NULL, 0, 0);
    script->alarm_bytes = script->settings.memory_bytes;
}

/* Before any instruction, in whatever coroutine runs. Who catches the error gets
 * the next one, unless there is memory by then. */
static void on_alarm(lua_State *lua, lua_Debug *where)
{
    sl_script *script = sl_script_of(lua);

    (void)where;
    sl_script_collect(lua);
    if (sl_script_is_nearly_full(script)) {
        luaL_where(lua, 0);
        lua_pushliteral(lua, "not enough memory: lua_memory is used up");
        lua_concat(lua, 2);
        lua_error(lua);
    }
    end_alarm(script);
}

/* Again and again while it grows, because a signal that comes while a finalizer
 * runs is lost. */
static void raise_alarm(sl_script *script, uint64_t wanted)
{
    script->alarm_bytes = wanted + script->settings.memory_bytes / 16;
    lua_sethook(script->lua, on_alarm, LUA_MASKCOUNT, 1);
    if (script->on_stack != NULL) {
        (void)raise(SIGPROF);
    }
}

void sl_script_spare(sl_script *script, bool is_spared)
{
    script->is_spared = is_spared;
    if (script->settings.memory_bytes != 0) {
        end_alarm(script);
    }
}

/* Code that belongs to no file was compiled by the VM. */
static _Unwind_Reason_Code look_at_frame(struct _Unwind_Context *frame,
                                         void *is_compiled)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the unwinder has integers. */
    void *address = (void *)_Unwind_GetIP(frame);
    Dl_info file;

    if (address != NULL && dladdr(address, &file) == 0) {
        *(bool *)is_compiled = true;
        return _URC_END_OF_STACK;
    }
    return _URC_NO_REASON;
}

/* Who asks for memory? This takes its time, and an error follows. */
static bool is_compiled(void)
{
    bool found = false;

    (void)_Unwind_Backtrace(look_at_frame, &found);
    return found;
}

static bool may_grow(sl_script *script, uint64_t wanted)
{
    if (script->is_unlimited) {
        return true;
    }
    if (wanted > script->most_bytes && !is_compiled()) {
        return false;
    }
    if (script->settings.memory_bytes != 0 && !script->is_spared) {
        raise_alarm(script, wanted);
    }
    return true;
}

/* The system has no more. */
static void *fail(const sl_script *script, size_t size)
{
    if (is_compiled()) {
        sl_log_line(script->log, SL_LOG_ERROR,
                    "the system refuses %zu bytes to compiled code, which "
                    "cannot go on: this process ends",
                    size);
        abort();
    }
    return NULL;
}

void *sl_script_allocate(void *context, void *block, size_t old, size_t size)
{
    sl_script *script = context;
    void *moved;

    if (size == 0) {
        sl_pool_free(&script->pool, block, old);
        script->memory_bytes -= old;
        return NULL;
    }
    if (size > old &&
        script->memory_bytes + (size - old) > script->alarm_bytes &&
        !may_grow(script, script->memory_bytes + (size - old))) {
        return NULL;
    }
    moved = sl_pool_resize(&script->pool, block, old, size);
    if (moved == NULL) {
        return fail(script, size);
    }
    script->memory_bytes += size - old;
    return moved;
}
