/* Workers that are in one turn for too long: asked where they are, asked again,
 * and killed, so that another one takes their place. */
#include <inttypes.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/supervisor.h"

enum {
    PARTS = 8,         /* looks at a worker in the time that it gets */
    LONGEST_MS = 1000, /* between two looks */
    SHORTEST_MS = 10,
    ANSWER_MS = 1000 /* what it gets to answer, twice */
};

/* To the thread that runs scripts, not to one that reads files for it. */
static void signal_main_thread(const sl_child *child, int number)
{
    (void)syscall(SYS_tgkill, child->pid, child->pid, number);
}

static void ask(sl_child *child)
{
    sl_log_line(child->supervisor->log, SL_LOG_WARN,
                "worker %u (pid %d) has been in one turn of its loop for "
                "%" PRIu64 " ms: where?",
                child->slot, (int)child->pid, child->stuck_ms);
    sl_heartbeat_show(child->page->asked, child->seen_turn);
    signal_main_thread(child, SIGPROF);
}

static void end(sl_child *child)
{
    sl_supervisor *supervisor = child->supervisor;
    char ids[SL_HEARTBEAT_IDS * SL_HEARTBEAT_ID_SIZE];

    sl_heartbeat_last_ids(child->page, SL_HEARTBEAT_IDS, ids);
    sl_log_line(supervisor->log, SL_LOG_ERROR,
                "worker %u (pid %d) is stuck: it is killed%s%s", child->slot,
                (int)child->pid, *ids != '\0' ? "; its last requests: " : "",
                ids);
    child->told = true;
    (void)kill(child->pid, SIGKILL);
    if (supervisor->phase == SL_SUPERVISOR_STARTING) {
        sl_reload_fail_to_start(supervisor,
                                "the app does not stop loading: the "
                                "log says where it is");
    }
}

static void enter(sl_child *child, sl_watch stage)
{
    child->watch = stage;
    child->watch_ms = 0;
}

static void go_on(sl_child *child)
{
    bool answered = sl_heartbeat_see(child->page->answered) == child->seen_turn;

    switch (child->watch) {
    case SL_WATCH_FINE:
        if (child->stuck_ms >= child->supervisor->settings->watchdog_ms) {
            ask(child);
            enter(child, SL_WATCH_ASKED);
        }
        break;
    case SL_WATCH_ASKED:
        if (answered) {
            end(child);
            enter(child, SL_WATCH_ENDED);
        } else if (child->watch_ms >= ANSWER_MS) {
            signal_main_thread(child, SIGXCPU);
            enter(child, SL_WATCH_INSISTED);
        }
        break;
    case SL_WATCH_INSISTED:
        if (answered || child->watch_ms >= ANSWER_MS) {
            end(child);
            enter(child, SL_WATCH_ENDED);
        }
        break;
    case SL_WATCH_ENDED:
        break;
    }
}

/* Time counts only as far as we were awake ourselves: after a machine has slept,
 * nobody has been stuck. */
static void look(sl_child *child, uint64_t passed_ms)
{
    uint64_t turn = sl_heartbeat_see(child->page->turn);
    bool runs = turn % 2 == 1 && !sl_heartbeat_see(child->page->debugged);

    if (!runs || turn != child->seen_turn) {
        child->seen_turn = turn;
        child->stuck_ms = 0;
        enter(child, SL_WATCH_FINE);
        return;
    }
    child->stuck_ms += passed_ms;
    child->watch_ms += passed_ms;
    go_on(child);
}

static void on_look(uv_timer_t *handle)
{
    sl_supervisor *supervisor = handle->data;
    sl_list *next;

    for (sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = next) {
        next = link->next;
        look(SL_CONTAINER(link, sl_child, link), uv_timer_get_repeat(handle));
    }
}

void sl_watchdog_start(sl_supervisor *supervisor)
{
    uint64_t every_ms = supervisor->settings->watchdog_ms / PARTS;

    if (supervisor->settings->watchdog_ms == 0) {
        return;
    }
    every_ms = every_ms < SHORTEST_MS ? SHORTEST_MS : every_ms;
    every_ms = every_ms > LONGEST_MS ? LONGEST_MS : every_ms;
    supervisor->watchdog.data = supervisor;
    uv_timer_start(&supervisor->watchdog, on_look, every_ms, every_ms);
}
