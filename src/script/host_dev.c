/* What is there in development only. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include <sluice/stage.h>

#include "base/memory.h"
#include "script/host.h"
#include "script/task.h"

/* --- A script behind each page --------------------------------------------------- */

typedef struct addition {
    bool is_put;
    size_t len;
    char text[];
} addition;

static bool has(const sl_response *response, uint32_t generation,
                const char *name, const char *start)
{
    size_t len = strlen(start);
    sl_span value;

    return sl_response_header((sl_response *)response, generation, name,
                              strlen(name), 0, &value) == SL_OK &&
           value.len >= len && strncasecmp(value.data, start, len) == 0;
}

/* Only pages take part, and only as long as they can be read. */
static sl_status look_at_head(sl_stage *stage, sl_response *response,
                              uint32_t generation, void *state)
{
    return has(response, generation, "Content-Type", "text/html") &&
                   !has(response, generation, "Content-Encoding", "") &&
                   !has(response, generation, "Content-Range", "")
               ? SL_OK
               : SL_EMPTY;
}

static sl_status pass_and_add(sl_stage *stage, sl_response *response,
                              uint32_t generation, uint32_t how, void *state)
{
    addition *added = state;
    sl_chunk chunk;
    sl_status rc;

    while ((rc = sl_stage_next(stage, generation, &chunk)) == SL_OK) {
        rc = sl_stage_pass(stage, generation, SL_TO_END);
        if (rc < 0) {
            return rc;
        }
    }
    if (rc == SL_EMPTY && how == SL_STAGE_END && !added->is_put) {
        added->is_put = true;
        chunk = (sl_chunk){
            .kind = SL_CHUNK_MEMORY, .data = added->text, .len = added->len};
        return sl_stage_put(stage, generation, &chunk, 1);
    }
    return rc == SL_EMPTY || rc == SL_EAGAIN ? SL_OK : rc;
}

static void begin_again(sl_stage *stage, sl_response *response,
                        uint32_t generation, void *state)
{
    addition *added = state;

    added->is_put = false;
}

/* The first of all, so that what compresses sees it too. */
static const sl_stage_type type = {
    .size = sizeof type,
    .name = "development",
    .order = 1000000,
    .headers = look_at_head,
    .push = pass_and_add,
    .clear = begin_again,
    .end = sl_free,
};

/* add_to_page(response, generation, text) */
int sl_host_add_to_page(lua_State *lua)
{
    sl_handling *handling = sl_handling_of(lua, 1);
    size_t len;
    const char *text = luaL_checklstring(lua, 3, &len);
    addition *added;

    if (handling == NULL) {
        return 0;
    }
    added = sl_malloc(sizeof *added + len);
    added->is_put = false;
    added->len = len;
    memcpy(added->text, text, len);
    if (sl_response_add_stage(&handling->exchange->response,
                              handling->exchange->response.generation, &type,
                              added) < 0) {
        sl_free(added);
    }
    return 0;
}

/* --- Which version of the code is this? ------------------------------------------ */

static void add_source(void *context, const char *path, bool is_folder,
                       const sl_source_text *text)
{
    uint64_t *sum = context;

    for (const char *at = path; *at != '\0'; at++) {
        *sum = (*sum ^ (unsigned char)*at) * UINT64_C(0x100000001B3);
    }
    for (size_t i = 0; i < text->len; i++) {
        *sum = (*sum ^ (unsigned char)text->data[i]) * UINT64_C(0x100000001B3);
    }
}

/* version(): the same in all workers that have read the same. */
int sl_host_version(lua_State *lua)
{
    uint64_t sum = UINT64_C(0xCBF29CE484222325);
    char text[17];

    sl_sources_each(sl_script_of(lua)->sources, add_source, &sum);
    (void)snprintf(text, sizeof text, "%016" PRIx64, sum);
    lua_pushstring(lua, text);
    return 1;
}

/* --- Debuggers ------------------------------------------------------------------- */

void sl_script_on_hook(sl_script *script, sl_script_hooked *fn, void *context)
{
    script->on_hook = fn;
    script->on_hook_context = context;
}

/* hooked(is): code of the app has set a hook, or removed it. */
int sl_host_hooked(lua_State *lua)
{
    const sl_script *script = sl_script_of(lua);

    if (script->on_hook != NULL) {
        script->on_hook(script->on_hook_context, lua_toboolean(lua, 1));
    }
    return 0;
}
