#include "worker/watcher.h"

#include <stdio.h>
#include <string.h>

enum {
    QUIET_MS = 10,     /* nothing more happens: now it can be looked at */
    MOST_MS = 1000,    /* of waiting for that */
    PATIENCE_MS = 150, /* for a file that is being written to have bytes */
    WHAT = 512
};

static void on_timer(uv_timer_t *handle);

static void look_in(sl_watcher *watcher, uint64_t ms)
{
    uv_timer_start(&watcher->timer, on_timer, ms, 0);
}

void sl_watcher_notice(sl_watcher *watcher)
{
    uint64_t now = uv_now(watcher->loop);

    if (!watcher->is_armed) {
        return;
    }
    if (!watcher->is_noticed) {
        watcher->is_noticed = true;
        watcher->noticed_ms = now;
    } else if (now - watcher->noticed_ms > MOST_MS) {
        return; /* the timer is set, and stays so */
    }
    look_in(watcher, QUIET_MS);
}

/* --- A look ------------------------------------------------------------------- */

static void tell(sl_watcher *watcher, const sl_difference *found)
{
    char what[WHAT];

    if (found->count == 1) {
        (void)snprintf(what, sizeof what, "%s has changed", found->path);
    } else {
        (void)snprintf(what, sizeof what, "%s and %zu more have changed",
                       found->path, found->count - 1);
    }
    sl_watcher_pause(watcher);
    watcher->on_change(watcher->context, what);
}

/* One that is found by polling may still be written to. */
static bool is_too_early(sl_watcher *watcher, const sl_difference *found)
{
    if (watcher->mode == SL_WATCH_POLL && !watcher->is_noticed) {
        sl_watcher_notice(watcher);
        return true;
    }
    if (found->fades && !watcher->is_patient) {
        watcher->is_patient = true;
        look_in(watcher, PATIENCE_MS);
        return true;
    }
    return false;
}

static void on_timer(uv_timer_t *handle)
{
    sl_watcher *watcher = handle->data;
    sl_difference found;

    if (watcher->mode == SL_WATCH_ON) {
        sl_watcher_arm(watcher);
    }
    found = sl_watched_compare(&watcher->watched);
    if (found.path != NULL && is_too_early(watcher, &found)) {
        return;
    }
    watcher->is_noticed = false;
    watcher->is_patient = false;
    if (found.path != NULL) {
        tell(watcher, &found);
    } else if (watcher->mode == SL_WATCH_POLL) {
        look_in(watcher, watcher->interval_ms);
    }
}

/* --- Life --------------------------------------------------------------------- */

void sl_watcher_init(sl_watcher *watcher, uv_loop_t *loop, const sl_log *log,
                     const sl_settings *settings,
                     sl_watcher_on_change *on_change, void *context)
{
    *watcher = (sl_watcher){
        .loop = loop,
        .log = log,
        .mode = (sl_watch_mode)settings->watch,
        .interval_ms = settings->watch_interval_ms,
        .on_change = on_change,
        .context = context,
    };
    sl_list_init(&watcher->folders);
    uv_timer_init(loop, &watcher->timer);
    watcher->timer.data = watcher;
}

void sl_watcher_pause(sl_watcher *watcher)
{
    watcher->is_armed = false;
    uv_timer_stop(&watcher->timer);
}

void sl_watcher_take(sl_watcher *watcher, const sl_sources *sources)
{
    if (watcher->mode == SL_WATCH_OFF) {
        return;
    }
    sl_watched_take(&watcher->watched, sources);
    watcher->is_armed = true;
    watcher->is_noticed = false;
    watcher->is_patient = false;
    sl_watcher_notice(watcher);
}

void sl_watcher_close(sl_watcher *watcher)
{
    watcher->is_armed = false;
    sl_watcher_disarm(watcher);
    sl_watched_deinit(&watcher->watched);
    uv_close((uv_handle_t *)&watcher->timer, NULL);
}
