/* Peers as objects of Lua: methods of what sluice.testing's open returns. */
#include <lauxlib.h>

#include "testing/module.h"
#include "testing/world.h"

static void set_number(lua_State *lua, const char *name, double value)
{
    lua_pushnumber(lua, value);
    lua_setfield(lua, -2, name);
}

static const char peer_type[] = "sluice.testing.peer";

static sl_peer *peer_of(lua_State *lua)
{
    return *(sl_peer **)luaL_checkudata(lua, 1, peer_type);
}

/* open(address): a connection. */
int sl_testing_open_peer(lua_State *lua)
{
    sl_world *world = sl_testing_driven(lua);
    const char *address = luaL_checkstring(lua, 1);
    sl_peer **handle = lua_newuserdata(lua, sizeof(sl_peer *));

    *handle = NULL;
    luaL_getmetatable(lua, peer_type);
    lua_setmetatable(lua, -2);
    *handle = sl_peer_create(world, address);
    return 1;
}

static int forget_peer(lua_State *lua)
{
    sl_peer *peer = peer_of(lua);

    if (peer != NULL) {
        peer->is_forgotten = true;
    }
    return 0;
}

/* peer:push(bytes): they arrive in the next turn. */
static int push_bytes(lua_State *lua)
{
    sl_peer *peer = peer_of(lua);
    size_t len;
    const char *data = luaL_checklstring(lua, 2, &len);

    sl_buffer_append(&peer->to_server, data, len);
    peer->is_due = true;
    return 0;
}

/* peer:fin(): nothing more will come. */
static int push_fin(lua_State *lua)
{
    sl_peer *peer = peer_of(lua);

    peer->fin = true;
    peer->is_due = true;
    return 0;
}

/* peer:leave(): the connection is gone. */
static int leave(lua_State *lua)
{
    sl_peer *peer = peer_of(lua);

    peer->is_leaving = true;
    peer->is_due = true;
    return 0;
}

/* peer:allow(bytes): take so many from now on; nil: all. */
static int allow(lua_State *lua)
{
    sl_peer *peer = peer_of(lua);

    peer->allowed = lua_isnoneornil(lua, 2)
                        ? UINT64_MAX
                        : (uint64_t)luaL_checknumber(lua, 2);
    peer->is_due = true;
    return 0;
}

/* peer:fetch(): the bytes that have come since the last call. */
static int fetch(lua_State *lua)
{
    sl_buffer *bytes = &peer_of(lua)->to_client;
    size_t len = sl_buffer_len(bytes);

    lua_pushlstring(lua, len > 0 ? sl_buffer_data(bytes) : "", len);
    sl_buffer_consume(bytes, len);
    return 1;
}

/* peer:sends(): what was sent since the last call. */
static int take_sends(lua_State *lua)
{
    sl_peer *peer = peer_of(lua);

    lua_createtable(lua, (int)peer->nsends, 0);
    for (size_t i = 0; i < peer->nsends; i++) {
        const sl_peer_send *send = &peer->sends[i];

        lua_createtable(lua, 0, 5);
        set_number(lua, "at", (double)send->at_ms);
        set_number(lua, "bytes", (double)send->bytes);
        set_number(lua, "file_bytes", (double)send->file_bytes);
        set_number(lua, "pieces", send->pieces);
        lua_pushboolean(lua, send->is_partial);
        lua_setfield(lua, -2, "partial");
        lua_rawseti(lua, -2, (int)i + 1);
    }
    peer->nsends = 0;
    return 1;
}

/* peer:state(): "open", "closed" or "reset" by the server, or "left". */
static int state(lua_State *lua)
{
    static const char *const words[] = {
        [SL_PEER_OPEN] = "open",
        [SL_PEER_CLOSED] = "closed",
        [SL_PEER_RESET] = "reset",
        [SL_PEER_LEFT] = "left",
    };

    lua_pushstring(lua, words[peer_of(lua)->state]);
    return 1;
}

/* peer:request(): the id of the last request that has begun; "": none. */
static int request(lua_State *lua)
{
    lua_pushstring(lua, peer_of(lua)->request);
    return 1;
}

static const luaL_Reg methods[] = {
    {"push", push_bytes}, {"fin", push_fin},    {"leave", leave},
    {"allow", allow},     {"fetch", fetch},     {"sends", take_sends},
    {"state", state},     {"request", request}, {"__gc", forget_peer},
    {NULL, NULL},
};

void sl_testing_define_peers(lua_State *lua)
{
    luaL_newmetatable(lua, peer_type);
    luaL_register(lua, NULL, methods);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
}
