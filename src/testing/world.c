#include "testing/world.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "script/task.h"

/* What the worker is told goes to this world too. */
static sl_world *world_of(void *worker)
{
    return SL_CONTAINER((sl_worker *)worker, sl_world, worker);
}

static void on_exchange(void *host, sl_exchange *exchange)
{
    sl_peer *peer = world_of(host)->heard;

    if (peer != NULL) {
        sl_request_copy_id(&exchange->request, peer->request);
    }
    sl_worker_session_host.on_exchange(host, exchange);
}

static void on_done(void *host, sl_exchange *exchange, int refused,
                    const char *peer)
{
    sl_worker_session_host.on_done(host, exchange, refused, peer);
}

static const sl_session_host session_host = {
    .on_exchange = on_exchange,
    .on_done = on_done,
};

static uint64_t now_ms(void *host)
{
    return world_of(host)->now_ms;
}

/* --- Its beginning ---------------------------------------------------------------- */

/* Appended, because who reads the lines empties the file. */
static sl_status open_log(sl_log *log, char **error)
{
    log->fd = memfd_create("log", MFD_CLOEXEC);
    log->level = SL_LOG_DEBUG;
    log->json = true;
    if (log->fd < 0 || fcntl(log->fd, F_SETFL, O_APPEND) < 0) {
        (void)asprintf(error, "no memory file for the log: %s",
                       strerror(errno));
        return SL_ESYSTEM;
    }
    return SL_OK;
}

static void init_time(sl_world *world)
{
    world->now_ms = uv_now(world->worker.loop);
    world->began_ms = world->now_ms;
    world->began_s = time(NULL);
    uv_timer_init(world->worker.loop, &world->alarm);
}

static void init_worker(sl_world *world)
{
    sl_worker *worker = &world->worker;

    sl_worker_init(worker, world->settings, &world->log, NULL);
    worker->env.host = &session_host;
    world->host = *worker->pipeline->host;
    world->host.now_ms = now_ms;
    world->host.on_completed = sl_world_note_completion;
    worker->pipeline->host = &world->host;
    init_time(world);
}

static sl_status open_script(sl_world *world, char **error)
{
    const sl_settings *settings = world->settings;
    const char *lua_dir = *settings->lua_dir != '\0' ? settings->lua_dir : NULL;

    world->script = sl_script_create(&settings->script, world->worker.pipeline,
                                     &world->log, lua_dir, error);
    if (world->script == NULL) {
        return SL_EINVAL;
    }
    world->worker.script = world->script;
    sl_luv_init(&world->luv, world->worker.loop, world->script);
    world->has_luv = true;
    return SL_OK;
}

sl_status sl_world_open(sl_world *world, const sl_settings *settings,
                        char **error)
{
    sl_status rc;

    *world = (sl_world){.settings = settings};
    sl_list_init(&world->peers);
    rc = open_log(&world->log, error);
    init_worker(world);
    if (rc == SL_OK) {
        rc = sl_embed_open(&world->worker, &world->server, error);
    }
    return rc == SL_OK ? open_script(world, error) : rc;
}

sl_status sl_world_load(sl_world *world, const char *path, char **error)
{
    sl_sources *sources = sl_sources_create();
    sl_status rc;

    sl_script_use(world->script, sources);
    sl_sources_unref(sources);
    rc = sl_script_load(world->script, path, error);
    return rc;
}

/* --- Its end ---------------------------------------------------------------------- */

static void end_peers(sl_world *world)
{
    for (sl_list *link = world->peers.next; link != &world->peers;
         link = link->next) {
        sl_peer *peer = SL_CONTAINER(link, sl_peer, link);

        peer->is_leaving = true;
        sl_peer_flush(peer);
    }
}

void sl_world_end_app(sl_world *world)
{
    sl_script *script = world->script;

    end_peers(world);
    sl_script_cancel_all(script);
    for (int i = 0; i < 1000; i++) {
        if (sl_world_step(world, world->now_ms) != SL_PROGRESS_WORK) {
            break;
        }
    }
    sl_script_close_entrance(script, SL_ECANCELLED);
    sl_tasks_close(script);
    (void)sl_pipeline_deliver(world->worker.pipeline);
}

static void on_luv_freed(sl_luv *luv)
{
    /* It is a part of the world. */
}

static void close_script(sl_world *world)
{
    world->worker.script = NULL;
    if (world->has_luv) {
        sl_luv_close(&world->luv);
        sl_luv_finish(&world->luv);
    }
    sl_script_destroy(world->script);
    if (world->has_luv) {
        sl_luv_deinit(&world->luv, on_luv_freed);
    }
}

void sl_world_close(sl_world *world)
{
    if (world->script != NULL) {
        sl_world_end_app(world);
    }
    close_script(world);
    while (!sl_list_is_empty(&world->peers)) {
        sl_peer_destroy(SL_CONTAINER(world->peers.next, sl_peer, link));
    }
    sl_embed_close(world->server);
    sl_worker_deinit(&world->worker);
    sl_server_destroy(world->server);
    sl_free(world->completions);
    if (world->log.fd >= 0) {
        close(world->log.fd);
    }
}
