/* What the build embeds is what LuaJIT accepts. */
#include "script/embedded.h"

#include <stdbool.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "check.h"

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static void texts_end_with_a_nul_that_is_not_counted(void **state)
{
    CHECK(strlen(sl_cdef_text) == sl_cdef_len);
    for (const struct sl_embedded *m = sl_embedded_modules; m->name; m++) {
        CHECK(strlen(m->text) == m->len);
    }
}

static void a_module_is_named_as_require_asks_for_it(void **state)
{
    for (const struct sl_embedded *m = sl_embedded_modules; m->name; m++) {
        CHECK(strcmp(m->name, "sluice") == 0 ||
              begins_with(m->name, "sluice."));
        CHECK(strchr(m->name, '/') == NULL);
        CHECK(begins_with(m->path, "@lua/sluice/"));
    }
}

static void every_module_compiles(void **state)
{
    lua_State *lua = luaL_newstate();

    for (const struct sl_embedded *m = sl_embedded_modules; m->name; m++) {
        if (luaL_loadbuffer(lua, m->text, m->len, m->path) != 0) {
            fail_msg("%s", lua_tostring(lua, -1));
        }
    }
    lua_close(lua);
}

static void ffi_accepts_the_public_declarations(void **state)
{
    lua_State *lua = luaL_newstate();

    luaL_openlibs(lua);
    CHECK(luaL_loadstring(lua, "require('ffi').cdef(...)") == 0);
    lua_pushlstring(lua, sl_cdef_text, sl_cdef_len);
    if (lua_pcall(lua, 1, 0, 0) != 0) {
        fail_msg("%s", lua_tostring(lua, -1));
    }
    lua_close(lua);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_end_with_a_nul_that_is_not_counted),
        cmocka_unit_test(a_module_is_named_as_require_asks_for_it),
        cmocka_unit_test(every_module_compiles),
        cmocka_unit_test(ffi_accepts_the_public_declarations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
