/* What is in a folder, for apps that are made of one while they load. */
#include <string.h>

#include <lauxlib.h>

#include "script/host.h"
#include "script/vm.h"

/* An array of the entries, at the top of the stack. */
static void push_entries(lua_State *lua, const sl_source_text *text)
{
    const char *end = text->data + text->len;
    int n = 0;

    lua_newtable(lua);
    for (const char *at = text->data; at < end; at += strlen(at) + 1) {
        lua_createtable(lua, 0, 2);
        lua_pushstring(lua, at + 1);
        lua_setfield(lua, -2, "name");
        lua_pushboolean(lua, at[0] == 'd');
        lua_setfield(lua, -2, "is_folder");
        lua_rawseti(lua, -2, ++n);
    }
}

int sl_host_list_folder(lua_State *lua)
{
    const char *path = sl_host_resolve(lua, luaL_checkstring(lua, 1));
    sl_source_text text;

    if (sl_sources_list(sl_script_of(lua)->sources, path, &text) < 0) {
        lua_pushnil(lua);
        lua_pushfstring(lua, "%s: %s", path, strerror(text.error));
        return 2;
    }
    push_entries(lua, &text);
    lua_pushstring(lua, path);
    return 2;
}
