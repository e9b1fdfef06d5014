/* The console: what a visitor types is evaluated in the current version of the
 * app. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buffer.h"
#include "script/console.h"
#include "worker/status.h"
#include "worker/visit.h"

typedef struct console {
    sl_visit visit;
    bool is_busy;
    sl_generation *generation; /* while it is: that of the evaluation */
    uint32_t seen;             /* the number of the last one */
} console;

/* --- Ctrl-C ---------------------------------------------------------------------- */

/* A signal handler is given no context. */
static sl_worker *volatile visited;

/* Which descriptors there was a word at, by their last digits: an evaluation may
 * be about to begin, or be where nobody tells of errors. */
static volatile sig_atomic_t heard[256];

static volatile sig_atomic_t *word_at(int fd)
{
    return &heard[(unsigned)fd % (sizeof heard / sizeof *heard)];
}

/* Who types says nothing while an evaluation runs but that it is to end, or
 * leaves: the loop would not see that while code never waits. */
static void on_word(int number, siginfo_t *info, void *context)
{
    const sl_worker *worker = visited;

    if (worker == NULL || info->si_code == POLL_OUT) {
        return;
    }
    *word_at(info->si_fd) = 1;
    for (const sl_list *link = worker->generations.next;
         link != &worker->generations; link = link->next) {
        sl_script_console_interrupt(
            SL_CONTAINER(link, sl_generation, link)->script, info->si_fd);
    }
}

static void catch_words(void)
{
    struct sigaction action = {.sa_sigaction = on_word,
                               .sa_flags = SA_RESTART | SA_SIGINFO};

    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGIO, &action, NULL);
}

/* To the thread of the loop, with the descriptor. */
static void listen_closely(const console *c, bool closely)
{
    int flags = fcntl(c->visit.fd, F_GETFL);
    struct f_owner_ex owner = {F_OWNER_TID, (pid_t)syscall(SYS_gettid)};

    if (closely) {
        (void)fcntl(c->visit.fd, F_SETOWN_EX, &owner);
        (void)fcntl(c->visit.fd, F_SETSIG, SIGIO);
    }
    (void)fcntl(c->visit.fd, F_SETFL,
                closely ? flags | O_ASYNC : flags & ~O_ASYNC);
}

/* No signal tells of a word that was there before signals were asked for. */
static void look_for_word(const console *c)
{
    struct pollfd unread = {.fd = c->visit.fd, .events = POLLIN};

    if (poll(&unread, 1, 0) > 0) {
        *word_at(c->visit.fd) = 1;
    }
}

/* --- What the script asks for ---------------------------------------------------- */

static bool say(void *context, uint32_t number, char kind, const char *text,
                size_t len)
{
    console *c = (console *)sl_visit_find(context, number);

    if (c == NULL) {
        return true;
    }
    if (kind == SL_SAYS_ERROR) {
        *word_at(c->visit.fd) = 0; /* and that says so */
    }
    return sl_visit_say(&c->visit, (sl_visit_word)kind, text, len);
}

static bool is_interrupted(void *context, uint32_t number)
{
    const console *c = (const console *)sl_visit_find(context, number);

    return c != NULL && *word_at(c->visit.fd) != 0;
}

static void on_over(void *context, uint32_t number)
{
    static const char early[] = "interrupted"; /* before it had begun */
    console *c = (console *)sl_visit_find(context, number);

    if (c != NULL && c->is_busy) {
        c->is_busy = false;
        listen_closely(c, false);
        if (*word_at(c->visit.fd) != 0) {
            sl_visit_say(&c->visit, SL_SAYS_ERROR, early, sizeof early - 1);
        }
        sl_visit_say(&c->visit, SL_SAYS_DONE, "", 0);
    }
}

static void list(void *context, sl_buffer *json)
{
    sl_worker *worker = context;

    sl_board_list(worker);
    sl_status_append_list(worker->board, json);
}

