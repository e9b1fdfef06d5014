/* sluice test: the specs of an app, once, or again after each change. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "server/commands.h"
#include "server/watch.h"
#include "testing/testing.h"

enum { LOOK_US = 200 * 1000 };

int sl_command_test(const sl_options *options)
{
    sl_testing testing = {
        .settings = &options->settings,
        .files = (const char *const *)options->operands,
        .rest = options->rest,
    };
    char *error;
    int code;

    if (sl_testing_run(&testing, &code, &error) < 0) {
        fprintf(stderr, "sluice: %s\n", error);
        free(error);
        return SL_EXIT_FAILURE;
    }
    return code;
}

/* --- --watch ---------------------------------------------------------------- */

/* Owned by the caller. */
static char **without_watch(char *const *own)
{
    size_t count = 0;
    char **arguments;
    size_t n = 0;

    while (own[count] != NULL) {
        count++;
    }
    arguments = sl_calloc(count + 1, sizeof *arguments);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(own[i], "--") == 0) {
            memcpy(arguments + n, own + i, (count - i) * sizeof *arguments);
            break;
        }
        if (strcmp(own[i], "--watch") != 0) {
            arguments[n++] = own[i];
        }
    }
    return arguments;
}

/* In a process of its own: nothing of one run is left for the next. Its exit
 * code; negative when it was none. */
static int run_apart(char *const *arguments)
{
    pid_t pid;
    pid_t rc;
    int status;

    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        execv("/proc/self/exe", arguments);
        perror("sluice");
        _exit(SL_EXIT_FAILURE);
    }
    do {
        rc = waitpid(pid, &status, 0);
    } while (rc < 0 && errno == EINTR);
    return rc > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Scripts that change while specs run are seen afterwards; of other files, which
 * specs may write themselves, those that change later. */
static void await_change(uint64_t scripts_before)
{
    uint64_t before = sl_watch_look(NULL);

    puts("\nwatching: the specs run again when a file changes; Ctrl-C ends");
    (void)fflush(stdout);
    while (sl_watch_look(".lua") == scripts_before &&
           sl_watch_look(NULL) == before) {
        usleep(LOOK_US);
    }
    puts("");
}

bool sl_command_wants_watch(char *const *arguments)
{
    for (; *arguments != NULL && strcmp(*arguments, "--") != 0; arguments++) {
        if (strcmp(*arguments, "--watch") == 0) {
            return true;
        }
    }
    return false;
}

int sl_command_test_watch(char *const *arguments)
{
    char **run = without_watch(arguments);
    uint64_t scripts = sl_watch_look(".lua");

    while (run_apart(run) != SL_EXIT_USAGE) {
        await_change(scripts);
        scripts = sl_watch_look(".lua");
    }
    sl_free(run);
    return SL_EXIT_USAGE;
}
