/* Creating and closing the Lua VM of a script. */
#include "script/vm.h"

#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <luajit.h>
#include <lualib.h>

#include "base/memory.h"
#include "script/stage.h"
#include "script/task.h"

const sl_script_settings sl_script_defaults = {
    .copy_threshold = 4096,
    .body_bytes = 1 << 20,
    .upload_bytes = 128 << 20,
    .spool_bytes = 64 << 10,
    .form_fields = 1000,
    .part_header_bytes = 8 << 10,
    .memory_bytes = 0,
    .pooled = 1024,
    .max_handlers = 0,
    .max_waiting = 1024,
    .handler_timeout_ms = 0,
    .development = false,
};

const char *sl_script_version(void)
{
    return LUAJIT_VERSION;
}

sl_script *sl_script_of(lua_State *lua)
{
    void *script;

    lua_getallocf(lua, &script);
    return script;
}

/* Keep the field `name` of the table at the top. */
static int keep(lua_State *lua, const char *name)
{
    lua_getfield(lua, -1, name);
    return luaL_ref(lua, LUA_REGISTRYINDEX);
}

static int keep_function(lua_State *lua, lua_CFunction fn)
{
    lua_pushcfunction(lua, fn);
    return luaL_ref(lua, LUA_REGISTRYINDEX);
}

/* A table whose keys do not keep what they are. */
static int make_weak(lua_State *lua)
{
    lua_newtable(lua);
    lua_createtable(lua, 0, 1);
    lua_pushliteral(lua, "k");
    lua_setfield(lua, -2, "__mode");
    lua_setmetatable(lua, -2);
    return luaL_ref(lua, LUA_REGISTRYINDEX);
}

static int open_library(lua_State *lua)
{
    sl_script *script = sl_script_of(lua);

    luaL_openlibs(lua);
    sl_loading_open(lua);
    sl_modules_open(script, lua);
    sl_host_open(script, lua);

    lua_newtable(lua);
    script->refs.handles = luaL_ref(lua, LUA_REGISTRYINDEX);
    script->refs.owed = make_weak(lua);
    lua_getglobal(lua, "require");
    lua_pushliteral(lua, "sluice.main");
    lua_call(lua, 1, 1);
    script->refs.cast = keep(lua, "cast_handles");
    script->refs.make_handles = keep_function(lua, sl_script_make_handles);
    script->refs.add_task = keep_function(lua, sl_script_add_task);
    script->refs.dispatch = keep(lua, "dispatch");
    script->refs.explain = keep(lua, "explain");
    script->refs.error_page = keep(lua, "error_page");
    script->refs.seal = keep(lua, "seal");
    script->refs.site = keep(lua, "site");
    script->refs.life = keep(lua, "life");
    script->refs.news = keep(lua, "news");
    script->refs.stage = keep(lua, "stage");
    script->refs.console = keep(lua, "console");
    return 0;
}

sl_script *sl_script_create(const sl_script_settings *settings,
                            sl_pipeline *pipeline, const sl_log *log,
                            const char *lua_dir, char **error)
{
    sl_script *script = sl_calloc(1, sizeof *script);

    script->settings = *settings;
    script->settings.temp_dir =
        settings->temp_dir != NULL ? sl_strdup(settings->temp_dir) : NULL;
    script->pipeline = pipeline;
    script->log = log;
    script->lua_dir = lua_dir != NULL ? sl_strdup(lua_dir) : NULL;
    script->sources = sl_sources_create();
    script->lender = sl_calloc(1, sizeof *script->lender);
    script->lender->owner = script;
    script->refs.app = LUA_NOREF;
    sl_list_init(&script->tasks);
    sl_list_init(&script->queue);
    sl_list_init(&script->next);
    sl_list_init(&script->stages);
    sl_list_init(&script->stages_due);
    sl_list_init(&script->children_due);
    sl_list_init(&script->done_due);
    sl_list_init(&script->idle);
    sl_list_init(&script->entrance);

    /* LuaJIT crashes when lua_newstate runs out of memory half-way, so the limit
     * holds from then on. */
    script->alarm_bytes = UINT64_MAX;
    script->lua = lua_newstate(sl_script_allocate, script);
    if (script->lua == NULL) {
        *error = sl_strdup("not enough memory for a Lua VM");
        sl_script_destroy(script);
        return NULL;
    }
    sl_script_limit_memory(script);
    lua_gc(script->lua, LUA_GCSETPAUSE, SL_LOADING_PAUSE);
    if (script->settings.memory_bytes != 0) { /* see sl_stack_watch */
        luaJIT_setmode(script->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    }
    if (sl_script_protect(script->lua, open_library, NULL, error) < 0) {
        sl_script_destroy(script);
        return NULL;
    }
    return script;
}

void sl_script_destroy(sl_script *script)
{
    if (script == NULL) {
        return;
    }
    sl_script_close_entrance(script, SL_ECANCELLED);
    sl_tasks_close(script);
    while (!sl_list_is_empty(&script->done_due)) {
        sl_script_run_done(script);
        sl_tasks_close(script);
    }
    sl_script_close_stages(script);
    if (script->lua != NULL) {
        script->is_closing = true;
        lua_close(script->lua);
    }
    sl_pool_deinit(&script->pool);
    script->lender->owner = NULL;
    if (script->lender->lent == 0) {
        sl_free(script->lender);
    }
    sl_free(script->step_text);
    sl_free(script->lua_dir);
    sl_free(script->folder);
    sl_sources_unref(script->sources);
    sl_free(script->settings.temp_dir);
    sl_free(script);
}

void sl_script_release_anchor(sl_lender *lender, uint32_t anchor)
{
    const sl_script *script = lender->owner;
    lua_State *lua;

    if (script == NULL) { /* the VM was closed, and the anchors with it */
        if (lender->lent == 0) {
            sl_free(lender);
        }
        return;
    }
    lua = script->lua;
    /* Both places exist, so nothing here allocates, and nothing can fail. */
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.anchors);
    lua_rawgeti(lua, -1, 0);
    lua_rawseti(lua, -2, (int)anchor);
    lua_pushinteger(lua, (lua_Integer)anchor);
    lua_rawseti(lua, -2, 0);
    lua_pop(lua, 1);
}

bool sl_script_is_busy(const sl_script *script)
{
    return script->handlings > 0 || script->for_requests > 0 ||
           script->lender->lent > 0;
}

void sl_script_describe(const sl_script *script, sl_script_stat *stat)
{
    *stat = script->stat;
    stat->handlers = script->handlers;
    stat->waiting = script->waiting;
    stat->tasks = script->live;
    stat->memory_bytes = script->memory_bytes;
}

/* The slots, without those in the list of free ones. */
uint32_t sl_script_count_anchors(const sl_script *script)
{
    lua_State *lua = script->lua;
    uint32_t count;
    int slot;

    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.anchors);
    count = (uint32_t)lua_objlen(lua, -1);
    lua_rawgeti(lua, -1, 0);
    while ((slot = (int)lua_tointeger(lua, -1)) != 0) {
        lua_pop(lua, 1);
        lua_rawgeti(lua, -1, slot);
        count--;
    }
    lua_pop(lua, 2);
    return count;
}
