/* What is said of a coroutine that ended with an error: a text, and the lines
 * that led to it.
 */
#ifndef SLUICE_SCRIPT_DESCRIBE_H
#define SLUICE_SCRIPT_DESCRIBE_H

#include "script/task.h"

typedef struct sl_failure {
    sl_script *script;
    sl_task *task;
    bool is_collected;  /* somebody waits for the task, and is told */
    const char *reason; /* NULL: the error is on the top of its stack */
    const char *message;
    const char *traceback;
} sl_failure;

/* Fill in message and traceback, and tell what Lua knows of the task. They are
 * valid until the failure is forgotten, which comes before the task is. */
void sl_failure_describe(sl_failure *failure);
void sl_failure_forget(sl_failure *failure);

#endif
