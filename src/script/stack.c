#include "script/stack.h"

#include <stdio.h>
#include <unistd.h>

#include <luajit.h>

#include "base/buffer.h"
#include "script/sampling.h"
#include "script/task.h"

/* Lines are looked at in compiled code only in the mode `l`. The interval in
 * milliseconds of processor time is more than a day: who wants to know sends the
 * signal. */
static const char mode[] = "li100000000";

enum { MOST_FRAMES = 64, MOST_LINE = 512 };

static void append(sl_buffer *text, lua_State *lua)
{
    size_t len;
    const char *lines =
        luaJIT_profile_dumpstack(lua, "pl f\n", MOST_FRAMES, &len);

    sl_buffer_append(text, lines, len);
}

static void on_sample(void *data, lua_State *lua, int samples, int vm_state)
{
    sl_script *script = data;
    sl_buffer text = {0};

    if (sl_sampling_take(script, lua, vm_state)) {
        return;
    }
    append(&text, lua);
    if (script->running != NULL && script->running->lua != lua) {
        sl_buffer_printf(&text, "resumed by\n");
        append(&text, script->running->lua);
    }
    script->on_stack(script->on_stack_context, sl_buffer_data(&text),
                     sl_buffer_len(&text));
    sl_buffer_deinit(&text);
}

/* Now it can be interrupted. Who has turned it off otherwise meant it. */
static void compile(const sl_script *script)
{
    if (script->settings.memory_bytes != 0 &&
        lua_gethookmask(script->lua) == 0) {
        luaJIT_setmode(script->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_ON);
    }
}

void sl_stack_watch(sl_script *script, sl_stack_report *report, void *context)
{
    script->on_stack = report;
    script->on_stack_context = context;
    luaJIT_profile_start(script->lua, mode, on_sample, script);
    compile(script);
    sl_sampling_watch(script);
}

/* What is compiled would not hear of memory that is used up. */
static void stay_interruptible(sl_script *script)
{
    if (script->settings.memory_bytes != 0) {
        luaJIT_setmode(script->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_FLUSH);
        luaJIT_setmode(script->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    }
}

bool sl_stack_is_watched(const sl_script *script)
{
    return script->on_stack != NULL;
}

void sl_stack_unwatch(sl_script *script)
{
    if (script->on_stack != NULL) {
        script->on_stack = NULL;
        sl_sampling_watch(NULL);
        luaJIT_profile_stop(script->lua);
        stay_interruptible(script);
    }
}

static void write_frame(const lua_Debug *frame, int fd)
{
    const char *name = frame->name != NULL ? frame->name : "";
    char line[MOST_LINE];
    int len;

    if (frame->currentline < 0) {
        len = snprintf(line, sizeof line, "    [C] %s\n", name);
    } else {
        len = snprintf(line, sizeof line, "    %s:%d %s\n", frame->short_src,
                       frame->currentline, name);
    }
    (void)!write(fd, line, (size_t)len);
}

/* Nothing here allocates. */
void sl_stack_write(const sl_script *script, int fd)
{
    lua_State *lua =
        script->running != NULL ? script->running->lua : script->lua;
    lua_Debug frame;

    for (int level = 0; level < MOST_FRAMES && lua_getstack(lua, level, &frame);
         level++) {
        if (lua_getinfo(lua, "nSl", &frame)) {
            write_frame(&frame, fd);
        }
    }
}
