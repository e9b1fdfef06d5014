/* Starting a worker: this binary again, with descriptors in the places where a
 * worker looks for them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "supervisor/supervisor.h"
#include "worker/link.h"

/* The binary that runs, also when another one has taken its name. */
static const char self[] = "/proc/self/exe";

void sl_spawn_reset_signals(void)
{
    struct sigaction action;
    sigset_t none;

    for (int number = 1; number < NSIG; number++) {
        if (sigaction(number, NULL, &action) == 0 &&
            action.sa_handler != SIG_IGN) {
            action = (struct sigaction){.sa_handler = SIG_DFL};
            (void)sigaction(number, &action, NULL);
        }
    }
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Copies above all places first, so that none is overwritten before it was
 * moved. `fds` is the child's own. */
static bool place_descriptors(int *fds, size_t count)
{
    int top = SL_INHERITED_CHANNEL + (int)count;

    for (size_t i = 0; i < count; i++) {
        fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, top);
        if (fds[i] < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (dup2(fds[i], SL_INHERITED_CHANNEL + (int)i) < 0) {
            return false;
        }
    }
    return true;
}

pid_t sl_spawn_worker(const char *app, uint32_t slot, int *fds, size_t count)
{
    char number[16];
    char sockets[16];
    const char *arguments[] = {"sluice", "worker", number, sockets, app, NULL};
    sigset_t all;
    sigset_t before;
    pid_t pid;

    (void)snprintf(number, sizeof number, "%u", slot);
    (void)snprintf(sockets, sizeof sockets, "%zu",
                   count - (SL_INHERITED_SOCKETS - SL_INHERITED_CHANNEL));
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    pid = fork();
    if (pid == 0) {
        if (place_descriptors(fds, count)) {
            sl_spawn_reset_signals();
            (void)execv(self, (char *const *)arguments);
        }
        _exit(127);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}
