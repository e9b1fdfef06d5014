#include "worker/signals.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* How long a signal may go unheard before the next one ends the process. */
enum { DEAF_S = 1 };

/* A signal handler is given no context, so its state is the one mutable
 * global of the program. `number` is the signal that nobody has taken yet. */
static struct {
    volatile sig_atomic_t number;
    volatile time_t since;
    uv_async_t *volatile wake;
    volatile bool alone;
} unheard;

/* Runs between any two instructions: only what is async-signal-safe. */
static void on_signal(int number)
{
    uv_async_t *wake = unheard.wake;
    int saved = errno;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (unheard.number == 0) {
        unheard.since = now.tv_sec;
        unheard.number = number;
    } else if (unheard.alone && now.tv_sec - unheard.since > DEAF_S) {
        static const char text[] = "sluice: a handler blocks the loop: ended "
                                   "by a second signal\n";

        (void)!write(STDERR_FILENO, text, sizeof text - 1);
        _exit(1);
    }
    if (wake != NULL) {
        uv_async_send(wake);
    }
    errno = saved;
}

/* What is ignored stays so in the programs that a script starts; what is
 * caught does not. */
static void on_nothing(int number)
{
}

static void catch (int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGINT);
    (void)sigaction(number, &action, NULL);
}

void sl_signals_start(uv_loop_t *loop, uv_async_t *handle, uv_async_cb on_stop,
                      bool alone)
{
    uv_async_init(loop, handle, on_stop);
    unheard.number = 0;
    unheard.wake = handle;
    unheard.alone = alone;
    catch (SIGTERM, on_signal);
    catch (SIGINT, alone ? on_signal : on_nothing);
    if (!alone) {
        catch (SIGHUP, on_nothing);
    }
    /* sendfile has no flag that keeps it from raising this one. */
    catch (SIGPIPE, on_nothing);
    /* A file above the limit of the process shall be an error of its write. */
    catch (SIGXFSZ, on_nothing);
}

const char *sl_signals_take(void)
{
    const char *name = unheard.number == SIGINT ? "SIGINT" : "SIGTERM";

    unheard.number = 0;
    return name;
}

void sl_signals_stop(void)
{
    unheard.wake = NULL;
    unheard.number = 0;
}
