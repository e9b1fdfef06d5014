/* The private module sluice.testing: how sluice.test drives the world. */
#include <unistd.h>

#include <lauxlib.h>

#include "base/memory.h"
#include "script/task.h"
#include "testing/module.h"
#include "testing/testing.h"
#include "testing/world.h"

static sl_world *world_of(lua_State *lua)
{
    return lua_touserdata(lua, lua_upvalueindex(1));
}

/* Turns resume coroutines, which the one that asks for them may not be. */
sl_world *sl_testing_driven(lua_State *lua)
{
    sl_world *world = world_of(lua);
    bool is_main = lua_pushthread(lua) == 1;

    lua_pop(lua, 1);
    if (!is_main || world->script->running != NULL) {
        luaL_error(lua, "the app is driven by the functions of a spec, not "
                        "from a coroutine, and not by what the app calls");
    }
    return world;
}

static void set_number(lua_State *lua, const char *name, double value)
{
    lua_pushnumber(lua, value);
    lua_setfield(lua, -2, name);
}

/* --- The app ---------------------------------------------------------------------- */

/* load(path): true; or nil and why not. */
static int load_app(lua_State *lua)
{
    sl_world *world = sl_testing_driven(lua);
    char *error;

    if (sl_world_load(world, luaL_checkstring(lua, 1), &error) == SL_OK) {
        lua_pushboolean(lua, true);
        return 1;
    }
    lua_pushnil(lua);
    lua_pushstring(lua, error);
    sl_free(error);
    return 2;
}

/* begin(name): a step of the app's life. */
static int begin(lua_State *lua)
{
    sl_script_begin_step(sl_testing_driven(lua)->script,
                         luaL_checkstring(lua, 1), NULL, 0);
    return 0;
}

/* life(): nil while the step runs; then true, or false and why. */
static int life(lua_State *lua)
{
    const char *text;
    size_t len;
    sl_step step = sl_script_step(world_of(lua)->script, &text, &len);

    if (step == SL_STEP_RUNNING) {
        return 0;
    }
    lua_pushboolean(lua, step == SL_STEP_DONE);
    lua_pushstring(lua, text);
    return 2;
}

/* shutdown(): as a worker says that it is going to end. */
static int shut_down(lua_State *lua)
{
    sl_world *world = sl_testing_driven(lua);

    world->worker.env.draining = true;
    sl_script_shutdown(world->script);
    return 0;
}

/* end_app(): drop all that is left of it. */
static int end_app(lua_State *lua)
{
    sl_world *world = sl_testing_driven(lua);

    sl_world_end_app(world);
    world->worker.env.draining = false;
    world->script->is_ending = false;
    world->script->is_cancelled = false;
    return 0;
}

/* --- Time ------------------------------------------------------------------------- */

/* step(limit): "work", "time", "limit" or "nothing"; see sl_progress. */
static int step(lua_State *lua)
{
    static const char *const words[] = {
        [SL_PROGRESS_WORK] = "work",
        [SL_PROGRESS_TIME] = "time",
        [SL_PROGRESS_LIMIT] = "limit",
        [SL_PROGRESS_NOTHING] = "nothing",
    };
    sl_world *world = sl_testing_driven(lua);

    lua_pushstring(
        lua, words[sl_world_step(world, (uint64_t)luaL_checknumber(lua, 1))]);
    return 1;
}

/* skip(to): nothing is due before. */
static int skip(lua_State *lua)
{
    sl_world_skip(sl_testing_driven(lua), (uint64_t)luaL_checknumber(lua, 1));
    return 0;
}

/* now(): milliseconds; and since the world began. */
static int now(lua_State *lua)
{
    const sl_world *world = world_of(lua);

    lua_pushnumber(lua, (double)world->now_ms);
    lua_pushnumber(lua, (double)(world->now_ms - world->began_ms));
    return 2;
}

/* --- What has happened ------------------------------------------------------------ */

/* log(): the lines since the last call, as JSON. */
static int read_log(lua_State *lua)
{
    int fd = world_of(lua)->log.fd;
    char bytes[LUAL_BUFFERSIZE];
    luaL_Buffer text;
    off_t at = 0;
    ssize_t n;

    luaL_buffinit(lua, &text);
    while ((n = pread(fd, bytes, sizeof bytes, at)) > 0) {
        luaL_addlstring(&text, bytes, (size_t)n);
        at += n;
    }
    luaL_pushresult(&text);
    (void)ftruncate(fd, 0);
    return 1;
}

