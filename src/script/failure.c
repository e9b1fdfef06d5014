/* What happens when a coroutine ends with an error: it is logged, with a
 * traceback, and the client gets an answer that says as much as it may. */
#include <string.h>

#include <lauxlib.h>

#include "base/memory.h"
#include "script/describe.h"

static void log_failure(const sl_failure *failure, sl_log_level level)
{
    const sl_handling *handling = failure->task->handler_of;
    sl_log_field fields[SL_TASK_LOG_FIELDS + 3];
    size_t n = sl_task_log_fields(failure->task, fields);

    if (handling != NULL) {
        const sl_span *parts = handling->exchange->request.parts;
        sl_span method = parts[SL_PART_METHOD];
        sl_span target = parts[SL_PART_TARGET];

        fields[n++] = (sl_log_field){"method", method.data, method.len};
        fields[n++] = (sl_log_field){"target", target.data, target.len};
    }
    if (level >= SL_LOG_WARN) {
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

static sl_status write_page(sl_response *response, const char *text, size_t len,
                            const char *type)
{
    static const char name[] = "Content-Type";
    uint32_t generation = response->generation;
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = text, .len = len};
    sl_operation op = {.flags = 0};
    sl_status rc = sl_response_clear(response, generation);

    if (rc == SL_OK) {
        rc = sl_response_set_status(response, generation, 500, NULL, 0);
    }
    if (rc == SL_OK) {
        rc = sl_response_set_header(response, generation, name, sizeof name - 1,
                                    type, strlen(type), 1);
    }
    if (rc == SL_OK) {
        rc = sl_response_write_entity_chunks(response, generation, &chunk, 1,
                                             &op);
    }
    return rc;
}

static int answer_with_page(lua_State *lua)
{
    const sl_failure *failure = lua_touserdata(lua, 1);
    sl_exchange *exchange = failure->task->handler_of->exchange;
    const sl_span *parts = exchange->request.parts;
    const char *text;
    size_t len;

    lua_rawgeti(lua, LUA_REGISTRYINDEX, failure->script->refs.error_page);
    lua_pushstring(lua, failure->message);
    lua_pushstring(lua, failure->traceback);
    push_span(lua, parts[SL_PART_METHOD]);
    push_span(lua, parts[SL_PART_TARGET]);
    lua_pushstring(lua, sl_request_id(&exchange->request));
    lua_call(lua, 5, 2);
    text = luaL_checklstring(lua, -2, &len);
    if (write_page(&exchange->response, text, len, luaL_checkstring(lua, -1)) <
        0) {
        luaL_error(lua, "the response cannot be replaced any more");
    }
    return 0;
}

/* In development the browser shows what the log has. */
static bool show_page(sl_failure *failure)
{
    const sl_script *script = failure->script;
    const sl_exchange *exchange = failure->task->handler_of->exchange;
    char *error;

    if (!script->settings.development ||
        exchange->response.phase != SL_PHASE_HEAD) {
        return false;
    }
    if (sl_script_protect(script->lua, answer_with_page, failure, &error) < 0) {
        sl_log_line(script->log, SL_LOG_ERROR, "the error page failed: %s",
                    error);
        sl_free(error);
        return false;
    }
    return true;
}

/* Something is wrong with the request, and the handler did not expect that. */
static bool answer_blamed(sl_handling *handling)
{
    sl_response *response = &handling->exchange->response;
    uint32_t generation = response->generation;

    return sl_handling_blamed(handling) != 0 &&
           sl_response_clear(response, generation) == SL_OK &&
           sl_response_set_status(response, generation,
                                  sl_handling_blamed(handling), NULL,
                                  0) == SL_OK;
}

/* How the handler's exchange is to end. */
static sl_status answer(sl_failure *failure)
{
    sl_handling *handling = failure->task->handler_of;

    if (failure->task->cancel == SL_CANCEL_RAISED) {
        return handling->is_late ? SL_ETIMEDOUT : SL_ECANCELLED;
    }
    return answer_blamed(handling) || show_page(failure) ? SL_OK : SL_ESTAGE;
}

/* Will whoever waits for the task get the error? It is theirs then. */
static bool is_collected(const sl_task *task)
{
    const sl_task_kin *kin = task->kin;

    if (kin == NULL) {
        return false;
    }
    return !sl_list_is_empty(&kin->joiners) ||
           (kin->parent != NULL && kin->parent->cancel == SL_CANCEL_NONE &&
            task->cancel == SL_CANCEL_NONE);
}

/* That a task ends because it was told to is no news. */
static sl_log_level level_of(const sl_failure *failure)
{
    const sl_task *task = failure->task;

    if (task->cancel == SL_CANCEL_RAISED) {
        return task->is_expected && strcmp(failure->message, "cancelled") == 0
                   ? SL_LOG_DEBUG
                   : SL_LOG_INFO;
    }
    if (failure->is_collected) {
        return SL_LOG_DEBUG;
    }
    if (task->handler_of != NULL && sl_handling_blamed(task->handler_of) != 0) {
        return SL_LOG_WARN; /* most probably the client's fault */
    }
    return SL_LOG_ERROR;
}

void sl_task_failed(sl_task *task, const char *reason)
{
    sl_script *script = task->script;
    sl_handling *handling = task->handler_of;
    sl_failure failure = {
        .script = script,
        .task = task,
        .is_collected = is_collected(task),
        .reason = reason,
    };
    sl_status status = SL_OK;

    sl_script_spare(script, true);
    sl_failure_describe(&failure);
    log_failure(&failure, level_of(&failure));
    if (handling != NULL) {
        status = answer(&failure);
    }
    sl_failure_forget(&failure);
    sl_script_spare(script, false);
    sl_task_drop(task);
    if (script->settings.memory_bytes != 0 &&
        script->memory_bytes > script->settings.memory_bytes / 2) {
        sl_script_collect(script->lua); /* what it held is garbage now */
    }
    if (handling != NULL) {
        sl_handling_end(handling, status);
    }
}
