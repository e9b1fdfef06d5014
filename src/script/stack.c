#include "script/stack.h"

#include <stdio.h>
#include <unistd.h>

#include <luajit.h>

#include "script/task.h"

/* Lines are looked at in compiled code only in the mode `l`. The interval in
 * milliseconds of processor time is more than a day: who wants to know sends the
 * signal. */
static const char mode[] = "li100000000";

enum { MOST_FRAMES = 64, MOST_LINE = 512 };

static void on_sample(void *data, lua_State *lua, int samples, int vm_state)
{
    sl_script *script = data;
    const char *lines;
    size_t len;

    lines = luaJIT_profile_dumpstack(lua, "pl f\n", MOST_FRAMES, &len);
    script->on_stack(script->on_stack_context, lines, len);
}

void sl_stack_watch(sl_script *script, sl_stack_report *report, void *context)
{
    script->on_stack = report;
    script->on_stack_context = context;
    luaJIT_profile_start(script->lua, mode, on_sample, script);
}

/* Nothing here allocates. */
void sl_stack_write(const sl_script *script, int fd)
{
    lua_State *lua =
        script->running != NULL ? script->running->lua : script->lua;
    lua_Debug frame;

    for (int level = 0;
         level < MOST_FRAMES && lua_getstack(lua, level, &frame); level++) {
        char line[MOST_LINE];
        int len;

        if (!lua_getinfo(lua, "nSl", &frame)) {
            continue;
        }
        len = snprintf(line, sizeof line, "    %s:%d %s\n", frame.short_src,
                       frame.currentline, frame.name != NULL ? frame.name : "");
        if (len > 0 && write(fd, line, (size_t)len) < 0) {
            return;
        }
    }
}
