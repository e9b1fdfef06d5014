/* What Lua holds of a request that a request makes: shared by child.c, which runs
 * it, and host_child.c, by which Lua asks for it.
 */
#ifndef SLUICE_SCRIPT_CHILD_H
#define SLUICE_SCRIPT_CHILD_H

#include "script/task.h"
#include "session/child.h"

/* The limit of IHttpContext::ExecuteRequest. */
enum { SL_CHILD_DEPTH = 10 };

/* Freed when it was let go and Lua has let go of its box. */
typedef struct sl_script_child {
    sl_child base;
    sl_script *script;
    sl_handling *parent; /* not used: it outlives its children */
    sl_op *op;           /* of the parent; NULL: it has completed */
    sl_list link;        /* with others of the parent */
    sl_list due_link;    /* in the script's list */
    sl_list waiters;     /* tasks that wait until it gets on */
    bool has_begun;      /* its handler is queued */
    bool has_box;
    bool is_told; /* hooks know that all was taken */
} sl_script_child;

/* The userdata; NULL only while it is made. */
typedef struct sl_child_box {
    sl_script_child *child;
} sl_child_box;

/* In the list of `parent`, to be begun from the loop; its operation completes when
 * it is over. */
void sl_script_child_add(sl_script_child *child, sl_handling *parent);

/* Something changed: look at it from the loop. */
void sl_script_child_due(sl_script_child *child);

/* Nobody has a box of it any more. */
void sl_script_child_unbox(sl_script_child *child);

#endif
