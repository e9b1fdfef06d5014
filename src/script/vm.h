/* What the files of the script layer share: the VM and its tables.
 *
 * Lua code runs in two ways only: protected calls on the main state, while
 * something is set up, and coroutines, resumed by the scheduler (task.h).
 */
#ifndef SLUICE_SCRIPT_VM_H
#define SLUICE_SCRIPT_VM_H

#include <lua.h>

#include "base/list.h"
#include "pipeline/exchange.h"
#include "script/pool.h"
#include "script/script.h"
#include "script/sources.h"
#include "script/stack.h"

typedef struct sl_task sl_task;

/* Places in the registry, filled in when the library and the app are loaded. */
typedef struct sl_script_refs {
    int anchors;    /* slot -> string or object; [0]: first free slot */
    int handles;    /* pointers to requests and responses as cdata */
    int owed;       /* function of host.owe -> true, weak */
    int cast;       /* two plain pointers to such cdata */
    int dispatch;   /* runs the handler of an exchange */
    int explain;    /* text and traceback of a failure, as people need them */
    int error_page; /* text of a traceback for a browser */
    int seal;       /* checks what the app's file returned */
    int site;       /* finds what makes the app of a folder */
    int app;        /* what it returned */
    int token;      /* first value of every wait's yield */
    int life;       /* runs a step of the life of an app */
    int news;       /* is told what happens, in development */
    int stage;      /* does a piece of work of a stage */
    int console;    /* evaluates what somebody types */
    /* Functions of C, for sl_script_call. */
    int make_handles;
    int add_task;
} sl_script_refs;

struct sl_script {
    sl_script_settings settings;
    sl_pipeline *pipeline;
    const sl_log *log;
    lua_State *lua;      /* the main state */
    char *lua_dir;       /* NULL: the library is the embedded one */
    char *folder;        /* of the app; NULL before it is loaded */
    sl_sources *sources; /* counted; what the app is loaded from */
    sl_script_refs refs;
    sl_lender *lender;     /* lives on while something is lent */
    sl_pool pool;          /* of its small objects */
    uint64_t memory_bytes; /* held by the VM */
    uint64_t alarm_bytes;  /* above which somebody has to end: memory.c */
    uint64_t most_bytes;   /* above which interpreted code gets no more */
    bool is_unlimited;     /* for now: nobody could handle an error */
    bool is_spared;        /* for now no alarm: a failure is being told */
    bool is_closing;       /* the VM is; finalizers leave nothing behind */
    bool is_ending;        /* requests were told, and new ones are at once */
    bool is_cancelled;     /* nobody waits for what still runs */

    sl_list tasks; /* all of them */
    sl_list queue; /* to be resumed */
    sl_list next;  /* to be queued in another turn than `next_turn` */
    uint64_t next_turn;
    bool has_chores;      /* something may be in the three lists that are due */
    sl_list stages;       /* of responses, that are not over */
    sl_list stages_due;   /* of them, with something to do */
    sl_list children_due; /* requests of requests, likewise */
    sl_list done_due;     /* handlings whose end is to be told */
    sl_list idle;         /* pooled coroutines */
    uint32_t pooled;
    uint32_t live;         /* tasks that are not idle */
    uint32_t handlers;     /* of them, handlers */
    uint32_t handlings;    /* exchanges that are not let go */
    uint32_t for_requests; /* tasks that requests have begun */
    sl_task *running;
    uint32_t route; /* Lua writes which one the handler that begins is of */

    sl_list entrance;       /* handlings that wait for their turn */
    uint32_t waiting;       /* of them */
    bool is_admitting;      /* see sl_script_admit */
    uint64_t collect_at_ms; /* no full collection for newcomers before */
    sl_script_stat stat;    /* its counters */

    sl_step step; /* of the app's life, see life.c */
    char *step_text;
    size_t step_len;

    sl_stack_report *on_stack; /* see stack.h */
    void *on_stack_context;

    const struct sl_console_host *console; /* see console.h; NULL: none yet */
    void *console_context;
    sl_script_hooked *on_hook; /* NULL: nobody wants to know */
    void *on_hook_context;
    lua_Hook hook_before; /* the hook that an interrupt has replaced */
    int hook_mask;
    int hook_count;
};

/* Open the private module of C functions, and the searcher of the library. */
void sl_host_open(sl_script *script, lua_State *lua);
void sl_modules_open(sl_script *script, lua_State *lua);

/* Let Lua load files through the sources. Comes before the searcher of the
 * library is put in front of that of files. */
void sl_loading_open(lua_State *lua);

/* As luaL_loadfile, from the sources. */
int sl_script_load_file(lua_State *lua, const char *path, const char *mode);

/* The allocator of the VM, and its limits, as the settings say them. */
void *sl_script_allocate(void *context, void *block, size_t old, size_t size);
void sl_script_limit_memory(sl_script *script);

/* The collector's pause while library and app are loaded, in percent: what is
 * garbage then would be kept for as long as the process lives. */
enum { SL_LOADING_PAUSE = 100, SL_SERVING_PAUSE = 200 };

/* Only an eighth of lua_memory is free, which is for the handlers that run. */
bool sl_script_is_nearly_full(const sl_script *script);

/* Collect all garbage of its VM now, from whichever of its coroutines. */
void sl_script_collect(lua_State *lua);

/* From now on no alarm is raised; or, again, one is. */
void sl_script_spare(sl_script *script, bool is_spared);

/* Call `fn` protected, with `context` as its one argument. Outside of such a
 * call and of coroutines nothing may allocate memory of Lua, because running
 * out of it there ends the process. On failure *error (free) has the message
 * and a traceback. */
sl_status sl_script_protect(lua_State *lua, lua_CFunction fn, void *context,
                            char **error);

/* Call a function of C that is kept in the registry, protected, with `context` as
 * its one argument. Unlike lua_cpcall it makes nothing for the collector, and is for
 * what is done for each of many streams. False: there is no memory. */
bool sl_script_call(sl_script *script, int ref, void *context);

/* The pointers to an exchange as Lua sees them, put into `handles`. */
int sl_script_make_handles(lua_State *lua);

/* A new task in the pool. */
int sl_script_add_task(lua_State *lua);

/* The script that a state belongs to. */
sl_script *sl_script_of(lua_State *lua);

#endif
