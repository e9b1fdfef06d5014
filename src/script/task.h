/* Tasks: coroutines that the scheduler runs, and what they wait for.
 *
 * A task is queued, running, waiting, or idle in the pool. A wait is a yield
 * of the private token, the kind, and its arguments; any other yield is an
 * error of the script. Whoever wakes a task only queues it.
 */
#ifndef SLUICE_SCRIPT_TASK_H
#define SLUICE_SCRIPT_TASK_H

#include "script/vm.h"

typedef struct sl_script_stage sl_script_stage;

typedef enum sl_task_state {
    SL_TASK_IDLE,
    SL_TASK_QUEUED,
    SL_TASK_RUNNING,
    SL_TASK_WAITING
} sl_task_state;

typedef enum sl_cancel {
    SL_CANCEL_NONE,
    SL_CANCEL_LEFT,  /* the next wait for something else than the client */
    SL_CANCEL_ASKED, /* the next wait raises it */
    SL_CANCEL_RAISED /* a task that waits again is dropped */
} sl_cancel;

/* What Lua may wait for. The second value of a yield. */
enum {
    SL_WAIT_TURN = 1,       /* the next turn */
    SL_WAIT_SLEEP = 2,      /* milliseconds */
    SL_WAIT_ROOM = 3,       /* milliseconds or nil; for who stands in line */
    SL_WAIT_BODY = 4,       /* request, generation */
    SL_WAIT_COMPLETION = 5, /* response, generation, id or 0 for any */
    SL_WAIT_PARK = 6,       /* milliseconds or nil; until host.wake */
    SL_WAIT_JOIN = 7,       /* milliseconds or nil, handle: until it ended */
    SL_WAIT_CHILD = 8,      /* milliseconds or nil: until a child ended */
    SL_WAIT_ANSWER = 9      /* box of a child request: until it gets on */
};

/* What a request can ask to be told. */
typedef enum sl_news {
    SL_NEWS_ABORT,    /* the client left, or the response was aborted */
    SL_NEWS_SHUTDOWN, /* the worker is to end */
    SL_NEWS_END,      /* the handler is over, however it ended */
    SL_NEWS_KINDS
} sl_news;

/* What few handlings have: others that they wait for, or that wait for news of
 * them, and what became known. Lives in the arena of the exchange, too. */
typedef struct sl_handling_ties {
    struct sl_handling *handling;
    sl_list children;          /* requests that it has made */
    sl_script_stage *stages;   /* of its response, those in Lua */
    int wanted[SL_NEWS_KINDS]; /* registry: functions to be run; LUA_NOREF:
                                  none */
    int done;    /* registry: a function that is told of the end; 0: none */
    int refused; /* status that the session answered by itself; 0: none */
    int blamed;  /* status that says what is wrong with the request, which its
                    handler was told; 0: none */
    uint64_t done_us;  /* nothing is on the wire since then; 0: something may */
    sl_list done_link; /* in the script's list */
} sl_handling_ties;

/* What the script knows of one exchange; lives in its arena. Each user is a
 * reason to keep the exchange: its handler, a task that waits for it, or one
 * that its events woke and that has not run yet. */
typedef struct sl_handling {
    sl_script *script;
    sl_exchange *exchange;
    uint32_t users;
    bool handler_over;
    bool aborted;
    bool is_late;           /* cancelled by handler_timeout */
    bool has_failed;        /* its handler has, and not for the client */
    sl_task *task;          /* of its handler; NULL before it started */
    sl_handling_ties *ties; /* NULL: it has none */
    sl_timer deadline;      /* handler_timeout */
    sl_list entrance_link;  /* while it waits for its turn to begin */
    sl_list waiting;        /* tasks that wait for the request's body, or for
                               any completion */
    sl_list line;           /* writers in the order of their calls */
    sl_list tied; /* tasks that are cancelled when the client leaves */
} sl_handling;

static inline int sl_handling_blamed(const sl_handling *handling)
{
    return handling->ties != NULL ? handling->ties->blamed : 0;
}

