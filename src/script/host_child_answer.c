/* How Lua takes the answer to a request that a request has made. */
#include "pipeline/pipeline.h"
#include "script/child.h"
#include "script/host.h"

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

int sl_host_child_trailers(lua_State *lua)
{
    const sl_script_child *child = child_of(lua);
    sl_status rc =
        child != NULL ? sl_child_end(&child->base) : (sl_status)SL_EABORTED;
    const sl_fields *trailers;

    lua_pushnumber(lua, rc);
    if (rc != SL_OK) {
        return 1;
    }
    trailers = sl_response_trailers(&child->base.exchange->response);
    lua_createtable(lua, 2 * (int)trailers->count, 0);
    for (uint32_t i = 0; i < trailers->count; i++) {
        const sl_field *field = &trailers->items[i];

        lua_pushlstring(lua, field->name.data, field->name.len);
        lua_rawseti(lua, -2, 2 * (int)i + 1);
        lua_pushlstring(lua, field->value.data, field->value.len);
        lua_rawseti(lua, -2, 2 * (int)i + 2);
    }
    return 2;
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
