#include "supervisor/reload.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
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

static const char failed[] =
    "the reload failed, and the version before serves on";

static void tell_log(const sl_supervisor *supervisor)
{
    const sl_reload *reload = &supervisor->reload;

    if (reload->error != NULL) {
        sl_log_line(supervisor->log, SL_LOG_ERROR, "%s: %s", failed,
                    reload->error);
    } else {
        sl_log_line(supervisor->log, SL_LOG_INFO,
                    "reloaded: all workers serve the new version, after "
                    "%" PRIu64 " ms",
                    uv_now(&supervisor->loop) - reload->began_ms);
    }
}

/* Who has asked while one was under way means the next one. */
static void tell_who_waits(sl_supervisor *supervisor)
{
    const sl_reload *reload = &supervisor->reload;
    sl_buffer text = {0};

    if (reload->again) {
        return;
    }
    if (reload->error != NULL) {
        sl_buffer_printf(&text, "error: %s: %s\n", failed, reload->error);
    } else {
        sl_buffer_printf(&text, "reloaded\n");
    }
    sl_buffer_append(&text, "", 1);
    sl_control_tell_waiting(&supervisor->control, sl_buffer_data(&text));
    sl_admin_tell(&supervisor->admin, reload->error);
    sl_buffer_deinit(&text);
}

void sl_reload_finish(sl_supervisor *supervisor, const char *error)
{
    sl_reload *reload = &supervisor->reload;

    uv_timer_stop(&reload->deadline);
    reload->phase = SL_RELOAD_IDLE;
    sl_free(reload->error);
    reload->error = error != NULL ? sl_strdup(error) : NULL;
    *(error != NULL ? &reload->failed : &reload->succeeded) += 1;
    tell_log(supervisor);
    tell_who_waits(supervisor);
}

/* --- Probing ------------------------------------------------------------------ */

void sl_reload_on_probed(sl_supervisor *supervisor, int sources,
                         const char *error)
{
    sl_reload *reload = &supervisor->reload;

    if (reload->phase != SL_RELOAD_PROBING || reload->candidate >= 0) {
        sl_reload_drop(&sources);
        return;
    }
    reload->candidate = sources;
    if (error == NULL) {
        return; /* the probe ends now */
    }
    if (supervisor->phase == SL_SUPERVISOR_STARTING) {
        reload->phase = SL_RELOAD_IDLE;
        sl_supervisor_fail(supervisor, error);
    } else {
        sl_reload_finish(supervisor, error);
        if (reload->sources < 0) { /* workers of another life serve */
            sl_supervisor_start_workers(supervisor);
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
        } else if (reload->sources >= 0) {
            sl_reload_prepare(supervisor);
        } else {
            reload->phase = SL_RELOAD_IDLE;
            reload->again = false;
            reload->sources = reload->candidate;
            reload->candidate = -1;
            sl_supervisor_start_workers(supervisor);
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
        (supervisor->phase == SL_SUPERVISOR_STARTING && reload->sources >= 0)) {
        reload->again = true;
        return;
    }
    if (*supervisor->app == '\0') {
        sl_reload_finish(supervisor, "there is no app, only handlers in C");
        return;
    }
    reload->number++;
    reload->began_ms = uv_now(&supervisor->loop);
    reload->phase = SL_RELOAD_PROBING;
    if (!sl_probe_start(supervisor)) {
        sl_reload_on_probed(supervisor, -1, strerror(errno));
    }
}

/* --- Life --------------------------------------------------------------------- */

void sl_reload_init(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;

    *reload = (sl_reload){.sources = -1, .candidate = -1, .channel = -1};
    uv_timer_init(&supervisor->loop, &reload->deadline);
    reload->deadline.data = supervisor;
}

void sl_reload_close(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;

    if (reload->probe > 0) {
        (void)kill(reload->probe, SIGKILL);
    }
    sl_reload_drop(&reload->sources);
    sl_reload_drop(&reload->candidate);
    sl_reload_drop(&reload->channel);
    sl_free(reload->error);
}
