#include "server/line.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/memory.h"

enum { MOST_HISTORY = 1000 };

typedef char **complete_fn(const char *word, int start, int end);
typedef char *next_fn(const char *word, int state);

/* What is used of libedit, by the names that it has there. It is loaded only
 * when somebody types: a server does not carry it. */
static struct editor {
    char *(*readline)(const char *prompt);
    int (*add_history)(const char *line);
    int (*read_history)(const char *file);
    int (*write_history)(const char *file);
    int (*stifle_history)(int most);
    char **(*rl_completion_matches)(const char *word, next_fn *next);
    complete_fn **rl_attempted_completion_function;
    const char **rl_basic_word_break_characters;
    char **rl_line_buffer;
    int *rl_completion_append_character;
} editor;

static bool is_loaded;
static const char *history_file;
static sl_line_complete *find_words;
static void *complete_context;

/* --- Completion ------------------------------------------------------------------ */

/* The words of one completion, and how far they have been told. */
static char *offered;
static char *rest;

static char *next_offered(const char *word, int state)
{
    const char *line = strsep(&rest, "\n");

    return line != NULL && *line != '\0' ? strdup(line) : NULL;
}

static char **offer(const char *word, int start, int end)
{
    char *text = strndup(*editor.rl_line_buffer, (size_t)end);
    char **matches = NULL;

    sl_free(offered);
    offered = text != NULL ? find_words(complete_context, text) : NULL;
    rest = offered;
    *editor.rl_completion_append_character = '\0';
    if (offered != NULL && *offered != '\0') {
        matches = editor.rl_completion_matches(word, next_offered);
    }
    free(text);
    return matches;
}

/* --- The library ----------------------------------------------------------------- */

static void *open_library(void)
{
    static const char *const names[] = {"libedit.so.2", "libedit.so.0",
                                        "libedit.so"};
    void *library = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && library == NULL;
         i++) {
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    return library;
}

/* POSIX lets a pointer of dlsym be one to a function; C does not convert it. */
static bool find(void *library, const char *name, void *pointer)
{
    void *found = dlsym(library, name);

    memcpy(pointer, &found, sizeof found);
    return found != NULL;
}

static bool load(void)
{
    void *library = open_library();

    return library != NULL && find(library, "readline", &editor.readline) &&
           find(library, "add_history", &editor.add_history) &&
           find(library, "read_history", &editor.read_history) &&
           find(library, "write_history", &editor.write_history) &&
           find(library, "stifle_history", &editor.stifle_history) &&
           find(library, "rl_completion_matches",
                &editor.rl_completion_matches) &&
           find(library, "rl_attempted_completion_function",
                &editor.rl_attempted_completion_function) &&
           find(library, "rl_basic_word_break_characters",
                &editor.rl_basic_word_break_characters) &&
           find(library, "rl_line_buffer", &editor.rl_line_buffer) &&
           find(library, "rl_completion_append_character",
                &editor.rl_completion_append_character);
}

bool sl_line_is_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

void sl_line_open(const char *history, sl_line_complete *complete,
                  void *context)
{
    find_words = complete;
    complete_context = context;
    is_loaded = sl_line_is_terminal() && load();
    if (!is_loaded) {
        return;
    }
    *editor.rl_attempted_completion_function = offer;
    /* A word is all of `req.headers`. */
    *editor.rl_basic_word_break_characters = " \t\n\"'`@$><=;|&{}()[]+-*/%^,#~";
    editor.stifle_history(MOST_HISTORY);
    history_file = history;
    if (history != NULL) {
        (void)editor.read_history(history); /* there may be none yet */
    }
}

void sl_line_remember(const char *text)
{
    if (is_loaded && *text != '\0') {
        editor.add_history(text);
        if (history_file != NULL) {
            (void)editor.write_history(history_file);
        }
    }
}

static char *read_plain(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len = getline(&line, &size, stdin);

    if (len < 0) {
        clearerr(stdin); /* after a signal there may be more */
        free(line);
        return NULL;
    }
    if (line[len - 1] == '\n') {
        line[len - 1] = '\0';
    }
    return line;
}

char *sl_line_read(const char *prompt)
{
    if (is_loaded) {
        return editor.readline(prompt);
    }
    if (sl_line_is_terminal()) {
        fputs(prompt, stdout);
        (void)fflush(stdout);
    }
    return read_plain();
}
