/* Loading an app, and looking into it. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "base/memory.h"
#include "script/excerpt.h"
#include "script/vm.h"

/* Take its last name away from a path. Of "/app.lua" the folder is the slash
 * itself. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = sl_strdup(slash == NULL ? "." : path);

    if (slash != NULL) {
        folder[slash == path ? 1 : slash - path] = '\0';
    }
    return folder;
}

/* Modules of the app are looked for in its own folder first. */
static void set_folder(sl_script *script, char *folder)
{
    lua_State *lua = script->lua;

    sl_free(script->folder);
    script->folder = folder;
    lua_getglobal(lua, "package");
    lua_getfield(lua, -1, "path");
    lua_pushfstring(lua, "%s/?.lua;%s/?/init.lua;%s", script->folder,
                    script->folder, lua_tostring(lua, -1));
    lua_setfield(lua, -3, "path");
    lua_pop(lua, 2);
}

static bool is_folder(sl_script *script, const char *path)
{
    sl_source_text text;

    return sl_sources_read(script->sources, path, &text) < 0 &&
           text.error == EISDIR;
}

/* Of a folder, Lua knows: its app.lua, or what serves its scripts. */
static int load_folder(lua_State *lua, const char *path)
{
    sl_script *script = sl_script_of(lua);
    char *folder = sl_strdup(path);
    size_t len = strlen(folder);

    while (len > 1 && folder[len - 1] == '/') {
        folder[--len] = '\0';
    }
    set_folder(script, folder);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.site);
    lua_pushstring(lua, folder);
    lua_call(lua, 1, 2);
    if (lua_isnil(lua, -2)) {
        lua_remove(lua, -2);
        return LUA_ERRSYNTAX;
    }
    lua_pop(lua, 1);
    return 0;
}

/* Push what makes the app: 0, or a number of lua_load and the reason. */
static int load_path(lua_State *lua, const char *path)
{
    sl_script *script = sl_script_of(lua);

    if (is_folder(script, path)) {
        return load_folder(lua, path);
    }
    set_folder(script, folder_of(path));
    return sl_script_load_file(lua, path, NULL);
}

static int load(lua_State *lua)
{
    const char *path = lua_touserdata(lua, 1);
    sl_script *script = sl_script_of(lua);
    int rc = load_path(lua, path);

    if (rc == LUA_ERRFILE) {
        lua_pushfstring(lua, "%s; name the Lua file of the app",
                        lua_tostring(lua, -1));
    }
    if (rc != 0) {
        return lua_error(lua);
    }
    lua_call(lua, 0, 1);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.seal);
    lua_insert(lua, -2);
    lua_pushstring(lua, path);
    lua_call(lua, 2, 1);
    luaL_unref(lua, LUA_REGISTRYINDEX, script->refs.app); /* the one before */
    script->refs.app = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
}

void sl_script_use(sl_script *script, sl_sources *sources)
{
    sl_sources_unref(script->sources);
    script->sources = sl_sources_ref(sources);
}

/* An app that has set the pause itself keeps its own. */
static void end_loading(lua_State *lua)
{
    int pause = lua_gc(lua, LUA_GCSETPAUSE, SL_SERVING_PAUSE);

    if (pause != SL_LOADING_PAUSE) {
        lua_gc(lua, LUA_GCSETPAUSE, pause);
    }
}

sl_status sl_script_load(sl_script *script, const char *path, char **error)
{
    sl_status rc = sl_script_protect(script->lua, load, (void *)path, error);

    end_loading(script->lua);
    sl_sources_close(script->sources);
    if (rc < 0) {
        *error = sl_excerpt_add(script->sources, *error);
    }
    return rc;
}
