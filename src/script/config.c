/* Configuration files: Lua that sets plain globals and can do nothing else. */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "base/memory.h"
#include "script/vm.h"

static const char globals[] = "sluice.config";

/* Compares names, so that settings are visited in a stable order. */
static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The value at the top as text, or NULL for what no setting is. */
static const char *text_of(lua_State *lua)
{
    if (lua_isboolean(lua, -1)) {
        return lua_toboolean(lua, -1) ? "true" : "false";
    }
    return lua_tostring(lua, -1);
}

static sl_status refuse(const char *name, lua_State *lua, char **error)
{
    lua_pushfstring(lua,
                    "%s: a setting is a string, a number, true, false, or a "
                    "list of strings, not a %s",
                    name, luaL_typename(lua, -1));
    *error = sl_strdup(lua_tostring(lua, -1));
    lua_pop(lua, 1);
    return SL_EINVAL;
}

static sl_status visit_list(lua_State *lua, const char *name,
                            sl_config_visitor *visit, void *context,
                            char **error)
{
    sl_status rc = SL_OK;

    for (int i = 1; rc >= 0 && i <= (int)lua_objlen(lua, -1); i++) {
        const char *text;

        lua_rawgeti(lua, -1, i);
        text = text_of(lua);
        rc = text != NULL ? visit(context, name, text, error)
                          : refuse(name, lua, error);
        lua_pop(lua, 1);
    }
    return rc;
}

static sl_status visit_value(lua_State *lua, const char *name,
                             sl_config_visitor *visit, void *context,
                             char **error)
{
    const char *text;

    if (lua_istable(lua, -1)) {
        return visit_list(lua, name, visit, context, error);
    }
    text = text_of(lua);
    return text != NULL ? visit(context, name, text, error)
                        : refuse(name, lua, error);
}

/* Visit the table at index 1. */
static sl_status visit_all(lua_State *lua, sl_config_visitor *visit,
                           void *context, char **error)
{
    const char **names = NULL;
    size_t count = 0;
    sl_status rc = SL_OK;

    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
        if (lua_type(lua, -2) == LUA_TSTRING) {
            names = sl_realloc(names, (count + 1) * sizeof *names);
            names[count++] = lua_tostring(lua, -2);
        }
    }
    if (count > 0) {
        qsort(names, count, sizeof *names, compare);
    }
    for (size_t i = 0; rc >= 0 && i < count; i++) {
        lua_getfield(lua, 1, names[i]);
        rc = visit_value(lua, names[i], visit, context, error);
        lua_pop(lua, 1);
    }
    sl_free(names);
    return rc;
}

/* Text only, because bytecode can do anything. */
static void load(lua_State *lua, const char *path)
{
    if (luaL_loadfilex(lua, path, "t") == 0) {
        return;
    }
    if (strstr(lua_tostring(lua, -1), "wrong mode") != NULL) {
        lua_pushfstring(lua, "%s: this is bytecode, not text", path);
    }
    lua_error(lua);
}

/* Run the file with a table of its own for its globals. */
static int run(lua_State *lua)
{
    const char *path = lua_touserdata(lua, 1);

    load(lua, path);
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, LUA_REGISTRYINDEX, globals);
    lua_setfenv(lua, -2);
    lua_call(lua, 0, 0);
    return 0;
}

sl_status sl_script_read_config(const char *path, sl_config_visitor *visit,
                                void *context, char **error)
{
    lua_State *lua = luaL_newstate();
    sl_status rc;

    if (lua == NULL) {
        *error = sl_strdup("not enough memory for a Lua VM");
        return SL_EINVAL;
    }
    rc = sl_script_protect(lua, run, (void *)path, error);
    if (rc >= 0) {
        lua_getfield(lua, LUA_REGISTRYINDEX, globals);
        rc = visit_all(lua, visit, context, error);
    }
    lua_close(lua);
    return rc;
}
