/* Loading an app, and looking into it. */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "base/memory.h"
#include "script/excerpt.h"
#include "script/vm.h"

/* Modules of the app are looked for in its own folder first. */
static void set_folder(sl_script *script, const char *path)
{
    const char *slash = strrchr(path, '/');
    lua_State *lua = script->lua;

    sl_free(script->folder);
    script->folder = slash == NULL ? sl_strdup(".") : sl_strdup(path);
    if (slash != NULL) {
        /* Of "/app.lua" the folder is the slash itself. */
        script->folder[slash == path ? 1 : slash - path] = '\0';
    }
    lua_getglobal(lua, "package");
    lua_getfield(lua, -1, "path");
    lua_pushfstring(lua, "%s/?.lua;%s/?/init.lua;%s", script->folder,
                    script->folder, lua_tostring(lua, -1));
    lua_setfield(lua, -3, "path");
    lua_pop(lua, 2);
}

static int load(lua_State *lua)
{
    const char *path = lua_touserdata(lua, 1);
    sl_script *script = sl_script_of(lua);
    int rc;

    set_folder(script, path);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->refs.seal);
    rc = sl_script_load_file(lua, path, NULL);
    if (rc == LUA_ERRFILE) {
        lua_pushfstring(lua, "%s; name the Lua file of the app",
                        lua_tostring(lua, -1));
    }
    if (rc != 0) {
        return lua_error(lua);
    }
    lua_call(lua, 0, 1);
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

sl_status sl_script_load(sl_script *script, const char *path, char **error)
{
    sl_status rc = sl_script_protect(script->lua, load, (void *)path, error);

    sl_sources_close(script->sources);
    if (rc < 0) {
        *error = sl_excerpt_add(script->sources, *error);
    }
    return rc;
}
