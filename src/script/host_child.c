/* How Lua makes a request for a request; its answer is taken in
 * host_child_answer.c. */
#include <lauxlib.h>

#include "base/memory.h"
#include "pipeline/pipeline.h"
#include "script/child.h"
#include "script/host.h"

static const char box_type[] = "sluice.child";
static const char too_deep[] = "deep";

enum { PATH_SHOWN = 64 }; /* bytes, in the message of one that is too deep */

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

/* Who has made the request behind an exchange; NULL: a client. */
static const sl_exchange *parent_of(const sl_exchange *exchange)
{
    const sl_child *base = exchange->depth > 0 ? exchange->session : NULL;

    return base != NULL
               ? SL_CONTAINER(base, sl_script_child, base)->parent->exchange
               : NULL;
}

/* Push the paths from the first request on to this one, cut where they are long. */
static void push_way(lua_State *lua, const sl_exchange *exchange)
{
    int count = 0;

    for (; exchange != NULL; exchange = parent_of(exchange)) {
        sl_span path = exchange->request.parts[SL_PART_PATH];
        bool is_long = path.len > PATH_SHOWN;

        lua_pushlstring(lua, path.data, is_long ? PATH_SHOWN : path.len);
        if (is_long) {
            lua_pushliteral(lua, "...");
            lua_concat(lua, 2);
        }
        if (count++ > 0) { /* behind its parent's */
            lua_insert(lua, -2);
            lua_pushliteral(lua, " > ");
            lua_insert(lua, -2);
            lua_concat(lua, 3);
        }
    }
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
        return too_deep;
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

    if (why == too_deep) {
        refuse(lua, why);
        push_way(lua, parent->exchange);
        return 3;
    }
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

int sl_host_depth(lua_State *lua)
{
    const sl_handling *handling = sl_handling_of(lua, 1);

    lua_pushnumber(lua, handling != NULL ? handling->exchange->depth : 0);
    return 1;
}
