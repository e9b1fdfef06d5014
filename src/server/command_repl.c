/* sluice repl: a console into the app of a server that runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "server/commands.h"
#include "server/conversation.h"
#include "server/line.h"
#include "worker/visit.h"

static const char first_prompt[] = "> ";
static const char next_prompt[] = ">> ";

/* What came of a chunk of code. */
typedef enum outcome { WENT_WELL, FAILED, INCOMPLETE, LOST } outcome;

/* --- One chunk ------------------------------------------------------------------- */

static outcome tell(char word, const char *text)
{
    switch (word) {
    case SL_SAYS_OUTPUT:
        fputs(text, stdout);
        break;
    case SL_SAYS_RESULT:
        puts(text);
        break;
    case SL_SAYS_NOTE:
        fprintf(stderr, "-- %s\n", text);
        break;
    case SL_SAYS_ERROR:
        (void)fflush(stdout);
        fprintf(stderr, "%s\n", text);
        return FAILED;
    case SL_SAYS_INCOMPLETE:
        return INCOMPLETE;
    default: /* of a later version */
        break;
    }
    return WENT_WELL;
}

/* With the last part of a script there is no more to come: `is_last`. */
static outcome evaluate(const sl_conversation *conversation, const char *code,
                        bool is_last)
{
    outcome came = WENT_WELL;
    sl_buffer text = {0};
    char word = 0;

    if (strlen(code) > SL_VISIT_TEXT) {
        fputs("sluice: that is too much at once\n", stderr);
        return FAILED;
    }
    (void)sl_conversation_ask(conversation, SL_ASKS_EVALUATE, code,
                              strlen(code));
    while ((word = sl_conversation_hear(conversation, &text)) != 0 &&
           word != SL_SAYS_DONE) {
        bool is_short = word == SL_SAYS_INCOMPLETE && is_last;
        outcome next =
            tell(is_short ? SL_SAYS_ERROR : word, sl_buffer_data(&text));

        came = next != WENT_WELL ? next : came;
    }
    sl_buffer_deinit(&text);
    (void)fflush(stdout);
    return word != 0 ? came : LOST;
}

/* --- Completion ------------------------------------------------------------------ */

static char *complete(void *context, const char *typed)
{
    const sl_conversation *conversation = context;
    char *words = NULL;
    sl_buffer text = {0};
    char word;

    if (!sl_conversation_ask(conversation, SL_ASKS_COMPLETE, typed,
                             strlen(typed))) {
        return NULL;
    }
    while ((word = sl_conversation_hear(conversation, &text)) != 0 &&
           word != SL_SAYS_DONE) {
        if (word == SL_SAYS_WORDS) {
            sl_free(words);
            words = sl_strdup(sl_buffer_data(&text));
        }
    }
    sl_buffer_deinit(&text);
    return words;
}

/* --- Many of them ---------------------------------------------------------------- */

/* A file in the folder for what a user's programs remember; NULL: there is no
 * place for it. */
static char *history_path(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    char *path = NULL;
    int n = state != NULL && *state == '/'
                ? asprintf(&path, "%s/sluice/history", state)
            : home != NULL && *home == '/'
                ? asprintf(&path, "%s/.local/state/sluice/history", home)
                : -1;

    if (n < 0) {
        return NULL;
    }
    for (char *slash = strchr(path + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    return path;
}

typedef struct session {
    sl_conversation conversation;
    const sl_options *options;
    char *code; /* what was typed of a chunk; NULL: nothing */
    int exit_code;
} session;

/* Add a line to the chunk. */
static void add(session *s, const char *line)
{
    char *longer;

    if (s->code == NULL) {
        s->code = sl_strdup(line);
    } else if (asprintf(&longer, "%s\n%s", s->code, line) >= 0) {
        sl_free(s->code);
        s->code = longer;
    }
}

static void forget(session *s)
{
    sl_free(s->code);
    s->code = NULL;
}

/* The worker has ended, or was replaced. Who types goes on with another one. */
static bool reconnect(session *s)
{
    sl_conversation_end(&s->conversation);
    fputs("-- the worker is gone: it has ended, or was replaced\n", stderr);
    s->exit_code = SL_EXIT_FAILURE;
    return sl_line_is_terminal() &&
           sl_conversation_begin(&s->conversation, s->options, "console") ==
               SL_EXIT_OK;
}

/* Evaluate what there is of a chunk. False: there is nobody to talk to. */
static bool go_on(session *s, bool is_last)
{
    outcome came = evaluate(&s->conversation, s->code, is_last);

    if (came == INCOMPLETE) {
        return true;
    }
    sl_line_remember(s->code);
    forget(s);
    if (came == FAILED) {
        s->exit_code = SL_EXIT_FAILURE;
    }
    return came != LOST || reconnect(s);
}

/* Without a line: Ctrl-C drops what was typed, the end ends. */
static bool goes_on_without(session *s)
{
    bool interrupted = sl_conversation_was_interrupted();

    if (sl_line_is_terminal()) {
        putchar('\n');
    }
    if (interrupted) {
        forget(s);
    }
    return interrupted;
}

static void talk(session *s)
{
    for (;;) {
        char *line = sl_line_read(s->code == NULL ? first_prompt : next_prompt);
        bool is_over = false;

        if (line == NULL) {
            is_over = !goes_on_without(s);
        } else if (s->code != NULL || line[strspn(line, " \t")] != '\0') {
            add(s, line);
            is_over = !go_on(s, false);
        }
        free(line);
        if (is_over) {
            break;
        }
    }
    if (s->code != NULL && s->conversation.fd >= 0) {
        (void)go_on(s, true);
    }
}

/* The greeting of the worker. */
static void greet(const session *s)
{
    sl_buffer text = {0};

    if (sl_conversation_hear(&s->conversation, &text) == SL_SAYS_HELLO &&
        sl_line_is_terminal()) {
        printf("%s\nhelp() helps, Ctrl-D leaves\n", sl_buffer_data(&text));
    }
    sl_buffer_deinit(&text);
}

int sl_command_repl(const sl_options *options)
{
    session s = {.options = options};
    int code = sl_conversation_begin(&s.conversation, options, "console");
    char *history;

    if (code != SL_EXIT_OK) {
        return code;
    }
    greet(&s);
    if (options->evaluate != NULL) {
        add(&s, options->evaluate);
        (void)go_on(&s, true);
    } else {
        history = sl_line_is_terminal() ? history_path() : NULL;
        sl_line_open(history, complete, &s.conversation);
        talk(&s);
        /* A terminal shows what failed; a script has to be told. */
        s.exit_code = sl_line_is_terminal() ? SL_EXIT_OK : s.exit_code;
        sl_free(history);
    }
    forget(&s);
    sl_conversation_end(&s.conversation);
    return s.exit_code;
}