static const sl_console_host host = {
    .say = say,
    .is_interrupted = is_interrupted,
    .over = on_over,
    .list = list,
};

/* --- What the visitor asks for --------------------------------------------------- */

static void ask(console *c, const char *what, const char *text, size_t len)
{
    sl_generation *current = c->visit.worker->current;
    sl_console_call call = {.host = &host,
                            .context = c->visit.worker,
                            .visit = c->visit.number,
                            .fd = c->visit.fd,
                            .what = what,
                            .text = text,
                            .len = len};

    c->is_busy = true;
    *word_at(c->visit.fd) = 0;
    c->generation = current;
    listen_closely(c, true);
    look_for_word(c);
    if (sl_script_console(current->script, &call) < 0) {
        static const char why[] = "not enough memory for Lua: raise lua_memory";

        sl_visit_say(&c->visit, SL_SAYS_ERROR, why, sizeof why - 1);
        on_over(c->visit.worker, c->visit.number);
    }
    sl_worker_turn_soon(c->visit.worker);
}

static void note_reload(console *c)
{
    uint32_t number = c->visit.worker->current->number;
    sl_buffer text = {0};

    if (c->seen != 0 && number != c->seen) {
        sl_buffer_printf(
            &text,
            "the app was reloaded: this is generation %u, in which "
            "nothing that was typed before is known",
            number);
        sl_visit_say(&c->visit, SL_SAYS_NOTE, sl_buffer_data(&text),
                     sl_buffer_len(&text));
        sl_buffer_deinit(&text);
    }
    c->seen = number;
}

static void interrupt(console *c)
{
    if (c->is_busy) {
        *word_at(c->visit.fd) = 1;
        sl_script_console_cancel(c->generation->script, c->visit.number);
        sl_worker_turn_soon(c->visit.worker);
    }
}

static void hear(sl_visit *visit, char word, const char *text, size_t len)
{
    static const char gone[] = "no app serves here any more";
    console *c = (console *)visit;

    if (word == SL_ASKS_INTERRUPT) {
        interrupt(c);
    } else if (c->is_busy || visit->worker->current == NULL) {
        sl_visit_say(visit, SL_SAYS_ERROR, gone, sizeof gone - 1);
        sl_visit_say(visit, SL_SAYS_DONE, "", 0);
    } else if (word == SL_ASKS_EVALUATE) {
        note_reload(c);
        ask(c, "evaluate", text, len);
    } else if (word == SL_ASKS_COMPLETE) {
        ask(c, "complete", text, len);
    }
}

static const char *begin(sl_visit *visit, const char *words)
{
    sl_worker *worker = visit->worker;
    sl_buffer hello = {0};

    if (!worker->settings->script.development && !worker->settings->console) {
        return "it has no console: that is for sluice dev, and for servers "
               "with the setting console";
    }
    if (worker->current == NULL) {
        return "it has no app that a console could look into";
    }
    visited = worker;
    catch_words();
    sl_visit_accept(visit);
    sl_buffer_printf(&hello, "%s, worker process %d, generation %u",
                     worker->app, (int)getpid(), worker->current->number);
    sl_visit_say(visit, SL_SAYS_HELLO, sl_buffer_data(&hello),
                 sl_buffer_len(&hello));
    sl_buffer_deinit(&hello);
    ((console *)visit)->seen = worker->current->number;
    return NULL;
}

static void end(sl_visit *visit)
{
    console *c = (console *)visit;

    interrupt(c);
    c->is_busy = false;
    if (visit->worker->current != NULL) {
        sl_console_call call = {.host = &host,
                                .context = visit->worker,
                                .visit = visit->number,
                                .fd = -1,
                                .what = "leave",
                                .text = ""};

        (void)sl_script_console(visit->worker->current->script, &call);
        sl_worker_turn_soon(visit->worker);
    }
}

const sl_visit_kind sl_console_visit = {
    .name = "console",
    .size = sizeof(console),
    .begin = begin,
    .hear = hear,
    .end = end,
};
