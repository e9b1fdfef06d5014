#include "supervisor/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "supervisor/legacy.h"
#include "supervisor/supervisor.h"

/* --- The question ------------------------------------------------------------- */

static size_t count_arguments(char *const *arguments)
{
    size_t count = 0;

    while (arguments[count] != NULL) {
        count++;
    }
    return count;
}

/* Its list of routes is for nobody; what is wrong goes where our log goes. */
static void ask(char *const *arguments)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (nowhere >= 0) {
        (void)dup2(nowhere, STDOUT_FILENO);
    }
    sl_spawn_reset_signals();
    (void)execvp(arguments[0], arguments);
    _exit(127);
}

void sl_upgrade_start(sl_supervisor *supervisor)
{
    size_t count = count_arguments(supervisor->arguments);
    char **arguments = sl_calloc(count + 1, sizeof *arguments);
    char check[] = "check";
    sigset_t all;
    sigset_t before;

    if (supervisor->phase != SL_SUPERVISOR_RUNNING || supervisor->probe > 0) {
        sl_log_line(supervisor->log, SL_LOG_WARN,
                    "SIGUSR2: not now, the server starts, ends, or is at it");
        sl_free(arguments);
        return;
    }
    memcpy(arguments, supervisor->arguments, count * sizeof *arguments);
    arguments[1] = check;
    sl_log_line(supervisor->log, SL_LOG_INFO,
                "SIGUSR2: asking %s whether it can go on", arguments[0]);
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    supervisor->probe = fork();
    if (supervisor->probe == 0) {
        ask(arguments);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    sl_free(arguments);
}

/* --- The step ----------------------------------------------------------------- */

/* The next life loads the app anyway, but does not know who has asked for it. */
static void release_who_waits(sl_supervisor *supervisor)
{
    sl_control_refuse_waiting(
        &supervisor->control,
        "another binary takes over, and loads the app: ask again");
}

/* Returns only when it failed. Signals wait until the next life listens. */
static void go_on(sl_supervisor *supervisor)
{
    sigset_t all;
    sigset_t before;
    int fd = sl_legacy_leave(supervisor);

    if (fd >= 0) {
        sigfillset(&all);
        (void)sigprocmask(SIG_SETMASK, &all, &before);
        release_who_waits(supervisor);
        (void)execvp(supervisor->arguments[0], supervisor->arguments);
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
    }
    sl_log_line(supervisor->log, SL_LOG_ERROR, "cannot execute %s: %s",
                supervisor->arguments[0], strerror(errno));
    sl_legacy_keep(supervisor, fd);
}

bool sl_upgrade_on_exit(sl_supervisor *supervisor, pid_t pid, int status)
{
    if (pid != supervisor->probe) {
        return false;
    }
    supervisor->probe = 0;
    if (supervisor->phase != SL_SUPERVISOR_RUNNING) {
        return true;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        go_on(supervisor);
    } else {
        sl_log_line(supervisor->log, SL_LOG_ERROR,
                    "%s cannot go on: it refuses the app or the command line; "
                    "nothing has changed",
                    supervisor->arguments[0]);
    }
    return true;
}
