/* Where a script is, told while it runs: to who asks with SIGPROF, and from
 * signal handlers.
 *
 * One VM of a process can be asked.
 */
#ifndef SLUICE_SCRIPT_STACK_H
#define SLUICE_SCRIPT_STACK_H

#include "script/script.h"

/* Lines of "file:line name", the innermost first. Called by the VM between two
 * instructions: it may do whatever C may do, except to call Lua. */
typedef void sl_stack_report(void *context, const char *lines, size_t len);

/* From now on SIGPROF makes the VM call `report` as soon as it executes code of
 * Lua, compiled or not, in whatever coroutine. It is
 * also what lets a VM with lua_memory compile, see memory.c: until then it does
 * not. */
void sl_stack_watch(sl_script *script, sl_stack_report *report, void *context);

bool sl_stack_is_watched(const sl_script *script);

/* No more: another script may be watched. */
void sl_stack_unwatch(sl_script *script);

/* Write the same to a descriptor, in a signal handler, for a process that will
 * not go on: of the coroutine that the scheduler has resumed. It sees through a
 * call of C, but not into a coroutine that the script itself has resumed. */
void sl_stack_write(const sl_script *script, int fd);

#endif
