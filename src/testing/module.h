/* What the two files of the module sluice.testing share. */
#ifndef SLUICE_TESTING_MODULE_H
#define SLUICE_TESTING_MODULE_H

#include <lua.h>

struct sl_world;

/* The world that a function of the module is to drive. Raises an error where it
 * may not: turns resume coroutines, which the one that asks may not be. */
struct sl_world *sl_testing_driven(lua_State *lua);

/* open(address): a connection, whose methods are in module_peer.c. */
int sl_testing_open_peer(lua_State *lua);

/* Make the type of peers. */
void sl_testing_define_peers(lua_State *lua);

#endif
