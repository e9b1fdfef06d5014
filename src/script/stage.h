/* Stages in Lua: what the scheduler and the host share of them.
 *
 * The chain may call from inside of a call of Lua's, so that its calls only queue.
 * Each piece of work runs in a task of its own, from the loop.
 */
#ifndef SLUICE_SCRIPT_STAGE_H
#define SLUICE_SCRIPT_STAGE_H

#include "script/task.h"

/* add_stage(response, generation, record, name, order, flags, bytes, ms): a status.
 * `record` is a table of the library's; it is given to each piece of work. */
int sl_host_add_stage(lua_State *lua);

/* Start what is queued. */
void sl_script_run_stages(sl_script *script);

/* The task of a stage has ended, with its stage_rc. */
void sl_script_stage_over(sl_task *task);

/* The VM ends: the stages know no Lua any more. */
void sl_script_close_stages(sl_script *script);

#endif
