/* Where `require` finds the Lua library: in the binary, or in a folder. Beside
 * it lua-cjson, which is linked in.
 */
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>

#include "script/embedded.h"
#include "script/vm.h"

/* Of lua-cjson, whose header would bring that of another Lua. */
int luaopen_cjson(lua_State *lua);
int luaopen_cjson_safe(lua_State *lua);

/* Load a module from the folder given with --lua-dir; the path is that of the
 * embedded one, which is how a missing file is told from a broken one. */
static int load_from_folder(lua_State *lua, const char *folder,
                            const struct sl_embedded *module)
{
    const char *path = strchr(module->path, '/'); /* behind "@lua" */

    int rc;

    lua_pushfstring(lua, "%s%s", folder, path);
    rc = luaL_loadfile(lua, lua_tostring(lua, -1));
    if (rc == LUA_ERRFILE) {
        lua_pushfstring(lua, "%s; lua_dir is the folder of sluice/main.lua",
                        lua_tostring(lua, -1));
    }
    return rc;
}

/* A searcher for package.loaders: the loader, or why there is none. */
static int search(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    sl_script *script = sl_script_of(lua);
    const struct sl_embedded *module = sl_embedded_modules;
    int failed;

    while (module->name != NULL && strcmp(module->name, name) != 0) {
        module++;
    }
    if (module->name == NULL) {
        lua_pushfstring(lua, "\n\tno module '%s' in the library of Sluice",
                        name);
        return 1;
    }
    if (script->lua_dir != NULL) {
        failed = load_from_folder(lua, script->lua_dir, module);
    } else {
        failed = luaL_loadbuffer(lua, module->text, module->len, module->path);
    }
    return failed ? lua_error(lua) : 1;
}

/* As a global, for a state of its own. */
static int find_json_version(lua_State *lua)
{
    luaopen_cjson(lua);
    lua_getfield(lua, -1, "_VERSION");
    luaL_checkstring(lua, -1);
    lua_setglobal(lua, "version");
    return 0;
}

/* Under the names that they have everywhere, for what requires them itself. */
static void preload_json(lua_State *lua)
{
    lua_getglobal(lua, "package");
    lua_getfield(lua, -1, "preload");
    lua_pushcfunction(lua, luaopen_cjson);
    lua_setfield(lua, -2, "cjson");
    lua_pushcfunction(lua, luaopen_cjson_safe);
    lua_setfield(lua, -2, "cjson.safe");
    lua_pop(lua, 2);
}

void sl_script_json_version(char *text, size_t size)
{
    lua_State *lua = luaL_newstate();

    text[0] = '\0';
    if (lua == NULL) {
        return;
    }
    if (lua_cpcall(lua, find_json_version, NULL) == 0) {
        lua_getglobal(lua, "version");
        snprintf(text, size, "%s", lua_tostring(lua, -1));
    }
    lua_close(lua);
}

void sl_modules_open(sl_script *script, lua_State *lua)
{
    preload_json(lua);
    lua_getglobal(lua, "package");
    lua_getfield(lua, -1, "loaders");
    /* Second, behind package.preload: no file of an app can stand in for a
     * part of the library. */
    for (int i = (int)lua_objlen(lua, -1); i >= 2; i--) {
        lua_rawgeti(lua, -1, i);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_pushcfunction(lua, search);
    lua_rawseti(lua, -2, 2);
    lua_pop(lua, 2);
}
