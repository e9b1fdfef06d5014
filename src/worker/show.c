/* What a worker writes on its board, for its supervisor or for itself. */
#include <string.h>

#include "pipeline/response.h"
#include "worker/board.h"
#include "worker/worker.h"

/* --- At the end of each turn --------------------------------------------------- */

static void show_net(sl_shown *shown, const sl_net_stat *net)
{
    sl_counter_show(&shown->accepted, net->accepted);
    sl_counter_show(&shown->pauses, net->pauses);
    sl_counter_show(&shown->resets, net->resets);
    sl_counter_show(&shown->receives, net->receives);
    sl_counter_show(&shown->sends, net->sends);
    sl_counter_show(&shown->files, net->files);
    sl_counter_show(&shown->turned_away, net->turned_away);
    sl_counter_show(&shown->connections, net->connections);
}

/* They change seldom. */
static void show_session(sl_shown *shown, const sl_session_stat *session)
{
    if (sl_counter_see(&shown->changes) == session->changes) {
        return;
    }
    sl_counter_show(&shown->changes, session->changes);
    sl_counter_show(&shown->malformed, session->malformed);
    sl_counter_show(&shown->long_lines, session->long_lines);
    sl_counter_show(&shown->large_heads, session->large_heads);
    sl_counter_show(&shown->late_heads, session->late_heads);
    sl_counter_show(&shown->late_bodies, session->late_bodies);
    sl_counter_show(&shown->slow_bodies, session->slow_bodies);
    sl_counter_show(&shown->idle, session->idle);
    sl_counter_show(&shown->write_stalls, session->write_stalls);
    sl_counter_show(&shown->slow_readers, session->slow_readers);
    sl_counter_show(&shown->spent, session->spent);
    sl_counter_show(&shown->held_up, session->held_up);
    sl_counter_show(&shown->prefaces, session->prefaces);
}

static void show_script(sl_shown *shown, const sl_script_stat *script)
{
    sl_counter_show(&shown->busy, script->busy);
    sl_counter_show(&shown->no_memory, script->no_memory);
    sl_counter_show(&shown->late, script->late);
    sl_counter_show(&shown->handlers, script->handlers);
    sl_counter_show(&shown->waiting, script->waiting);
    sl_counter_show(&shown->tasks, script->tasks);
    sl_counter_show(&shown->lua_bytes, script->memory_bytes);
}

static void show_page(sl_heartbeat *page, const sl_pipeline *pipeline,
                      const sl_script_stat *script, const sl_net_stat *net)
{
    sl_heartbeat_show(page->accepted, net->accepted);
    sl_heartbeat_show(page->connections, net->connections);
    sl_heartbeat_show(page->handlers, script->handlers);
    sl_heartbeat_show(page->lua_bytes, script->memory_bytes);
    sl_heartbeat_show(page->exchanges, (uint32_t)pipeline->exchanges.live);
    sl_heartbeat_show(page->operations, (uint32_t)pipeline->operations.live);
    sl_heartbeat_show(page->pieces, (uint32_t)pipeline->pieces.live);
    sl_heartbeat_show(page->tasks, script->tasks);
}

void sl_board_show(sl_worker *worker)
{
    const sl_pipeline *pipeline = worker->pipeline;
    sl_board *board = worker->board;
    sl_shown *shown = &board->shown;
    sl_script_stat script;
    sl_net_stat net;

    sl_generations_describe(worker, &script);
    sl_net_describe(worker->net, &net);
    if (worker->native != NULL) {
        script.handlers += worker->native->handlers;
    }
    show_page(worker->heartbeat, pipeline, &script, &net);
    show_net(shown, &net);
    show_session(shown, &worker->env.stat);
    show_script(shown, &script);
    sl_counter_show(&board->tally.lost_lines, worker->access_log.lost_ever);
    sl_counter_show(&shown->exchanges, pipeline->exchanges.live);
    sl_counter_show(&shown->streams, pipeline->streams);
    sl_counter_show(&shown->operations, pipeline->operations.live);
    sl_counter_show(&shown->generations, worker->alive);
    if (sl_counter_see(&board->asked) != sl_counter_see(&board->answered)) {
        sl_board_list(worker);
    }
}

/* --- When it is asked ---------------------------------------------------------- */

static void copy_span(char *to, size_t size, sl_span text)
{
    size_t len = text.len < size ? text.len : size - 1;

    if (text.data != NULL) {
        memcpy(to, text.data, len);
    }
    to[text.data != NULL ? len : 0] = '\0';
}

static void list_one(void *context, const sl_exchange *exchange)
{
    sl_worker *worker = context;
    sl_board *board = worker->board;
    const sl_response *response = &exchange->response;
    uint32_t n = atomic_load_explicit(&board->nlive, memory_order_relaxed);
    sl_live *live = &board->live[n];

    if (n == SL_LIVE) {
        return;
    }
    copy_span(live->id, sizeof live->id, exchange->request.parts[SL_PART_ID]);
    copy_span(live->peer, sizeof live->peer,
              exchange->request.parts[SL_PART_PEER]);
    copy_span(live->method, sizeof live->method,
              exchange->request.parts[SL_PART_METHOD]);
    memcpy(live->route, board->traffic.routes[exchange->route].pattern,
           sizeof live->route);
    live->status = response->status;
    live->phase = response->phase;
    live->age_us = worker->pipeline->now_us - exchange->request.arrived_us;
    live->queued = sl_response_held(response);
    live->sent = (uint64_t)response->wire_bytes;
    atomic_store_explicit(&board->nlive, n + 1, memory_order_release);
}

void sl_board_list(sl_worker *worker)
{
    sl_board *board = worker->board;
    uint64_t asked = sl_counter_see(&board->asked);

    atomic_store_explicit(&board->nlive, 0, memory_order_relaxed);
    worker->pipeline->now_us = uv_hrtime() / 1000;
    sl_net_each_exchange(worker->net, list_one, worker);
    atomic_store_explicit(&board->answered, asked, memory_order_release);
}
