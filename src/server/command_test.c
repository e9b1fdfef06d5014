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

static int run(const sl_options *options)
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

/* Our own arguments without "--watch": owned by the caller. */
static char **arguments_of_run(char *const *own)
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
        if (strcmp(own[i], "--watch") != 0 &&
            strncmp(own[i], "--watch=", 8) != 0) {
            arguments[n++] = own[i];
        }
    }
    return arguments;
}

/* In a process of its own: nothing of one run is left for the next. */
static sl_status run_apart(char *const *arguments)
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
    if (pid < 0) {
        return SL_ESYSTEM;
    }
    do {
        rc = waitpid(pid, &status, 0);
    } while (rc < 0 && errno == EINTR);
    return SL_OK;
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

static int watch(const sl_options *options)
{
    char **arguments = arguments_of_run(options->process_arguments);
    uint64_t scripts = sl_watch_look(".lua");

    while (run_apart(arguments) == SL_OK) {
        await_change(scripts);
        scripts = sl_watch_look(".lua");
    }
    perror("sluice: cannot start a process");
    sl_free(arguments);
    return SL_EXIT_FAILURE;
}

int sl_command_test(const sl_options *options)
{
    return options->watch ? watch(options) : run(options);
}
