/* A fuzz target in Lua: tests/fuzz/<name>.lua returns a function that gets the
 * input and raises an error when the library is wrong about it.
 *
 * libFuzzer sees branches of C. Under it a hook counts lines of Lua as well, so
 * that it is steered by what the library does with an input; the replay of ctest
 * compiles instead.
 *
 * Run from the top of the project, as ctest and scripts/fuzz do. */
#ifndef SLUICE_TESTS_FUZZ_SCRIPT_H
#define SLUICE_TESTS_FUZZ_SCRIPT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <luajit.h>
#include <lualib.h>

enum { SCRIPT_BYTES = 4096 };

#ifdef SLUICE_FUZZER

enum { SCRIPT_LINES = 1 << 14 };

/* libFuzzer looks for this section and clears it before each input. */
static uint8_t script_lines[SCRIPT_LINES]
    __attribute__((section("__libfuzzer_extra_counters")));

/* A line, and the one before it, as branches are counted. */
static inline void script_on_line(lua_State *lua, lua_Debug *line)
{
    static uintptr_t last;
    uintptr_t here;

    lua_getinfo(lua, "S", line);
    here = ((uintptr_t)line->source >> 4) * 31 + (uintptr_t)line->currentline;
    script_lines[(here * 40503 ^ last) % SCRIPT_LINES]++;
    last = here * 7;
}

static inline void script_watch(lua_State *lua)
{
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    lua_sethook(lua, script_on_line, LUA_MASKLINE, 0);
}

#else

static inline void script_watch(lua_State *lua)
{
    (void)lua;
}

#endif

static inline void script_fail(lua_State *lua)
{
    (void)fprintf(stderr, "%s\n", lua_tostring(lua, -1));
    abort();
}

static inline lua_State *script_open(const char *name)
{
    lua_State *lua = luaL_newstate();
    char path[64];

    if (lua == NULL) {
        abort();
    }
    luaL_openlibs(lua);
    if (luaL_dostring(lua, "package.path = 'lua/?.lua;' .. package.path")) {
        script_fail(lua);
    }
    (void)snprintf(path, sizeof path, "tests/fuzz/%s.lua", name);
    if (luaL_dofile(lua, path)) {
        script_fail(lua);
    }
    script_watch(lua);
    return lua;
}

static inline void script_run(lua_State **lua, const char *name,
                              const uint8_t *data, size_t size)
{
    if (*lua == NULL) {
        *lua = script_open(name);
    }
    if (size > SCRIPT_BYTES) {
        return;
    }
    lua_pushvalue(*lua, -1);
    lua_pushlstring(*lua, (const char *)data, size);
    if (lua_pcall(*lua, 1, 0, 0) != 0) {
        script_fail(*lua);
    }
}

/* The whole of tests/fuzz/<name>_fuzz.c. */
#define FUZZ_SCRIPT(name)                                         \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); \
                                                                  \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)  \
    {                                                             \
        static lua_State *lua; /* as long as the process */       \
                                                                  \
        script_run(&lua, name, data, size);                       \
        return 0;                                                 \
    }

#endif
