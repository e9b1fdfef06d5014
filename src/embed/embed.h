/* Inside embed: the public server object.
 *
 *   server.c  settings, handlers, app: before it runs
 *   life.c    run, start, stop, destroy
 *   post.c    functions from other threads
 *   module.c  shared objects with handlers
 *
 * Either it makes a worker of its own, or, for the modules of `sluice serve`, it
 * is the public face of one that the command has made.
 */
#ifndef SLUICE_EMBED_EMBED_H
#define SLUICE_EMBED_EMBED_H

#include <stdatomic.h>

#include <sluice/server.h>

#include "worker/worker.h"

typedef struct sl_post sl_post;
typedef struct sl_loaded_module sl_loaded_module;

typedef enum sl_server_phase {
    SL_SERVER_NEW,     /* settings may change */
    SL_SERVER_READY,   /* it has a worker */
    SL_SERVER_RUNNING, /* which takes part in the turns of its loop */
    SL_SERVER_CLOSING, /* its handles are being closed */
    SL_SERVER_CLOSED   /* it has no worker any more */
} sl_server_phase;

struct sl_server {
    sl_server_phase phase;
    sl_settings settings;
    sl_logs logs;
    sl_native native;
    sl_worker *worker; /* &own, or that of a command; NULL: none */
    sl_worker own;
    uv_loop_t *loop; /* of the program; NULL: one of its own */
    sl_status begun; /* the modules of its settings were loaded, or not */
    bool listens;    /* it was told where */
    char *error;     /* NULL: none */
    sl_stopped_fn *on_stopped;
    void *stopped_context;
    sl_loaded_module *modules; /* the last one first */

    /* What other threads touch. */
    uv_mutex_t lock; /* of the posts */
    sl_post *posts;
    sl_post **last_post;
    atomic_uint stops; /* asked for, and not yet looked at */
    atomic_bool awake; /* `wake` is open */
    uv_async_t wake;   /* there are posts, or it shall stop */
};

/* The public face of a worker that a command has made, with the modules of the
 * settings loaded; NULL when there are none. Failing, *error (free) says why. */
sl_status sl_embed_open(sl_worker *worker, sl_server **server, char **error);

/* Before that worker is deinitialised; afterwards, destroy the server. */
void sl_embed_close(sl_server *server);

/* --- Inside ----------------------------------------------------------------- */

/* Keep *error, which is taken over, and return rc. */
sl_status sl_embed_fail(sl_server *server, sl_status rc, char *error);

/* Make the worker, if there is none yet. */
sl_status sl_embed_begin(sl_server *server);

/* Listen for wakes on the loop of the worker. */
void sl_embed_watch(sl_server *server);

/* Call what was posted; with EGONE when the worker is gone. */
void sl_embed_run_posts(sl_server *server);

/* What a wake says beside posts. */
void sl_embed_look_at_stops(sl_server *server);

/* Load the modules that the settings name. */
sl_status sl_embed_load_setting(sl_server *server, const sl_settings *settings);
void sl_embed_close_modules(sl_server *server);

#endif
