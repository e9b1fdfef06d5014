/* What Lua does with requests that a request makes. */
#include <lauxlib.h>

#include "base/memory.h"
#include "pipeline/pipeline.h"
#include "script/child.h"
#include "script/host.h"

static const char box_type[] = "sluice.child";

/* --- Making one ----------------------------------------------------------------- */

static int collect(lua_State *lua)
{
    sl_child_box *box = lua_touserdata(lua, 1);

    if (box->child != NULL) {
        sl_script_child_unbox(box->child);
        box->child = NULL;
    }
    return 0;
}

void sl_host_open_children(lua_State *lua)
{
    luaL_newmetatable(lua, box_type);
    lua_pushcfunction(lua, collect);
    lua_setfield(lua, -2, "__gc");
    lua_pop(lua, 1);
}

static sl_child_box *push_box(lua_State *lua)
{
    sl_child_box *box = lua_newuserdata(lua, sizeof *box);

    box->child = NULL;
    luaL_getmetatable(lua, box_type);
    lua_setmetatable(lua, -2);
    return box;
}

static sl_span span_at(lua_State *lua, int index)
{
    sl_span text;

    text.data = lua_tolstring(lua, index, &text.len);
    return text;
}

static int refuse(lua_State *lua, const char *why)
{
    lua_pushnil(lua);
    lua_pushstring(lua, why);
    return 2;
}

/* The fields, an array of texts; NULL, or what is wrong. */
static const char *set_fields(lua_State *lua, sl_child *child, int index)
{
    int count = (int)lua_objlen(lua, index);

    for (int i = 1; i < count; i += 2) {
        sl_status rc;

        lua_rawgeti(lua, index, i);
        lua_rawgeti(lua, index, i + 1);
        rc = sl_child_set_field(child, span_at(lua, -2), span_at(lua, -1));
        lua_pop(lua, 2);
        if (rc < 0) {
            return "a field has a token for a name, and no control characters";
        }
    }
    return NULL;
}

static const char *why_not(const sl_handling *parent)
{
    const sl_response *response;

    if (parent == NULL || parent->handler_over) {
        return "over";
    }
    response = &parent->exchange->response;
    if (parent->aborted || response->phase == SL_PHASE_ABORTED) {
        return "aborted";
    }
    if (parent->exchange->depth >= SL_CHILD_DEPTH) {
        return "deep";
    }
    if (response->operations.last_id == UINT32_MAX) {
        return "too many";
    }
    return NULL;
}

/* Before there is an operation nobody else knows of it. */
static int forget(lua_State *lua, sl_child_box *box, const char *why)
{
    sl_script_child *child = box->child;

    box->child = NULL;
    if (child->base.exchange != NULL) {
        sl_exchange_release(child->base.exchange, SL_HOLD_HOST);
        sl_child_close(&child->base);
    }
    sl_free(child);
    return refuse(lua, why);
}

int sl_host_child(lua_State *lua)
{
    sl_handling *parent = sl_handling_of(lua, 1);
    const char *why = why_not(parent);
    sl_script_child *child;
    sl_child_box *box;

    if (why != NULL) {
        return refuse(lua, why);
    }
    box = push_box(lua);
    child = sl_calloc(1, sizeof *child);
    child->has_box = true;
    sl_list_init(&child->link);
    sl_list_init(&child->due_link);
    sl_list_init(&child->waiters);
    box->child = child;
    if (sl_child_open(&child->base, &parent->exchange->request, span_at(lua, 3),
                      span_at(lua, 4)) < 0) {
        return forget(lua, box, "a method is a token, a target a path");
    }
    why = set_fields(lua, &child->base, 5);
    if (why != NULL) {
        return forget(lua, box, why);
    }
    sl_child_set_body(&child->base, span_at(lua, 6));
    sl_script_child_add(child, parent);
    lua_pushlightuserdata(lua, &child->base.exchange->response);
    lua_pushnumber(lua, child->base.exchange->response.generation);
    lua_pushnumber(lua, child->op->done.id);
    return 4;
}

