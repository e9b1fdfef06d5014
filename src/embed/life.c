/* A server that runs, and its end. */
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "embed/embed.h"

/* --- SIGPIPE: sendfile has no flag that keeps it from raising this one -------- */

/* Would it end the program? */
static bool is_deadly(void)
{
    struct sigaction action;
    sigset_t blocked;

    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    return sigaction(SIGPIPE, NULL, &action) == 0 &&
           action.sa_handler == SIG_DFL && !sigismember(&blocked, SIGPIPE);
}

/* Keep it from this thread for as long as the server has it. */
static void block(sigset_t *before)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

static void unblock(const sigset_t *before)
{
    static const struct timespec at_once;
    sigset_t set;

    if (!sigismember(before, SIGPIPE)) {
        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        (void)sigtimedwait(&set, NULL, &at_once); /* ours, not the program's */
    }
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* --- Running ------------------------------------------------------------------- */

static sl_status refuse(sl_server *server, sl_status rc, const char *why)
{
    return sl_embed_fail(server, rc, sl_strdup(why));
}

/* Everything that can fail, before the first turn. */
static sl_status prepare(sl_server *server)
{
    char *error = NULL;
    sl_status rc = sl_embed_begin(server);

    if (rc < 0) {
        return rc;
    }
    if (server->phase != SL_SERVER_READY || server->worker != &server->own) {
        return refuse(server, SL_ECOMMITTED, "a server runs once");
    }
    rc = server->listens ? sl_worker_open_access_log(server->worker, &error)
                         : sl_worker_open(server->worker, 0, &error);
    return rc < 0 ? sl_embed_fail(server, rc, error) : rc;
}

sl_status sl_server_run(sl_server *server)
{
    sigset_t before;
    sl_status rc;

    if (server->loop != NULL) {
        return refuse(server, SL_EINVAL,
                      "the program runs its own loop: sl_server_start");
    }
    rc = prepare(server);
    if (rc < 0) {
        return rc;
    }
    block(&before);
    server->phase = SL_SERVER_RUNNING;
    sl_worker_start(server->worker);
    sl_embed_look_at_stops(server);
    uv_run(server->worker->loop, UV_RUN_DEFAULT);
    server->phase = SL_SERVER_CLOSING;
    unblock(&before);
    if (server->worker->exit_code != 0) {
        return refuse(server, SL_ECANCELLED,
                      "a second stop has cut requests off");
    }
    return SL_OK;
}

static void on_worker_stopped(sl_worker *worker)
{
    sl_server *server = worker->owner;

    uv_async_send(&server->wake); /* not from inside of its turn */
}

sl_status sl_server_start(sl_server *server)
{
    sl_status rc;

    if (server->loop == NULL) {
        return refuse(server, SL_EINVAL,
                      "the server has a loop of its own: sl_server_run");
    }
    if (is_deadly()) {
        return refuse(server, SL_EINVAL,
                      "SIGPIPE would end the program when a client leaves: "
                      "signal(SIGPIPE, SIG_IGN) before the server starts");
    }
    rc = prepare(server);
    if (rc < 0) {
        return rc;
    }
    server->worker->on_stopped = on_worker_stopped;
    server->phase = SL_SERVER_RUNNING;
    sl_worker_start(server->worker);
    sl_embed_look_at_stops(server);
    return SL_OK;
}

/* --- Stopping -------------------------------------------------------------------- */

void sl_server_stop(sl_server *server)
{
    atomic_fetch_add(&server->stops, 1);
    if (atomic_load(&server->awake)) {
        uv_async_send(&server->wake);
    }
}

void sl_server_on_stopped(sl_server *server, sl_stopped_fn *fn, void *context)
{
    server->on_stopped = fn;
    server->stopped_context = context;
}

static void on_worker_closed(sl_worker *worker)
{
    sl_server *server = worker->owner;

    sl_worker_free(worker);
    server->worker = NULL;
    server->phase = SL_SERVER_CLOSED;
    if (server->on_stopped != NULL) {
        server->on_stopped(server, server->stopped_context);
    }
}

/* On the loop of the program: end everything, and let go of the loop. */
static void begin_to_close(sl_server *server)
{
    server->phase = SL_SERVER_CLOSING;
    server->worker->on_closed = on_worker_closed;
    atomic_store(&server->awake, false);
    sl_worker_close(server->worker);
    uv_close((uv_handle_t *)&server->wake, NULL);
}

void sl_embed_look_at_stops(sl_server *server)
{
    bool is_own = server->worker == &server->own;

    if (is_own && server->phase != SL_SERVER_RUNNING) {
        return;
    }
    for (unsigned n = atomic_exchange(&server->stops, 0); n > 0; n--) {
        sl_worker_stop(server->worker);
    }
    if (is_own && server->loop != NULL &&
        server->worker->phase == SL_WORKER_STOPPED) {
        begin_to_close(server);
    }
}

/* --- The end ---------------------------------------------------------------------- */

static void close_now(sl_server *server)
{
    uv_loop_t *loop = server->loop;

    if (server->worker != &server->own) {
        server->worker = NULL; /* the command has ended it */
    } else if (loop == NULL) {
        atomic_store(&server->awake, false);
        sl_worker_deinit(server->worker);
        server->worker = NULL;
    } else {
        server->on_stopped = NULL;
        if (server->phase != SL_SERVER_CLOSING) {
            begin_to_close(server);
        }
        while (server->phase != SL_SERVER_CLOSED) {
            uv_run(loop, UV_RUN_ONCE);
        }
    }
}

void sl_server_destroy(sl_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->worker != NULL) {
        close_now(server);
    }
    sl_embed_close_modules(server);
    sl_embed_run_posts(server);
    sl_native_deinit(&server->native);
    sl_worker_close_log(&server->logs);
    sl_settings_deinit(&server->settings);
    uv_mutex_destroy(&server->lock);
    free(server->error);
    sl_free(server);
}

/* --- For the commands --------------------------------------------------------------- */

void sl_embed_close(sl_server *server)
{
    if (server != NULL) {
        atomic_store(&server->awake, false);
    }
}
