/* How the files of an app are loaded: `require`, `dofile`, `loadfile` and
 * sluice.asset, all of them through the sources of the script. */
#include <string.h>

#include <lauxlib.h>

#include "script/host.h"
#include "script/sources.h"
#include "script/vm.h"

/* A first line that begins with `#` is for a shell. Its end stays, so that the
 * lines keep their numbers. */
static void skip_shell_line(sl_source_text *text)
{
    const char *end;

    if (text->len == 0 || text->data[0] != '#') {
        return;
    }
    end = memchr(text->data, '\n', text->len);
    if (end == NULL) {
        end = text->data + text->len;
    }
    text->len -= (size_t)(end - text->data);
    text->data = end;
}

int sl_script_load_file(lua_State *lua, const char *path, const char *mode)
{
    sl_source_text text;
    int rc;

    if (sl_sources_read(sl_script_of(lua)->sources, path, &text) < 0) {
        lua_pushfstring(lua, "cannot open %s: %s", path, strerror(text.error));
        return LUA_ERRFILE;
    }
    skip_shell_line(&text);
    lua_pushfstring(lua, "@%s", path);
    rc =
        luaL_loadbufferx(lua, text.data, text.len, lua_tostring(lua, -1), mode);
    lua_remove(lua, -2);
    return rc;
}

/* loadfile(path[, mode[, env]]) */
static int load_file(lua_State *lua)
{
    const char *path = luaL_checkstring(lua, 1);
    const char *mode = luaL_optstring(lua, 2, NULL);

    lua_settop(lua, 3);
    if (sl_script_load_file(lua, path, mode) != 0) {
        lua_pushnil(lua);
        lua_insert(lua, -2);
        return 2;
    }
    if (!lua_isnil(lua, 3)) {
        lua_pushvalue(lua, 3);
        lua_setfenv(lua, -2);
    }
    return 1;
}

/* dofile(path) */
static int do_file(lua_State *lua)
{
    const char *path = luaL_checkstring(lua, 1);

    lua_settop(lua, 1);
    if (sl_script_load_file(lua, path, NULL) != 0) {
        return lua_error(lua);
    }
    lua_call(lua, 0, LUA_MULTRET);
    return lua_gettop(lua) - 1;
}

/* The template from `at` to `end` with the name of a module in it. */
static const char *push_place(lua_State *lua, const char *at, size_t len,
                              const char *name)
{
    lua_pushlstring(lua, at, len);
    luaL_gsub(lua, lua_tostring(lua, -1), "?", name);
    lua_remove(lua, -2);
    return lua_tostring(lua, -1);
}

static void push_failure(lua_State *lua, const char *name, const char *path)
{
    lua_pushfstring(lua, "error loading module '%s' from file '%s':\n\t%s",
                    name, path, lua_tostring(lua, -1));
}

/* The searcher of modules in files: as the one that it replaces, which opens
 * each place of package.path in turn. */
static int search(lua_State *lua)
{
    const char *module = luaL_checkstring(lua, 1);
    const char *name = luaL_gsub(lua, module, ".", "/");
    const char *templates;

    lua_getglobal(lua, "package");
    lua_getfield(lua, -1, "path");
    templates = lua_tostring(lua, -1);
    if (templates == NULL) {
        return luaL_error(lua, "'package.path' must be a string");
    }
    lua_pushliteral(lua, ""); /* where it was looked for */
    while (*templates != '\0') {
        size_t len = strcspn(templates, ";");
        const char *path = push_place(lua, templates, len, name);
        int rc = sl_script_load_file(lua, path, NULL);

        if (rc == 0) {
            return 1;
        }
        if (rc != LUA_ERRFILE) {
            push_failure(lua, module, path);
            return lua_error(lua);
        }
        lua_pop(lua, 1);
        lua_pushfstring(lua, "%s\n\tno file '%s'", lua_tostring(lua, -2), path);
        lua_replace(lua, -3);
        lua_pop(lua, 1);
        templates += len + (templates[len] == ';');
    }
    return 1;
}

void sl_loading_open(lua_State *lua)
{
    lua_pushcfunction(lua, load_file);
    lua_setglobal(lua, "loadfile");
    lua_pushcfunction(lua, do_file);
    lua_setglobal(lua, "dofile");
    lua_getglobal(lua, "package");
    lua_getfield(lua, -1, "loaders");
    lua_pushcfunction(lua, search);
    lua_rawseti(lua, -2, 2); /* behind package.preload */
    lua_pop(lua, 2);
}

int sl_host_asset(lua_State *lua)
{
    const char *path = sl_host_resolve(lua, luaL_checkstring(lua, 1));
    sl_source_text text;

    if (sl_sources_read(sl_script_of(lua)->sources, path, &text) < 0) {
        lua_pushnil(lua);
        lua_pushfstring(lua, "%s: %s", path, strerror(text.error));
        return 2;
    }
    lua_pushlstring(lua, text.data, text.len);
    return 1;
}