/* --- Taking its answer ------------------------------------------------------------ */

/* NULL: it was let go, because its parent is over. The module is private: its
 * callers pass a box. */
static sl_script_child *child_of(lua_State *lua)
{
    const sl_child_box *box = lua_touserdata(lua, 1);

    return box->child != NULL && box->child->base.exchange != NULL ? box->child
                                                                   : NULL;
}

static int push_status(lua_State *lua, sl_status rc)
{
    lua_pushnumber(lua, rc);
    return 1;
}

int sl_host_child_head(lua_State *lua)
{
    const sl_script_child *child = child_of(lua);

    return push_status(lua, child != NULL ? sl_child_head(&child->base)
                                          : SL_EABORTED);
}

/* What was taken makes room, and may have been the last. */
static void take(sl_script_child *child, uint64_t bytes)
{
    sl_child_take(&child->base, bytes);
    sl_script_child_due(child);
}

static int push_file(lua_State *lua, sl_script_child *child, size_t len)
{
    const sl_pipeline *pipeline = child->script->pipeline;
    const sl_piece *piece = child->base.inbox.first;
    char *part = lua_newuserdata(lua, len);
    int64_t n = pipeline->host->read_file(pipeline->host_context, piece->fd,
                                          piece->offset, part, len);

    if (n <= 0) {
        sl_response_fail(&child->base.exchange->response, SL_ESYSTEM);
        sl_script_child_due(child);
        lua_pushnil(lua);
        lua_pushnumber(lua, SL_ESYSTEM);
        return 2;
    }
    lua_pushlstring(lua, part, (size_t)n);
    take(child, (uint64_t)n);
    return 1;
}

int sl_host_child_next(lua_State *lua)
{
    sl_script_child *child = child_of(lua);
    size_t most = (size_t)lua_tonumber(lua, 2);
    sl_status rc = child != NULL ? sl_child_next(&child->base) : SL_EABORTED;
    const sl_piece *piece;
    size_t len;

    if (rc != SL_OK) {
        lua_pushnil(lua);
        lua_pushnumber(lua, rc);
        return 2;
    }
    piece = child->base.inbox.first;
    len = piece->len < most ? (size_t)piece->len : most;
    if (piece->kind == SL_PIECE_FILE) {
        return push_file(lua, child, len);
    }
    lua_pushlstring(lua, piece->data, len);
    take(child, len);
    return 1;
}

/* All that there is, as long as there is room. */
static sl_status splice(sl_script_child *child, sl_response *to,
                        uint32_t generation, double *bytes, bool *is_own)
{
    for (;;) {
        uint64_t moved;
        sl_status rc = sl_child_next(&child->base);

        *is_own = rc < 0;
        if (rc != SL_OK) {
            return rc;
        }
        rc = sl_response_splice(to, generation, &child->base.inbox, &moved);
        if (rc != SL_OK) {
            return rc;
        }
        *bytes += (double)moved;
        sl_child_pull(&child->base); /* there is room */
        sl_script_child_due(child);
    }
}

int sl_host_child_splice(lua_State *lua)
{
    sl_script_child *child = child_of(lua);
    sl_response *to = *(sl_response *const *)lua_topointer(lua, 2);
    bool is_own = true;
    double bytes = 0;
    sl_status rc = SL_EABORTED;

    if (child != NULL) {
        rc = splice(child, to, (uint32_t)lua_tonumber(lua, 3), &bytes, &is_own);
    }
    lua_pushnumber(lua, rc);
    lua_pushnumber(lua, bytes);
    lua_pushboolean(lua, is_own);
    return 3;
}

int sl_host_child_close(lua_State *lua)
{
    sl_script_child *child = child_of(lua);

    if (child != NULL) {
        sl_response_fail(&child->base.exchange->response, SL_ECANCELLED);
        sl_script_child_due(child);
    }
    return 0;
}

int sl_host_depth(lua_State *lua)
{
    const sl_handling *handling = sl_handling_of(lua, 1);

    lua_pushnumber(lua, handling != NULL ? handling->exchange->depth : 0);
    return 1;
}
