/* The turns of a world, and its time. */
#include "testing/world.h"

#include <string.h>

#include "base/memory.h"

enum {
    /* As in the worker. */
    HANDLER_ROUNDS = 64,
    SEND_ROUNDS = 8,
    /* Handlers that come again in each turn would keep time from moving. So many
     * turns take a millisecond at least. */
    TURNS_PER_MS = 100,
    /* How long the system is waited for before somebody looks again. */
    WAIT_MS = 50
};

/* Peers that are due, once each. False when none was. */
static bool hear_peers(sl_world *world)
{
    bool any = false;

    for (sl_list *link = world->peers.next; link != &world->peers;
         link = link->next) {
        sl_peer *peer = SL_CONTAINER(link, sl_peer, link);

        any = any || peer->is_due;
        peer->is_due = false;
        sl_peer_hear(peer);
    }
    return any;
}

static void flush_peers(sl_world *world)
{
    for (sl_list *link = world->peers.next; link != &world->peers;
         link = link->next) {
        sl_peer_flush(SL_CONTAINER(link, sl_peer, link));
    }
}

static bool run_handlers(sl_world *world)
{
    bool any = false;

    for (int i = 0; i < HANDLER_ROUNDS; i++) {
        bool heard = hear_peers(world);
        bool ran = sl_script_run(world->script);

        ran = sl_worker_run_once(&world->worker) || ran;
        if (!ran && !heard) {
            break;
        }
        any = true;
    }
    return any;
}

/* False when there was nothing to do. */
static bool turn(sl_world *world)
{
    uint64_t past_ms = world->now_ms - world->began_ms;
    bool any = false;

    world->worker.pipeline->unix_s = world->began_s + (int64_t)(past_ms / 1000);
    sl_pipeline_turn(world->worker.pipeline, world->now_ms);
    for (int i = 0; i < SEND_ROUNDS; i++) {
        bool ran = run_handlers(world);

        flush_peers(world);
        ran = sl_pipeline_deliver(world->worker.pipeline) || ran;
        if (!ran) {
            break;
        }
        any = true;
    }
    return any;
}

/* --- The system ------------------------------------------------------------------- */

static void on_alarm(uv_timer_t *handle)
{
    /* Its existence ends the poll. */
}

/* Real time passes for everybody while the system is waited for. */
static void await_system(sl_world *world, uint64_t most_ms)
{
    uint64_t before = uv_now(world->worker.loop);
    uint64_t past;

    uv_timer_start(&world->alarm, on_alarm,
                   most_ms < WAIT_MS ? most_ms : WAIT_MS, 0);
    uv_run(world->worker.loop, UV_RUN_ONCE);
    uv_timer_stop(&world->alarm);
    past = uv_now(world->worker.loop) - before;
    world->now_ms += past < most_ms ? past : most_ms;
}

static bool awaits_system(sl_world *world)
{
    return sl_luv_has_work(&world->luv);
}

/* --- Time ------------------------------------------------------------------------- */

static sl_progress move_time(sl_world *world, uint64_t limit_ms)
{
    uint64_t due_ms = sl_timers_next(&world->worker.pipeline->timers);

    if (awaits_system(world) && world->now_ms < limit_ms) {
        uint64_t until = due_ms < limit_ms ? due_ms : limit_ms;

        await_system(world, until > world->now_ms ? until - world->now_ms : 0);
        return SL_PROGRESS_TIME;
    }
    if (due_ms > limit_ms) {
        return due_ms == UINT64_MAX ? SL_PROGRESS_NOTHING : SL_PROGRESS_LIMIT;
    }
    world->now_ms = due_ms > world->now_ms ? due_ms : world->now_ms;
    return SL_PROGRESS_TIME;
}

void sl_world_skip(sl_world *world, uint64_t to_ms)
{
    world->now_ms = to_ms > world->now_ms ? to_ms : world->now_ms;
}

/* Not from the collector, which may come while peers are being looked at. */
static void destroy_forgotten(sl_world *world)
{
    sl_list *link = world->peers.next;

    while (link != &world->peers) {
        sl_peer *peer = SL_CONTAINER(link, sl_peer, link);

        link = link->next;
        if (peer->is_forgotten) {
            sl_peer_destroy(peer);
        }
    }
}

sl_progress sl_world_step(sl_world *world, uint64_t limit_ms)
{
    destroy_forgotten(world);
    uv_run(world->worker.loop, UV_RUN_NOWAIT);
    if (turn(world)) {
        if (++world->busy % TURNS_PER_MS == 0) {
            world->now_ms++;
        }
        return world->now_ms > limit_ms ? SL_PROGRESS_LIMIT : SL_PROGRESS_WORK;
    }
    world->busy = 0;
    return move_time(world, limit_ms);
}

/* --- What has come of operations --------------------------------------------------- */

void sl_world_note_completion(void *host, sl_exchange *exchange,
                              const sl_completion *done)
{
    sl_world *world = SL_CONTAINER((sl_worker *)host, sl_world, worker);
    sl_world_completion *noted;

    if (world->ncompletions == world->most_completions) {
        world->most_completions =
            world->most_completions == 0 ? 8 : 2 * world->most_completions;
        world->completions =
            sl_realloc(world->completions,
                       world->most_completions * sizeof *world->completions);
    }
    noted = &world->completions[world->ncompletions++];
    sl_request_copy_id(&exchange->request, noted->request);
    noted->at_ms = world->now_ms;
    noted->done = *done;
}
