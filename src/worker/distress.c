#include "worker/distress.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "script/stack.h"
#include "worker/worker.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#endif

/* A signal handler is given no context. */
static const sl_worker *volatile distressed;

/* --- Asked ------------------------------------------------------------------ */

/* Only who was asked in this very turn is meant: an answer may come late. */
static bool is_asked(const sl_heartbeat *page)
{
    uint64_t asked = sl_heartbeat_see(page->asked);

    return asked != 0 && asked == sl_heartbeat_see(page->turn);
}

static void answer(sl_heartbeat *page)
{
    sl_heartbeat_show(page->answered, sl_heartbeat_see(page->turn));
}

static void on_stack(void *context, const char *lines, size_t len)
{
    sl_worker *worker = context;

    if (!is_asked(worker->heartbeat)) {
        return;
    }
    while (len > 0 && lines[len - 1] == '\n') {
        len--;
    }
    sl_log_line(worker->log, SL_LOG_ERROR, "this script does not wait:\n%.*s",
                (int)len, lines);
    answer(worker->heartbeat);
}

/* --- Signals ---------------------------------------------------------------- */

/* Of whichever version runs: there is nothing to write of the others. */
static void write_stack(const char *title, size_t len)
{
    const sl_worker *worker = distressed;

    if (worker == NULL) {
        return;
    }
    (void)!write(worker->log->fd, title, len);
    for (const sl_list *link = worker->generations.next;
         link != &worker->generations; link = link->next) {
        sl_stack_write(SL_CONTAINER(link, sl_generation, link)->script,
                       worker->log->fd);
    }
}

static void on_insistence(int number)
{
    static const char title[] =
        "sluice: this script is in a call of C, or not the current version:\n";
    const sl_worker *worker = distressed;

    if (worker != NULL && is_asked(worker->heartbeat)) {
        write_stack(title, sizeof title - 1);
        answer(worker->heartbeat);
    }
}

static void catch (int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

#ifdef HAS_SANITIZER

/* It says more than we can. */
static void catch_crashes(void)
{
}

#else

/* What happens after it returns ends the process as if nobody had listened. */
static void on_crash(int number)
{
    static const char title[] = "sluice: a crash, called from:\n";

    write_stack(title, sizeof title - 1);
    (void)raise(number);
}

/* The stack may be what has overflowed. */
static void catch_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    static char stack[64 * 1024];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};

    (void)sigaltstack(&other, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        catch (signals[i], on_crash, SA_RESETHAND | SA_ONSTACK);
    }
}

#endif

/* --- Life ------------------------------------------------------------------- */

/* For the supervisor, for lua_memory, for Ctrl-C in a console, or for a profile. */
static bool wants_stacks(const sl_worker *worker)
{
    const sl_settings *settings = worker->settings;
    bool is_supervised = worker->heartbeat != &worker->own_heartbeat;

    return (is_supervised && settings->watchdog_ms > 0) ||
           settings->script.memory_bytes > 0 || settings->script.development ||
           settings->console || worker->is_sampled;
}

void sl_distress_start(sl_worker *worker)
{
    const sl_settings *settings = worker->settings;
    bool is_supervised = worker->heartbeat != &worker->own_heartbeat;
    bool is_guarded = is_supervised && settings->watchdog_ms > 0;

    if (worker->owner != NULL) {
        return; /* the process and its signals are somebody else's */
    }
    if (is_supervised) {
        distressed = worker;
        catch_crashes();
    }
    if (is_guarded) {
        catch (SIGXCPU, on_insistence, SA_RESTART);
    }
    if (wants_stacks(worker)) {
        sl_stack_watch(worker->script, on_stack, worker);
    }
}

void sl_distress_look_again(sl_worker *worker)
{
    if (wants_stacks(worker) != sl_stack_is_watched(worker->script)) {
        sl_distress_stop(worker);
        sl_distress_start(worker);
    }
}

void sl_distress_stop(sl_worker *worker)
{
    if (worker->script != NULL) {
        sl_stack_unwatch(worker->script);
    }
    if (distressed == worker) {
        distressed = NULL;
    }
}
