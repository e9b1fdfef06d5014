#include "supervisor/reload.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "script/sources.h"
#include "supervisor/supervisor.h"
#include "worker/channel.h"

/* --- The outcome -------------------------------------------------------------- */

void sl_reload_drop(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

void sl_reload_finish(sl_supervisor *supervisor, const char *error)
{
    sl_reload *reload = &supervisor->reload;

    uv_timer_stop(&reload->deadline);
    reload->phase = SL_RELOAD_IDLE;
    sl_outcome_set(&reload->outcome, error, reload->why,
                   uv_now(&supervisor->loop) - reload->began_ms);
    reload->why = NULL;
    if (error != NULL && reload->stands_in) {
        sl_log_line(supervisor->log, SL_LOG_ERROR,
                    "the app still does not start: %s", error);
    } else {
        sl_outcome_log(&reload->outcome, supervisor->log,
                       "all workers serve the new version");
        reload->stands_in = false;
    }
    if (error != NULL && supervisor->settings->script.development) {
        sl_children_tell(supervisor, SL_TOLD_TROUBLE, error);
    }
    if (!reload->again) { /* who asked meanwhile means the next one */
        sl_control_tell_waiting(&supervisor->control, &reload->outcome);
    }
    sl_reload_watch(reload);
}

/* --- Probing ------------------------------------------------------------------ */

static void start_workers(sl_supervisor *supervisor)
{
    supervisor->reload.serves = true;
    sl_supervisor_start_workers(supervisor);
}

/* Nobody changes any more what it has read. */
static int take_candidate(const sl_reload *reload)
{
    return sl_sources_seal_record(reload->tried) == SL_OK
               ? fcntl(reload->tried, F_DUPFD_CLOEXEC, 0)
               : -1;
}

/* While an app is written the next save may mend it; in production there is
 * nothing to wait for. */
void sl_reload_fail_to_start(sl_supervisor *supervisor, const char *error)
{
    const sl_settings *settings = supervisor->settings;

    if (!settings->script.development || settings->watch == SL_WATCH_OFF ||
        !sl_stand_in_start(supervisor, error)) {
        sl_supervisor_fail(supervisor, error);
        return;
    }
    sl_log_line(supervisor->log, SL_LOG_ERROR, "the app does not start: %s",
                error);
    sl_log_line(supervisor->log, SL_LOG_INFO,
                "it is loaded again when one of its files changes");
    sl_reload_watch(&supervisor->reload);
}

void sl_reload_on_probed(sl_supervisor *supervisor, const char *error)
{
    sl_reload *reload = &supervisor->reload;

    if (reload->phase != SL_RELOAD_PROBING || reload->candidate >= 0) {
        return;
    }
    if (reload->is_overtaken) {
        reload->is_overtaken = false;
        reload->phase = SL_RELOAD_IDLE; /* and again, at once */
        return;
    }
    if (error == NULL) {
        reload->candidate = take_candidate(reload);
        if (reload->candidate >= 0) {
            return; /* the probe ends now */
        }
        error = strerror(errno);
    }
    if (supervisor->phase == SL_SUPERVISOR_STARTING) {
        reload->phase = SL_RELOAD_IDLE;
        sl_reload_fail_to_start(supervisor, error);
    } else {
        sl_reload_finish(supervisor, error);
        if (!reload->serves) { /* workers of another life do */
            start_workers(supervisor);
        }
    }
}

/* The probe is gone, or the attempt is over: what comes next? */
void sl_reload_on_settled(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;

    if (reload->phase == SL_RELOAD_PROBING && reload->channel < 0) {
        if (supervisor->phase == SL_SUPERVISOR_STOPPING) {
            reload->phase = SL_RELOAD_IDLE;
        } else if (reload->serves) {
            sl_reload_prepare(supervisor);
        } else {
            reload->phase = SL_RELOAD_IDLE;
            sl_reload_drop(&reload->sources);
            reload->sources = reload->candidate;
            reload->candidate = -1;
            start_workers(supervisor);
            sl_reload_watch(reload);
        }
    } else if (reload->phase == SL_RELOAD_IDLE && reload->again &&
               reload->channel < 0) {
        reload->again = false;
        sl_reload_start(supervisor);
    }
}

void sl_reload_start(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;

    if (supervisor->phase == SL_SUPERVISOR_STOPPING) {
        return;
    }
    if (reload->phase != SL_RELOAD_IDLE || reload->channel >= 0 ||
        (supervisor->phase == SL_SUPERVISOR_STARTING && reload->serves)) {
        reload->again = true;
        return;
    }
    if (*supervisor->app == '\0') {
        sl_reload_finish(supervisor, "there is no app, only handlers in C");
        return;
    }
    sl_watcher_pause(&reload->watcher);
    reload->is_overtaken = false;
    reload->number++;
    reload->began_ms = uv_now(&supervisor->loop);
    reload->phase = SL_RELOAD_PROBING;
    if (sl_probe_start(supervisor)) {
        sl_reload_watch_probe(reload);
    } else {
        sl_reload_on_probed(supervisor, strerror(errno));
    }
}

/* --- Life --------------------------------------------------------------------- */

void sl_reload_init(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;

    *reload =
        (sl_reload){.sources = -1, .tried = -1, .candidate = -1, .channel = -1};
    uv_timer_init(&supervisor->loop, &reload->deadline);
    reload->deadline.data = supervisor;
    sl_reload_watch_init(supervisor);
}

void sl_reload_close(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;

    if (reload->probe > 0) {
        (void)kill(reload->probe, SIGKILL);
    }
    sl_reload_drop(&reload->sources);
    sl_reload_drop(&reload->tried);
    sl_reload_drop(&reload->candidate);
    sl_reload_drop(&reload->channel);
    sl_outcome_deinit(&reload->outcome);
    sl_free(reload->why);
}
