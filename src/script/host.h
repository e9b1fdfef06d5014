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

/* list_folder(path): an array of { name =, is_folder = } in no order, and the
 * path that it was found at; or nil and why not. */
int sl_host_list_folder(lua_State *lua);

/* Where a path of the app's is: a relative one starts at its folder. The text
 * is on the stack, or the one that was given. */
const char *sl_host_resolve(lua_State *lua, const char *path);

/* Register the type of the guards. */
void sl_host_open_files(lua_State *lua);

#endif
