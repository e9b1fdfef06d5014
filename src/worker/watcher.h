/* Tells when an app has to be loaded again: when one of the files that were read
 * while it was loaded has changed, or one that was missing is there.
 *
 * The system says (inotify, through libuv) that something has happened in a
 * folder; whether that matters is found by comparing the files with what was
 * loaded, when nothing more has happened for a moment. A burst is one change,
 * and what ends as it was is none. With SL_WATCH_POLL, for file systems that
 * tell nothing, they are compared from time to time instead.
 *
 *   take -> WATCHING -> on_change -> (nothing is told) -> take -> ...
 *
 * What changes between on_change and the next take is not lost: take compares.
 *
 * Threads:   the loop's.
 * Ownership: who embeds the watcher keeps it until its loop has turned after
 *            sl_watcher_close.
 */
#ifndef SLUICE_WORKER_WATCHER_H
#define SLUICE_WORKER_WATCHER_H

#include <uv.h>

#include "base/list.h"
#include "base/log.h"
#include "settings/settings.h"
#include "worker/watched.h"

/* `what` says for people which files have changed. */
typedef void sl_watcher_on_change(void *context, const char *what);

typedef struct sl_watcher {
    uv_loop_t *loop;
    const sl_log *log;
    sl_watch_mode mode;
    uint32_t interval_ms; /* of looks, with SL_WATCH_POLL */
    sl_watcher_on_change *on_change;
    void *context;

    uv_timer_t timer; /* the next look */
    sl_watched watched;
    sl_list folders; /* that the system tells of */
    bool is_armed;   /* a change would be told */
    bool is_noticed; /* something has happened that was not looked at */
    bool is_patient; /* a file was empty or gone: it was waited for */
    uint64_t noticed_ms;
} sl_watcher;

/* Nothing is watched yet. With SL_WATCH_OFF nothing ever is. */
void sl_watcher_init(sl_watcher *watcher, uv_loop_t *loop, const sl_log *log,
                     const sl_settings *settings,
                     sl_watcher_on_change *on_change, void *context);
void sl_watcher_close(sl_watcher *watcher);

/* These were loaded, or failed to: tell once when a load would read anything
 * else. NULL: nobody knows; those that are watched, as they are now. */
void sl_watcher_take(sl_watcher *watcher, const sl_sources *sources);

/* They are being loaded again, whatever the reason: tell nothing until take. */
void sl_watcher_pause(sl_watcher *watcher);

/* --- Inside: watcher_folders.c ------------------------------------------------- */

/* Have the system tell of whatever decides about the files, and of nothing
 * else. When it cannot, the mode becomes SL_WATCH_POLL. */
void sl_watcher_arm(sl_watcher *watcher);
void sl_watcher_disarm(sl_watcher *watcher);

/* The system has told of something that may matter. */
void sl_watcher_notice(sl_watcher *watcher);

#endif
