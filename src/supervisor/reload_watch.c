/* A reload that begins because a file has changed. */
#include <signal.h>

#include "base/memory.h"
#include "script/sources.h"
#include "supervisor/supervisor.h"

/* A probe that takes longer is slow. */
enum { SLOW_MS = 300 };

static void on_change(void *context, const char *what)
{
    sl_supervisor *supervisor = context;
    sl_reload *reload = &supervisor->reload;

    sl_log_line(sl_log_of(supervisor->log, SL_LOG_RELOAD), SL_LOG_DEBUG,
                "%s: reloading", what);
    sl_free(reload->why);
    reload->why = sl_strdup(what);
    if (reload->phase == SL_RELOAD_PROBING && reload->candidate < 0) {
        reload->is_overtaken = true;
        (void)kill(reload->probe, SIGKILL);
    }
    sl_reload_start(supervisor);
}

void sl_reload_watch(sl_reload *reload)
{
    sl_sources *sources =
        reload->tried >= 0 ? sl_sources_open(reload->tried) : NULL;

    sl_watcher_take(&reload->watcher, sources);
    sl_sources_unref(sources);
}

static void on_slow(uv_timer_t *handle)
{
    sl_reload *reload = handle->data;

    if (reload->phase == SL_RELOAD_PROBING) {
        sl_reload_watch(reload);
    }
}

void sl_reload_watch_probe(sl_reload *reload)
{
    uv_timer_start(&reload->slow, on_slow, SLOW_MS, 0);
}

void sl_reload_watch_init(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;

    uv_timer_init(&supervisor->loop, &reload->slow);
    reload->slow.data = reload;
    sl_watcher_init(&reload->watcher, &supervisor->loop,
                    sl_log_of(supervisor->log, SL_LOG_RELOAD),
                    supervisor->settings, on_change, supervisor);
}

void sl_reload_unwatch(sl_supervisor *supervisor)
{
    sl_watcher_close(&supervisor->reload.watcher);
}
