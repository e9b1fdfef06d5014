/* What happens when a coroutine ends with an error: it is logged, with a
 * traceback, and the client gets an answer that says as much as it may. */
#include <string.h>

#include <lauxlib.h>

#include "base/memory.h"
#include "script/task.h"

/* What is to be said about one failure. Texts live on the main stack. */
struct failure {
    sl_script *script;
    sl_task *task;
    const char *message;
    const char *traceback;
};

/* Replaces the error object at the top of the coroutine by its text. */
static int describe(lua_State *lua)
{
    struct failure *failure = lua_touserdata(lua, 1);
    lua_State *co = failure->task->lua;

    lua_xmove(co, lua, 1);
    if (lua_tostring(lua, -1) == NULL &&
        (!luaL_callmeta(lua, -1, "__tostring") ||
         lua_tostring(lua, -1) == NULL)) {
        lua_pushfstring(lua, "error object is a %s", luaL_typename(lua, 2));
    }
    lua_pushvalue(lua, -1);
    lua_xmove(lua, co, 1);
    luaL_traceback(lua, co, NULL, 0);
    lua_xmove(lua, co, 1);
    failure->message = lua_tostring(co, -2);
    failure->traceback = lua_tostring(co, -1);
    return 0;
}

static void log_failure(const struct failure *failure, sl_log_level level)
{
    const sl_handling *handling = failure->task->handler_of;
    sl_log_field fields[4];
    size_t n = 0;

    if (failure->task->request_id[0] != '\0') {
        const char *id = failure->task->request_id;

        fields[n++] = (sl_log_field){"request", id, strlen(id)};
    }
    if (handling != NULL) {
        const sl_span *parts = handling->exchange->request.parts;
        sl_span method = parts[SL_PART_METHOD];
        sl_span target = parts[SL_PART_TARGET];

        fields[n++] = (sl_log_field){"method", method.data, method.len};
        fields[n++] = (sl_log_field){"target", target.data, target.len};
    }
    if (level == SL_LOG_ERROR) {
        fields[n++] = (sl_log_field){"traceback", failure->traceback,
                                     strlen(failure->traceback)};
    }
    sl_log_write(failure->script->log, level, failure->message,
                 strlen(failure->message), fields, n);
}

static void push_span(lua_State *lua, sl_span span)
{
    lua_pushlstring(lua, span.data, span.len);
}

/* Puts the text of the page on the main stack. */
static int make_page(lua_State *lua)
{
    const struct failure *failure = lua_touserdata(lua, 1);
    const sl_request *request = &failure->task->handler_of->exchange->request;

    lua_rawgeti(lua, LUA_REGISTRYINDEX, failure->script->refs.error_page);
    lua_pushstring(lua, failure->message);
    lua_pushstring(lua, failure->traceback);
    push_span(lua, request->parts[SL_PART_METHOD]);
    push_span(lua, request->parts[SL_PART_TARGET]);
    lua_pushstring(lua, request->id);
    lua_call(lua, 5, 1);
    return 1;
}

static sl_status write_page(sl_response *response, const char *text, size_t len)
{
    static const char name[] = "Content-Type";
    static const char type[] = "text/html; charset=utf-8";
    uint32_t generation = response->generation;
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = text, .len = len};
    sl_operation op = {.flags = 0};
    sl_status rc = sl_response_clear(response, generation);

    if (rc == SL_OK) {
        rc = sl_response_set_status(response, generation, 500, NULL, 0);
    }
    if (rc == SL_OK) {
        rc = sl_response_set_header(response, generation, name,
                                    sizeof name - 1, type, sizeof type - 1, 1);
    }
    if (rc == SL_OK) {
        rc = sl_response_write_entity_chunks(response, generation, &chunk, 1,
                                             &op);
    }
    return rc;
}

/* In development the browser shows what the log has. */
static sl_status answer_with_page(struct failure *failure)
{
    sl_response *response = &failure->task->handler_of->exchange->response;
    lua_State *lua = failure->script->lua;
    sl_status rc = SL_ESTAGE;
    char *error = NULL;
    const char *text;
    size_t len;

    if (!failure->script->settings.development) {
        return rc;
    }
    lua_pushcfunction(lua, make_page);
    lua_pushlightuserdata(lua, failure);
    if (sl_script_call(lua, 1, 1, &error) < 0) {
        sl_log_line(failure->script->log, SL_LOG_ERROR,
                    "the error page failed: %s", error);
        sl_free(error);
        return rc;
    }
    text = lua_tolstring(lua, -1, &len);
    rc = write_page(response, text, len);
    lua_pop(lua, 1);
    return rc < 0 ? SL_ESTAGE : SL_OK;
}

/* The body was refused as too big, and the handler did not expect that. */
static bool answer_too_big(sl_handling *handling)
{
    sl_response *response = &handling->exchange->response;
    uint32_t generation = response->generation;

    return handling->body_refused &&
           sl_response_clear(response, generation) == SL_OK &&
           sl_response_set_status(response, generation, 413, NULL, 0) == SL_OK;
}

static sl_status answer(struct failure *failure)
{
    sl_handling *handling = failure->task->handler_of;

    if (failure->task->cancel == SL_CANCEL_RAISED) {
        return SL_ECANCELLED;
    }
    return answer_too_big(handling) ? SL_OK : answer_with_page(failure);
}

void sl_task_failed(sl_task *task, int lua_status)
{
    sl_script *script = task->script;
    sl_handling *handling = task->handler_of;
    struct failure failure = {script, task, "out of memory", ""};
    sl_status status = SL_ESTAGE;

    if (lua_cpcall(script->lua, describe, &failure) != 0) {
        lua_pop(script->lua, 1);
    }
    log_failure(&failure, task->cancel == SL_CANCEL_RAISED ? SL_LOG_INFO
                                                           : SL_LOG_ERROR);
    if (handling != NULL) {
        status = answer(&failure);
    }
    sl_task_drop(task);
    if (lua_status == LUA_ERRMEM) {
        lua_gc(script->lua, LUA_GCCOLLECT, 0); /* what it held is garbage now */
    }
    if (handling != NULL) {
        sl_handling_end(handling, status);
    }
}
