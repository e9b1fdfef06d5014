/* One Lua VM with an app in it, and the scheduler of its coroutines.
 *
 * C functions that Lua reaches through the FFI never enter Lua. Coroutines are
 * resumed in one place, sl_script_run, which the worker calls from its loop;
 * everything else only queues.
 *
 * Threads:   the loop's.
 * Ownership: the worker owns the script. The script holds an exchange
 *            (SL_HOLD_HOST) from sl_script_start until its handler is over and
 *            everything that its events woke has run.
 */
#ifndef SLUICE_SCRIPT_SCRIPT_H
#define SLUICE_SCRIPT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "pipeline/pipeline.h"
#include "script/sources.h"

typedef struct sl_script_settings {
    uint32_t copy_threshold; /* strings shorter than this are copied, bytes */
    uint64_t body_bytes;     /* req:body() limit: 413 above */
    uint64_t upload_bytes;   /* bodies that may go to files: 413 above */
    uint64_t spool_bytes;    /* of such a body held in memory */
    char *temp_dir;          /* their folder; NULL or "": the system's */
    uint32_t form_fields;    /* fields, or parts, of a form: 413 above */
    uint32_t part_header_bytes;  /* head of a part: 413 above */
    uint64_t memory_bytes;       /* of the VM; 0: no limit */
    uint32_t pooled;             /* idle coroutines kept */
    uint32_t max_handlers;       /* that run at once; 0: no limit */
    uint32_t max_waiting;        /* requests that wait for one; 503 above */
    uint32_t handler_timeout_ms; /* 503, or an abort, above; 0: none */
    bool development;            /* error pages with tracebacks */
} sl_script_settings;

extern const sl_script_settings sl_script_defaults;

/* The name and version of the Lua implementation. Static memory. */
const char *sl_script_version(void);

/* Write the version of lua-cjson, which only itself knows; "" without memory. */
void sl_script_json_version(char *text, size_t size);

typedef struct sl_script sl_script;

/* A VM with the Lua library in it: the embedded one, or, when `lua_dir` is not
 * NULL, the one in that folder. NULL on failure, with *error (owned by the
 * caller, released with free) saying why: also when the ABI of the library
 * and the core differ. */
sl_script *sl_script_create(const sl_script_settings *settings,
                            sl_pipeline *pipeline, const sl_log *log,
                            const char *lua_dir, char **error);

/* Drop every coroutine, let go of the exchanges, whose handlers count as
 * cancelled, and close the VM. NULL is left alone. */
void sl_script_destroy(sl_script *script);

/* Load the app from these instead of the disk. They are counted. */
void sl_script_use(sl_script *script, sl_sources *sources);

/* Load the app: a file that returns what sluice.new() made. On failure *error
 * (owned by the caller, free) has the message with file, line and traceback. */
sl_status sl_script_load(sl_script *script, const char *path, char **error);

/* Queue the handler for an exchange. */
void sl_script_start(sl_script *script, sl_exchange *exchange);

/* Queue whoever waits for these events of an exchange, in whatever script. */
void sl_script_on_events(sl_exchange *exchange, uint32_t events);

/* Nothing more of a watched exchange is on the wire. `refused`: the status of an
 * answer that the session gave by itself; 0: none. */
void sl_script_on_done(sl_exchange *exchange, int refused);

/* Queue who waits for one operation (the pipeline's on_waiter). */
void sl_script_on_waiter(void *waiter);

/* The bytes of an anchored string were sent (the pipeline's on_anchor). */
void sl_script_release_anchor(sl_lender *lender, uint32_t anchor);

/* Is there a request that the script has to do with, a task that one has begun,
 * or a string of its that is still to be sent? */
bool sl_script_is_busy(const sl_script *script);

/* --- life.c: what an app does when it begins and ends -------------------------
 *
 * One step at a time: a task, which may wait. */

typedef enum sl_step {
    SL_STEP_NONE, /* none was begun */
    SL_STEP_RUNNING,
    SL_STEP_DONE,
    SL_STEP_FAILED
} sl_step;

/* "save": ask for what is to be handed over. "start": take that over, and call
 * what app:on_start was given. "stop": what app:on_stop was. */
void sl_script_begin_step(sl_script *script, const char *name, const char *text,
                          size_t len);

/* How it went: of "save", when it is done, what is handed over (NULL: nothing);
 * of any that has failed why. The text is the script's until the next one. */
sl_step sl_script_step(const sl_script *script, const char **text, size_t *len);

/* In development, for the pages that are open: "trouble", the code on the disk
 * does not load, and why; "over", another version serves. */
void sl_script_tell(sl_script *script, const char *what, const char *text);

/* Tell when the code of the script has set a hook, as debuggers do, and when it
 * has removed it: in development. */
typedef void sl_script_hooked(void *context, bool is_hooked);
void sl_script_on_hook(sl_script *script, sl_script_hooked *fn, void *context);

/* Run what is queued, each coroutine at most once; what they queue meanwhile
 * waits for the next call. False when nothing was queued. */
bool sl_script_run(sl_script *script);

/* Is something queued? */
bool sl_script_is_runnable(const sl_script *script);

/* The worker is going to end: call what req:on_shutdown was given. */
void sl_script_shutdown(sl_script *script);

/* Raise `cancelled` in every coroutine that waits (grace time is over). */
void sl_script_cancel_all(sl_script *script);

/* What there is, and, since the start, what was refused. */
typedef struct sl_script_stat {
    uint32_t handlers; /* that have not ended */
    uint32_t waiting;  /* of them, for their turn to begin */
    uint32_t tasks;
    uint64_t memory_bytes; /* that the VM holds */
    uint64_t busy;         /* 503: max_handlers run, and max_waiting wait */
    uint64_t no_memory;    /* 503: lua_memory is nearly used */
    uint64_t late;         /* 503 or an abort: handler_timeout */
} sl_script_stat;
void sl_script_describe(const sl_script *script, sl_script_stat *stat);

/* Strings and objects of Lua that answers in flight keep. Takes its time. */
uint32_t sl_script_count_anchors(const sl_script *script);

/* Run a configuration file in an empty environment and call `visit` for each
 * global that it sets, in the order of their names: name, and value as text
 * ("true", "10s", "64", ...); once for each element of a list. The first visit
 * that fails ends it, and sets *error. Needs no script. *error as above. */
typedef sl_status sl_config_visitor(void *context, const char *name,
                                    const char *value, char **error);
sl_status sl_script_read_config(const char *path, sl_config_visitor *visit,
                                void *context, char **error);

#endif
