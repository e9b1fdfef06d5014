/* How a process ended, and who is told of it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/buffer.h"
#include "supervisor/supervisor.h"
#include "supervisor/upgrade.h"

static void describe(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status)) {
        (void)snprintf(text, size, "was ended by signal %d (%s)",
                       WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) == 0) {
        (void)snprintf(text, size, "has ended");
    } else {
        (void)snprintf(text, size, "ended with exit code %d",
                       WEXITSTATUS(status));
    }
}

static void fail_to_start(sl_child *child, const char *how)
{
    sl_buffer text = {0};

    sl_buffer_printf(&text, "a worker %s while it loaded %s", how,
                     child->supervisor->app);
    sl_buffer_append(&text, "", 1);
    sl_reload_fail_to_start(child->supervisor, sl_buffer_data(&text));
    sl_buffer_deinit(&text);
}

/* Who was asked to go and went is no news. */
static void report(sl_child *child, int status)
{
    sl_supervisor *supervisor = child->supervisor;
    bool asked = child->state == SL_CHILD_LEAVING ||
                 supervisor->phase == SL_SUPERVISOR_STOPPING;
    bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    char ids[SL_HEARTBEAT_IDS * SL_HEARTBEAT_ID_SIZE];
    char how[64];

    supervisor->deaths += !asked;
    if (child->told || (asked && well)) {
        return;
    }
    describe(status, how, sizeof how);
    if (supervisor->phase == SL_SUPERVISOR_STARTING) {
        fail_to_start(child, how);
        return;
    }
    sl_heartbeat_last_ids(child->page, SL_HEARTBEAT_IDS, ids);
    sl_log_line(supervisor->log, well ? SL_LOG_WARN : SL_LOG_ERROR,
                "worker %u (pid %d) %s%s%s%s", child->slot, (int)child->pid,
                how, child->state == SL_CHILD_LOADING ? " while it loaded" : "",
                *ids != '\0' ? "; its last requests: " : "", ids);
}

static void bury(sl_child *child, int status)
{
    sl_supervisor *supervisor = child->supervisor;

    sl_child_listen(child); /* its last words */
    if (child->board != NULL) {
        sl_board_add(supervisor->departed, child->board, false);
    }
    report(child, status);
    sl_reload_on_death(child);
    sl_slot_on_death(&supervisor->slots[child->slot], child);
    sl_child_free(child);
    sl_supervisor_look_at_end(supervisor);
}

static sl_child *find(sl_supervisor *supervisor, pid_t pid)
{
    for (sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        sl_child *child = SL_CONTAINER(link, sl_child, link);

        if (child->pid == pid) {
            return child;
        }
    }
    return NULL;
}

/* As process 1 we are also told of what scripts have started and left behind:
 * those are let go. */
void sl_children_reap(sl_supervisor *supervisor)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        sl_child *child = find(supervisor, pid);

        if (child != NULL) {
            bury(child, status);
        } else if (!sl_reload_on_exit(supervisor, pid, status)) {
            (void)sl_upgrade_on_exit(supervisor, pid, status);
        }
    }
}
