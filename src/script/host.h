/* Functions of the private module `sluice.host` that have files of their own.
 */
#ifndef SLUICE_SCRIPT_HOST_H
#define SLUICE_SCRIPT_HOST_H

#include <lua.h>

/* log(level, message, fields): level from 0 (debug) to 3 (error). */
int sl_host_log(lua_State *lua);

/* open_file(path): a guard that closes the descriptor when it is collected,
 * the descriptor, and the size; or nil and why not. */
int sl_host_open_file(lua_State *lua);

/* disown(guard): the descriptor belongs to the core now. */
int sl_host_disown(lua_State *lua);

/* Tasks; see host_task.c. */
int sl_host_spawn(lua_State *lua);
int sl_host_spawn_for(lua_State *lua);
int sl_host_on_leave(lua_State *lua);
int sl_host_current(lua_State *lua);
int sl_host_wake(lua_State *lua);
int sl_host_cancel(lua_State *lua);
int sl_host_is_over(lua_State *lua);

/* Register the type of the guards. */
void sl_host_open_files(lua_State *lua);

#endif
