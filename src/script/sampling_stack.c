#include "script/sampling_stack.h"

#include <string.h>

enum { MOST_FRAMES = 100 };

/* Of one that begins Lua has said which route it is; later the exchange knows. */
static void append_request(sl_buffer *text, const sl_script *script,
                           const sl_handling *handling)
{
    const sl_exchange *exchange = handling->exchange;
    sl_span method = exchange->request.parts[SL_PART_METHOD];
    uint32_t route =
        script->route != SL_ROUTE_NONE ? script->route : exchange->route;
    const char *pattern = script->pipeline->traffic->routes[route].pattern;

    sl_buffer_append(text, method.data, method.len);
    sl_buffer_printf(text, " %s;",
                     route != SL_ROUTE_NONE ? pattern : "(no route)");
}

void sl_sampling_append_root(sl_buffer *text, const sl_script *script,
                             const sl_task *task)
{
    if (task->handler_of != NULL) {
        append_request(text, script, task->handler_of);
    } else {
        sl_buffer_printf(text, "%s;",
                         sl_task_is_stage(task)     ? "stage"
                         : sl_task_visit(task) != 0 ? "console"
                         : task->is_for_request     ? "task of a request"
                                                    : "task");
    }
}

static bool is_ours(const lua_Debug *frame)
{
    return strncmp(frame->source, "@lua/sluice/", 12) == 0;
}

/* "work (shop.lua:2)". The name is that by which it was called: one by which the
 * library calls, such as "handle", says nothing. */
static void append_frame(sl_buffer *text, const lua_Debug *frame,
                         const lua_Debug *caller)
{
    const char *source = frame->source;
    bool has_name =
        frame->name != NULL && (caller == NULL || !is_ours(caller) ||
                                is_ours(frame) || *frame->what == 'C');

    if (*frame->what == 'C') {
        sl_buffer_printf(text, "%s;",
                         has_name ? frame->name : "(a C function)");
        return;
    }
    source = *source == '@' || *source == '=' ? source + 1 : frame->short_src;
    if (has_name) {
        sl_buffer_printf(text, "%s (%s:%d);", frame->name, source,
                         frame->linedefined);
    } else {
        sl_buffer_printf(text, "%s:%d;", source, frame->linedefined);
    }
}

/* What stands between a coroutine of the app's and who has resumed it. */
static bool is_plumbing(const lua_Debug *frame, const lua_Debug *caller)
{
    static const char place[] = "@lua/sluice/coroutines.lua";

    return strcmp(frame->source, place) == 0 ||
           (caller != NULL && strcmp(caller->source, place) == 0);
}

/* The outermost first. That of our own at the bottom of each coroutine says
 * nothing. Nothing here allocates memory of the VM. */
void sl_sampling_append_stack(sl_buffer *text, lua_State *lua)
{
    static lua_Debug frames[MOST_FRAMES];
    int count = 0;

    while (count < MOST_FRAMES && lua_getstack(lua, count, &frames[count]) &&
           lua_getinfo(lua, "nS", &frames[count])) {
        count++;
    }
    for (int i = count - 1; i >= 0; i--) {
        const lua_Debug *caller = i + 1 < count ? &frames[i + 1] : NULL;

        if ((caller != NULL || !is_ours(&frames[i])) &&
            !is_plumbing(&frames[i], caller)) {
            append_frame(text, &frames[i], caller);
        }
    }
}
