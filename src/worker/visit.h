/* A connection of the control socket that a worker goes on with: a console, or
 * a profile.
 *
 * The worker writes one line, "ok", or "error: " and why not. From then on both
 * sides send messages: a byte that says what it is, the length of the text in 8
 * hexadecimal digits, and the text.
 *
 * Threads:   the loop's.
 * Ownership: a visit owns itself: it ends when its connection does.
 */
#ifndef SLUICE_WORKER_VISIT_H
#define SLUICE_WORKER_VISIT_H

#include "worker/worker.h"

enum {
    SL_VISIT_HEAD = 9,              /* bytes in front of a text */
    SL_VISIT_TEXT = 1024 * 1024,    /* longer ones end the visit */
    SL_VISIT_FULL = 4 * 1024 * 1024 /* unread bytes above which a visitor is
                                       told less */
};

typedef enum sl_visit_word {
    /* From a visitor. */
    SL_ASKS_EVALUATE = 'x',
    SL_ASKS_COMPLETE = 'c',
    SL_ASKS_INTERRUPT = '!',

    /* To one. */
    SL_SAYS_HELLO = 'h',
    SL_SAYS_OUTPUT = 'o',     /* was printed */
    SL_SAYS_RESULT = 'r',     /* the values of an expression */
    SL_SAYS_ERROR = 'e',      /* with a traceback */
    SL_SAYS_INCOMPLETE = 'i', /* there has to be more of the chunk */
    SL_SAYS_WORDS = 'w',      /* a completion on each line */
    SL_SAYS_NOTE = 'n',       /* that the code was reloaded */
    SL_SAYS_PROFILE = 'p',    /* folded stacks */
    SL_SAYS_DONE = '.'        /* with what was asked */
} sl_visit_word;

typedef struct sl_visit sl_visit;

/* A kind of visit; each has a struct of its own that starts with sl_visit. */
typedef struct sl_visit_kind {
    const char *name;
    size_t size;
    /* Begin, with the words behind the name. NULL; or why not (static). */
    const char *(*begin)(sl_visit *visit, const char *words);
    void (*hear)(sl_visit *visit, char word, const char *text, size_t len);
    void (*end)(sl_visit *visit); /* the visitor is gone */
} sl_visit_kind;

struct sl_visit {
    sl_list link; /* worker->visits */
    const sl_visit_kind *kind;
    sl_worker *worker;
    uint32_t number; /* from 1, in this worker */
    int fd;          /* the pipe's */
    uv_pipe_t pipe;
    uv_shutdown_t shutdown;
    bool is_refused; /* it has not begun */
    sl_buffer heard; /* a message that is not complete */
};

/* The descriptor stays the caller's. */
void sl_visit_begin(sl_worker *worker, int fd, const char *what);

/* The first words of a visit that begins. */
void sl_visit_accept(sl_visit *visit);

/* Say something; false when more waits to be read than SL_VISIT_FULL. */
bool sl_visit_say(sl_visit *visit, sl_visit_word word, const char *text,
                  size_t len);

/* Close the connection when all was written. */
void sl_visit_finish(sl_visit *visit);

/* NULL: it is over. */
sl_visit *sl_visit_find(const sl_worker *worker, uint32_t number);

/* The worker ends. */
void sl_visits_close(sl_worker *worker);

extern const sl_visit_kind sl_console_visit;
extern const sl_visit_kind sl_profile_visit;

#endif
