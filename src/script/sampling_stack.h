/* What stands in one sample, see sampling.h.
 */
#ifndef SLUICE_SCRIPT_SAMPLING_STACK_H
#define SLUICE_SCRIPT_SAMPLING_STACK_H

#include "base/buffer.h"
#include "script/sampling.h"
#include "script/task.h"

/* What the coroutine is for, as the first frame. */
void sl_sampling_append_root(sl_buffer *text, const sl_script *script,
                             const sl_task *task);

/* The functions that it is in, the outermost first. */
void sl_sampling_append_stack(sl_buffer *text, lua_State *lua);

#endif