/* What Lua holds of a task: a userdata, made when it is asked for. */
typedef struct sl_task_handle {
    sl_task *task;   /* NULL: it has ended */
    bool has_record; /* its environment is Lua's table about the task */
} sl_task_handle;

/* What tasks have that are not merely handlers of requests: who began them, what
 * they are for, who waits for them. Made when it is first needed, and kept with the
 * coroutine. */
typedef struct sl_task_kin {
    char request_id[SL_REQUEST_ID]; /* that it was started for, or "" */
    sl_handling *keeps;             /* used until it ends; may be NULL */
    sl_script_stage *stage;         /* that it works for; NULL: none */
    sl_status stage_rc;             /* what came of that */
    uint32_t visit; /* of a console that it evaluates for; 0: none */
    int visit_fd;   /* where that is heard */
    int handle_ref;
    sl_task_handle *handle; /* NULL: nobody has asked for it */
    sl_task *parent;        /* NULL: none, or it has ended */
    sl_list child_link;     /* with others of `parent` */
    sl_list children;       /* tasks whose end it may wait for */
    sl_list joiners;        /* tasks that wait for its end */
} sl_task_kin;

struct sl_task {
    sl_list all_link;
    sl_list link; /* run queue, pool, or with others that wait for the same */
    sl_script *script;
    lua_State *lua;   /* the coroutine */
    int ref;          /* keeps it */
    uint32_t wait_id; /* the operation it waits for; 0: none */
    int16_t answer;   /* sl_status: what its wait returns */
    int16_t nargs;    /* on its stack for the first resume; -1: it has begun */
    uint8_t state;    /* sl_task_state */
    uint8_t cancel;   /* sl_cancel */
    uint8_t waits;    /* the kind of its last wait */
    bool is_for_request : 1; /* began in one: keeps its generation of code */
    bool is_expected : 1;    /* that it is cancelled: nothing for an operator */
    sl_quota quota;
    sl_timer timer;
    sl_handling *handler_of; /* NULL: it is no handler */
    sl_handling *waits_for;  /* used until it has run again; may be NULL */
    sl_handling *in_line_of; /* used; NULL: in no line */
    sl_list line_link;
    sl_handling *tied_to; /* not used; NULL: nobody's leaving ends it */
    sl_list tied_link;
    sl_task_kin *kin; /* NULL: it was never more than a handler */
};

sl_task_kin *sl_task_kin_of(sl_task *task);

/* The id of the request that it was started for, or "". */
const char *sl_task_request_id(const sl_task *task);

/* Is it a stage's? Of which console is it, if any; else 0. */
static inline bool sl_task_is_stage(const sl_task *task)
{
    return task->kin != NULL && task->kin->stage != NULL;
}

static inline uint32_t sl_task_visit(const sl_task *task)
{
    return task->kin != NULL ? task->kin->visit : 0;
}

/* A task whose coroutine is ready for a function and arguments: for the loop.
 * NULL when there is no memory. */
sl_task *sl_task_take(sl_script *script);

/* Likewise for a function that Lua has called, in the state that is running:
 * a call in another one would make compiled code of this one return to the
 * wrong stack. Raises an error when there is no memory. */
sl_task *sl_task_take_in(lua_State *lua);

/* After a normal end: keep the coroutine for the next task. */
void sl_task_recycle(sl_task *task);

/* Forget the coroutine, whatever it was doing. */
void sl_task_drop(sl_task *task);

/* Drop all tasks. */
void sl_tasks_close(sl_script *script);

/* Queue a task with its function and `nargs` arguments on its stack. */
void sl_task_start(sl_task *task, int nargs);

/* Queue a waiting task; its wait returns `answer`. No effect on others. */
void sl_task_wake(sl_task *task, sl_status answer);

/* Queue a waiting task when the next turn comes. */
void sl_task_defer(sl_task *task);

/* Make every task's wait raise `cancelled`. */
void sl_tasks_cancel(sl_script *script);

/* Make a task's wait raise `cancelled`; what has not begun never will. */
void sl_task_cancel(sl_task *task);

/* It was begun by a request, or by a task that was. */
void sl_task_count_for_request(sl_task *task);