static void push_completion(lua_State *lua, const sl_world_completion *c)
{
    lua_createtable(lua, 0, 7);
    lua_pushstring(lua, c->request);
    lua_setfield(lua, -2, "request");
    set_number(lua, "at", (double)c->at_ms);
    set_number(lua, "id", c->done.id);
    set_number(lua, "kind", c->done.kind);
    set_number(lua, "status", c->done.status);
    set_number(lua, "bytes", c->done.bytes);
    set_number(lua, "wire_bytes", c->done.wire_bytes);
}

/* completions(): those since the last call. */
static int take_completions(lua_State *lua)
{
    sl_world *world = world_of(lua);

    lua_createtable(lua, (int)world->ncompletions, 0);
    for (size_t i = 0; i < world->ncompletions; i++) {
        push_completion(lua, &world->completions[i]);
        lua_rawseti(lua, -2, (int)i + 1);
    }
    world->ncompletions = 0;
    return 1;
}

/* waiting(): the coroutines that wait, those of handlers first. */
static int waiting(lua_State *lua)
{
    const sl_script *script = world_of(lua)->script;
    int n = 0;

    lua_newtable(lua);
    for (int is_handler = 1; is_handler >= 0; is_handler--) {
        for (sl_list *link = script->tasks.next; link != &script->tasks;
             link = link->next) {
            const sl_task *task = SL_CONTAINER(link, sl_task, all_link);

            if (task->state == SL_TASK_WAITING &&
                (task->handler_of != NULL) == (is_handler == 1)) {
                lua_rawgeti(lua, LUA_REGISTRYINDEX, task->ref);
                lua_rawseti(lua, -2, ++n);
            }
        }
    }
    return 1;
}

/* Coroutines that run, or are to. */
static int count_tasks(const sl_script *script)
{
    int n = 0;

    for (const sl_list *link = script->tasks.next; link != &script->tasks;
         link = link->next) {
        const sl_task *task = SL_CONTAINER(link, sl_task, all_link);

        n += task->state != SL_TASK_IDLE ? 1 : 0;
    }
    return n;
}

/* live(): what is there at the moment, by its kind. */
static int count_live(lua_State *lua)
{
    const sl_pipeline *pipeline = world_of(lua)->worker.pipeline;

    lua_createtable(lua, 0, 5);
    set_number(lua, "exchanges", (double)pipeline->exchanges.live);
    set_number(lua, "operations", (double)pipeline->operations.live);
    set_number(lua, "pieces", (double)pipeline->pieces.live);
    set_number(lua, "stages", (double)pipeline->stages.live);
    set_number(lua, "coroutines", count_tasks(world_of(lua)->script));
    return 1;
}

/* --- The module ------------------------------------------------------------------- */

static const luaL_Reg functions[] = {
    {"load", load_app},
    {"begin", begin},
    {"life", life},
    {"shutdown", shut_down},
    {"end_app", end_app},
    {"step", step},
    {"skip", skip},
    {"now", now},
    {"log", read_log},
    {"completions", take_completions},
    {"waiting", waiting},
    {"live", count_live},
    {"open", sl_testing_open_peer},
    {NULL, NULL},
};

/* With the world as the upvalue of each. */
static void add_functions(lua_State *lua, sl_world *world)
{
    for (const luaL_Reg *entry = functions; entry->name != NULL; entry++) {
        lua_pushlightuserdata(lua, world);
        lua_pushcclosure(lua, entry->func, 1);
        lua_setfield(lua, -2, entry->name);
    }
}

static int open_module(lua_State *lua)
{
    sl_testing_define_peers(lua);
    lua_newtable(lua);
    add_functions(lua, world_of(lua));
    return 1;
}

void sl_testing_open_module(lua_State *lua, sl_world *world)
{
    lua_getglobal(lua, "package");
    lua_getfield(lua, -1, "preload");
    lua_pushlightuserdata(lua, world);
    lua_pushcclosure(lua, open_module, 1);
    lua_setfield(lua, -2, "sluice.testing");
    lua_pop(lua, 2);
}
