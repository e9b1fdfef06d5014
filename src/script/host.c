/* The private module `sluice.host`: what Lua asks of the script host through
 * plain C functions. Hot calls go through the FFI instead; what is here may
 * raise errors, take Lua values, and touch tasks.
 */
#include <dlfcn.h>
#include <string.h>

#include <lauxlib.h>

#include "script/embedded.h"
#include "script/host.h"
#include "script/stage.h"
#include "script/task.h"

/* now(): milliseconds of the worker's clock, as of this turn. */
static int now(lua_State *lua)
{
    lua_pushnumber(lua, (double)sl_script_of(lua)->pipeline->now_ms);
    return 1;
}

/* in_task(): is a coroutine of the scheduler running? */
static int in_task(lua_State *lua)
{
    lua_pushboolean(lua, sl_script_of(lua)->running != NULL);
    return 1;
}

/* request_line(response, generation): method and path. */
static int request_line(lua_State *lua)
{
    sl_handling *handling = sl_handling_of(lua, 1);
    const sl_span *parts;

    if (handling == NULL) {
        return 0;
    }
    parts = handling->exchange->request.parts;
    lua_pushlstring(lua, parts[SL_PART_METHOD].data, parts[SL_PART_METHOD].len);
    lua_pushlstring(lua, parts[SL_PART_PATH].data, parts[SL_PART_PATH].len);
    return 2;
}

/* request_of(response, generation): a pointer to the request of the same
 * exchange; nothing when that is over. */
static int request_of(lua_State *lua)
{
    sl_handling *handling = sl_handling_of(lua, 1);

    if (handling == NULL) {
        return 0;
    }
    lua_pushlightuserdata(lua, &handling->exchange->request);
    return 1;
}

/* response_of(request): a pointer to the response of the same exchange, whether
 * that is over or not. */
static int response_of(lua_State *lua)
{
    sl_request *request = *(sl_request *const *)lua_topointer(lua, 1);

    lua_pushlightuserdata(lua, &sl_exchange_of_request(request)->response);
    return 1;
}

/* line_enter(response, generation): stand in line to write. True: at its
 * front; false: others are; nil: the exchange is over. */
static int line_enter(lua_State *lua)
{
    sl_handling *handling = sl_handling_of(lua, 1);
    sl_task *task = sl_script_of(lua)->running;

    if (handling == NULL || task == NULL) {
        return 0;
    }
    lua_pushboolean(lua, sl_line_enter(handling, task));
    return 1;
}

/* line_leave(): true when nobody is left in it. */
static int line_leave(lua_State *lua)
{
    sl_task *task = sl_script_of(lua)->running;
    sl_handling *handling = task != NULL ? task->in_line_of : NULL;

    if (handling == NULL) {
        lua_pushboolean(lua, 1);
        return 1;
    }
    sl_handling_use(handling);
    sl_line_leave(task);
    lua_pushboolean(lua, sl_list_is_empty(&handling->line));
    sl_handling_unuse(handling);
    return 1;
}

/* quota_spent(): must the running coroutine let others run first? */
static int quota_spent(lua_State *lua)
{
    const sl_pipeline *pipeline = sl_script_of(lua)->pipeline;
    const sl_quota *quota = pipeline->quota;

    lua_pushboolean(lua, quota != NULL && quota->turn == pipeline->turn &&
                             (quota->bytes >= pipeline->settings.quota_bytes ||
                              quota->calls >= pipeline->settings.quota_calls));
    return 1;
}

static const luaL_Reg functions[] = {
    {"now", now},
    {"in_task", in_task},
    {"request_line", request_line},
    {"request_of", request_of},
    {"response_of", response_of},
    {"line_enter", line_enter},
    {"line_leave", line_leave},
    {"quota_spent", quota_spent},
    {"on_abort", sl_host_on_abort},
    {"on_shutdown", sl_host_on_shutdown},
    {"on_end", sl_host_on_end},
    {"on_done", sl_host_on_done},
    {"untouched", sl_host_untouched},
    {"note_route", sl_host_note_route},
    {"child", sl_host_child},
    {"child_head", sl_host_child_head},
    {"child_next", sl_host_child_next},
    {"child_trailers", sl_host_child_trailers},
    {"child_splice", sl_host_child_splice},
    {"child_close", sl_host_child_close},
    {"depth", sl_host_depth},
    {"arrived", sl_host_arrived},
    {"blame", sl_host_blame},
    {"take_body", sl_host_take_body},
    {"spawn", sl_host_spawn},
    {"spawn_for", sl_host_spawn_for},
    {"on_leave", sl_host_on_leave},
    {"current", sl_host_current},
    {"wake", sl_host_wake},
    {"cancel", sl_host_cancel},
    {"is_over", sl_host_is_over},
    {"owe", sl_host_owe},
    {"log", sl_host_log},
    {"path_of", sl_host_path_of},
    {"open_file", sl_host_open_file},
    {"open_in", sl_host_open_in},
    {"open_temporary", sl_host_open_temporary},
    {"link_file", sl_host_link_file},
    {"duplicate", sl_host_duplicate},
    {"disown", sl_host_disown},
    {"close_file", sl_host_close_file},
    {"wall_clock", sl_host_wall_clock},
    {"date_clock", sl_host_date_clock},
    {"monotonic", sl_host_monotonic},
    {"http_date", sl_host_http_date},
    {"parse_http_date", sl_host_parse_http_date},
    {"random", sl_host_random},
    {"new_hash", sl_host_new_hash},
    {"update_hash", sl_host_update_hash},
    {"digest", sl_host_digest},
    {"equal_bytes", sl_host_equal_bytes},
    {"list_folder", sl_host_list_folder},
    {"asset", sl_host_asset},
    {"end_step", sl_host_end_step},
    {"add_stage", sl_host_add_stage},
    {"number_route", sl_host_number_route},
    {"meter_family", sl_host_meter_family},
    {"meter", sl_host_meter},
    {"add_to_page", sl_host_add_to_page},
    {"version", sl_host_version},
    {"hooked", sl_host_hooked},
    {"console_say", sl_host_console_say},
    {"console_is_interrupted", sl_host_console_is_interrupted},
    {"console_requests", sl_host_console_requests},
    {"records", sl_host_records},
    {"record", sl_host_record},
    {NULL, NULL},
};