/* The task belongs to what `handling` stands for, which may be NULL. */
void sl_task_tie(sl_task *task, sl_handling *handling);

/* The client left: end what belongs to its request. */
void sl_handling_cancel_tied(sl_handling *handling);
void sl_handling_untie(sl_handling *handling);

/* Push the handle of a task; it is made in the state that is running. */
void sl_task_push_handle(lua_State *lua, sl_task *task);

/* A task with kin has ended: tell whoever waits for that, and let the handle go. */
void sl_task_end(sl_task *task);

/* Is the function there one that was given to host.owe? */
bool sl_task_is_owed(lua_State *lua, int index);

/* Wait for a child request, whose box is at `index`; see child.c. */
void sl_wait_for_answer(sl_task *task, int index);

/* The handler is over, or its client has left: end the requests that it made. */
void sl_children_close(const sl_handling *handling);

/* Begin those that were made, and move on those that were due. */
void sl_script_run_children(sl_script *script);

/* Whoever waits in this list has no more to wait for. */
void sl_wait_wake_all(sl_list *waiting, sl_status answer);

/* A coroutine yielded: begin the wait that it asks for, and return NULL; or
 * why it may not wait. */
const char *sl_wait_begin(sl_task *task);

/* Take a task out of whatever it waits in. */
void sl_wait_leave(sl_task *task);

/* Wake who waits for these events of an exchange. */
void sl_wait_on_events(sl_handling *handling, uint32_t events);

/* Handlings: users come and go; with the last one the exchange is let go. */
sl_handling *sl_handling_begin(sl_script *script, sl_exchange *exchange);
void sl_handling_use(sl_handling *handling);
void sl_handling_unuse(sl_handling *handling);

/* The handler has ended: the response is finished, or, with a failure, aborted
 * or replaced by an error page. */
void sl_handling_end(sl_handling *handling, sl_status status);

/* Run the function at the top of the stack of `lua`, which is running, when
 * that happens, in a task of its own; now, if it has. Pops it. */
void sl_handling_call_on(sl_handling *handling, sl_news news, lua_State *lua);

/* It happens. */
void sl_handling_tell(sl_handling *handling, sl_news news);

/* Nothing more is on the wire, and the handler is over: who wants to know is told
 * from the loop, by sl_script_run_done. */
void sl_handling_tell_done(const sl_handling *handling);
void sl_script_run_done(sl_script *script);

/* Its ties, made when it has the first one. */
sl_handling_ties *sl_handling_tie(sl_handling *handling);

/* The handler is over: its stages that are done with the answer let it go. */
void sl_handling_end_stages(const sl_handling *handling);

/* Make a task of its handler. False when there is no memory. */
bool sl_handling_start(sl_handling *handling);

/* --- admission.c: who may begin ---------------------------------------------- */

/* A handler has ended: let those begin that there is a place for now. */
void sl_script_admit(sl_script *script);

/* It waits for its turn no more. False when it did not. */
bool sl_handling_leave_entrance(sl_handling *handling);

/* End what waits for its turn. */
void sl_script_close_entrance(sl_script *script, sl_status status);

/* The handling behind a handle of Lua; NULL when its exchange is over. */
sl_handling *sl_handling_of(lua_State *lua, int index);
sl_handling *sl_handling_of_request(lua_State *lua, int index);

/* Stand in line to write. True: at its front. */
bool sl_line_enter(sl_handling *handling, sl_task *task);
void sl_line_leave(sl_task *task);

/* --- host_log.c ---------------------------------------------------------------- */

/* What a line of the log has of the request of a task, if it has one: its id, and
 * that of its trace. How many fields. */
enum { SL_TASK_LOG_FIELDS = 2 };
size_t sl_task_log_fields(const sl_task *task, sl_log_field *fields);

/* --- failure.c ----------------------------------------------------------------- */

/* The task ended with an error: `reason`, or, when that is NULL, what is on the
 * top of its stack. Log it, and answer in the handler's place. */
void sl_task_failed(sl_task *task, const char *reason);

#endif
