/* Log lines from Lua: a message, and a table of fields. */
#include <string.h>

#include <lauxlib.h>

#include "base/logs.h"
#include "http/trace.h"
#include "script/host.h"
#include "script/task.h"

enum { MOST_FIELDS = 16 };

/* Fields of the table at index 3, in an order that does not change from line
 * to line. Texts stay on the stack, which keeps them. */
static size_t read_fields(lua_State *lua, sl_log_field *fields)
{
    size_t n = 0;

    lua_pushnil(lua);
    while (n < MOST_FIELDS && lua_next(lua, 3) != 0) {
        size_t at = n;
        sl_log_field field;

        if (lua_type(lua, -2) != LUA_TSTRING) {
            luaL_error(lua, "names of log fields are strings, not a %s",
                       luaL_typename(lua, -2));
        }
        field.key = lua_tostring(lua, -2);
        lua_getglobal(lua, "tostring");
        lua_insert(lua, -2);
        lua_call(lua, 1, 1);
        field.value = lua_tolstring(lua, -1, &field.len);
        if (field.value == NULL) {
            luaL_error(lua, "log field '%s' has no text", field.key);
        }
        lua_insert(lua, -2); /* below the key, which lua_next takes */
        for (; at > 0 && strcmp(fields[at - 1].key, field.key) > 0; at--) {
            fields[at] = fields[at - 1];
        }
        fields[at] = field;
        n++;
    }
    return n;
}

size_t sl_task_log_fields(const sl_task *task, sl_log_field *fields)
{
    static const char name[] = "traceparent";
    const char *id = sl_task_request_id(task);
    const sl_field *parent = NULL;
    sl_span trace;
    size_t n = 0;

    if (*id != '\0') {
        fields[n++] = (sl_log_field){"request", id, strlen(id)};
    }
    if (task->handler_of != NULL) {
        parent = sl_fields_find(&task->handler_of->exchange->request.headers,
                                name, sizeof name - 1, 0);
    }
    if (parent != NULL && sl_trace_read(parent->value, &trace)) {
        fields[n++] = (sl_log_field){"trace", trace.data, trace.len};
    }
    return n;
}

int sl_host_log(lua_State *lua)
{
    sl_script *script = sl_script_of(lua);
    const sl_log *log = sl_log_of(script->log, SL_LOG_APP);
    sl_log_level level = (sl_log_level)luaL_checkinteger(lua, 1);
    sl_log_field fields[MOST_FIELDS + SL_TASK_LOG_FIELDS];
    size_t n = 0;
    const char *message;
    size_t len;

    if (level < log->level) {
        return 0;
    }
    message = luaL_checklstring(lua, 2, &len);
    luaL_checkstack(lua, 2 * MOST_FIELDS, "too many log fields");
    if (lua_istable(lua, 3)) {
        n = read_fields(lua, fields);
    }
    if (script->running != NULL) {
        n += sl_task_log_fields(script->running, fields + n);
    }
    sl_log_write(log, level, message, len, fields, n);
    return 0;
}