static void set_number(lua_State *lua, const char *name, double value)
{
    lua_pushnumber(lua, value);
    lua_setfield(lua, -2, name);
}

static void set_constants(sl_script *script, lua_State *lua)
{
    set_number(lua, "TURN", SL_WAIT_TURN);
    set_number(lua, "SLEEP", SL_WAIT_SLEEP);
    set_number(lua, "ROOM", SL_WAIT_ROOM);
    set_number(lua, "BODY", SL_WAIT_BODY);
    set_number(lua, "COMPLETION", SL_WAIT_COMPLETION);
    set_number(lua, "PARK", SL_WAIT_PARK);
    set_number(lua, "JOIN", SL_WAIT_JOIN);
    set_number(lua, "CHILD", SL_WAIT_CHILD);
    set_number(lua, "ANSWER", SL_WAIT_ANSWER);
    set_number(lua, "copy_threshold", script->settings.copy_threshold);
    set_number(lua, "body_bytes", (double)script->settings.body_bytes);
    set_number(lua, "upload_bytes", (double)script->settings.upload_bytes);
    set_number(lua, "spool_bytes", (double)script->settings.spool_bytes);
    set_number(lua, "form_fields", script->settings.form_fields);
    set_number(lua, "part_header_bytes", script->settings.part_header_bytes);
    set_number(lua, "handler_timeout", script->settings.handler_timeout_ms);
    set_number(lua, "stage_timeout",
               script->pipeline->settings.stage_timeout_ms);
    set_number(lua, "send_threshold",
               (double)script->pipeline->settings.send_threshold);
    lua_pushboolean(lua, script->settings.development);
    lua_setfield(lua, -2, "development");
    lua_pushlstring(lua, sl_cdef_text, sl_cdef_len);
    lua_setfield(lua, -2, "cdef");
    lua_pushlightuserdata(lua, script->pipeline->fragments);
    lua_setfield(lua, -2, "fragments");
    lua_pushlightuserdata(lua, &script->route);
    lua_setfield(lua, -2, "route");
}

typedef void describe_fn(sl_abi *abi);

/* Where the core is, for who looks for its functions by name. */
static void set_object(lua_State *lua)
{
    describe_fn *describe = sl_abi_describe;
    void *function;
    Dl_info info;

    memcpy(&function, &describe, sizeof function); /* as POSIX has it */
    lua_pushlightuserdata(lua, function);
    lua_setfield(lua, -2, "abi_describe");
    lua_pushstring(lua, dladdr(function, &info) != 0 && info.dli_fname != NULL
                            ? info.dli_fname
                            : "this program");
    lua_setfield(lua, -2, "object");
}

/* A value that is only equal to itself, and that the app cannot make. */
static void set_token(sl_script *script, lua_State *lua)
{
    lua_newuserdata(lua, 0);
    lua_pushvalue(lua, -1);
    script->refs.token = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_setfield(lua, -2, "WAIT");
}

static void set_anchors(sl_script *script, lua_State *lua)
{
    lua_createtable(lua, 64, 0);
    lua_pushinteger(lua, 0);
    lua_rawseti(lua, -2, 0);
    lua_pushvalue(lua, -1);
    script->refs.anchors = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_setfield(lua, -2, "anchors");
}

static int open_module(lua_State *lua)
{
    sl_script *script = sl_script_of(lua);

    lua_newtable(lua);
    luaL_register(lua, NULL, functions);
    set_constants(script, lua);
    set_object(lua);
    set_token(script, lua);
    set_anchors(script, lua);
    return 1;
}

void sl_host_open(sl_script *script, lua_State *lua)
{
    sl_host_open_files(lua);
    sl_host_open_children(lua);
    sl_host_watch_collector(lua);
    lua_getglobal(lua, "package");
    lua_getfield(lua, -1, "preload");
    lua_pushcfunction(lua, open_module);
    lua_setfield(lua, -2, "sluice.host");
    lua_pop(lua, 2);
}
