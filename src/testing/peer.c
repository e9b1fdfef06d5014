#include "testing/peer.h"

#include <unistd.h>

#include "base/memory.h"
#include "testing/world.h"

/* --- What the session asks for ---------------------------------------------------- */

static void on_output_due(void *connection)
{
    ((sl_peer *)connection)->is_due = true;
}

/* --- Time ------------------------------------------------------------------------- */

static sl_timers *timers_of(const sl_peer *peer)
{
    return &peer->world->worker.pipeline->timers;
}

static void keep_time(sl_peer *peer)
{
    uint64_t deadline = sl_session_deadline(peer->session);

    if (deadline == UINT64_MAX) {
        sl_timer_stop(timers_of(peer), &peer->timer);
    } else if (!sl_timer_is_running(&peer->timer) ||
               peer->timer.due_ms != deadline) {
        sl_timer_start(timers_of(peer), &peer->timer, deadline);
    }
}

static void on_due(sl_timer *timer, uint64_t now_ms)
{
    sl_peer *peer = SL_CONTAINER(timer, sl_peer, timer);

    sl_session_expire(peer->session, now_ms);
    peer->is_due = true;
}

/* --- Sending ---------------------------------------------------------------------- */

static uint64_t take(sl_peer *peer, const void *data, uint64_t len)
{
    uint64_t part = len < peer->allowed ? len : peer->allowed;

    sl_buffer_append(&peer->to_client, data, (size_t)part);
    if (peer->allowed != UINT64_MAX) {
        peer->allowed -= part;
    }
    return part;
}

static uint64_t take_pieces(sl_peer *peer, const sl_batch *batch)
{
    uint64_t taken = 0;

    for (int i = 0; i < batch->count; i++) {
        taken += take(peer, batch->iov[i].iov_base, batch->iov[i].iov_len);
    }
    return taken;
}

/* SL_ESYSTEM: it cannot be read, or has become shorter than its range. */
static sl_status take_file(sl_peer *peer, const sl_batch *batch,
                           uint64_t *taken)
{
    char bytes[16 * 1024];

    *taken = 0;
    while (*taken < batch->file_len && peer->allowed > 0) {
        uint64_t left = batch->file_len - *taken;
        size_t part = left < sizeof bytes ? (size_t)left : sizeof bytes;
        ssize_t n =
            pread(batch->fd, bytes, part, (off_t)(batch->offset + *taken));

        if (n <= 0) {
            return SL_ESYSTEM;
        }
        *taken += take(peer, bytes, (uint64_t)n);
    }
    return SL_OK;
}

static void note_send(sl_peer *peer, const sl_batch *batch, uint64_t bytes,
                      uint64_t file_bytes)
{
    uint64_t whole = batch->bytes + (batch->fd >= 0 ? batch->file_len : 0);

    if (peer->nsends == peer->most_sends) {
        peer->most_sends = peer->most_sends == 0 ? 8 : 2 * peer->most_sends;
        peer->sends =
            sl_realloc(peer->sends, peer->most_sends * sizeof *peer->sends);
    }
    peer->sends[peer->nsends++] = (sl_peer_send){
        .at_ms = peer->world->now_ms,
        .bytes = bytes + file_bytes,
        .file_bytes = file_bytes,
        .pieces = (uint32_t)batch->count,
        .is_partial = bytes + file_bytes < whole,
    };
}

/* False when the file range was at fault. */
static bool send_batch(sl_peer *peer, const sl_batch *batch)
{
    uint64_t bytes = take_pieces(peer, batch);
    uint64_t file_bytes = 0;
    sl_status rc = SL_OK;

    if (batch->fd >= 0 && bytes == batch->bytes) {
        rc = take_file(peer, batch, &file_bytes);
    }
    if (bytes + file_bytes > 0) {
        note_send(peer, batch, bytes, file_bytes);
        sl_session_sent(peer->session, bytes + file_bytes);
    }
    return rc == SL_OK;
}

static void send_all(sl_peer *peer)
{
    sl_batch batch;

    while (sl_session_gather(peer->session, &batch) && peer->allowed > 0) {
        if (!send_batch(peer, &batch)) {
            sl_session_file_failed(peer->session);
            peer->is_due = true;
            return;
        }
    }
}

static void on_output_send(void *connection)
{
    sl_peer *peer = connection;

    send_all(peer);
    peer->is_due = true;
}

static const sl_session_output output = {
    .due = on_output_due,
    .send = on_output_send,
};

/* --- Life ------------------------------------------------------------------------- */

static void end(sl_peer *peer, sl_peer_state state)
{
    sl_session *session = peer->session;

    peer->state = state;
    peer->session = NULL;
    sl_timer_stop(timers_of(peer), &peer->timer);
    sl_session_destroy(session);
}

sl_peer *sl_peer_create(sl_world *world, const char *address)
{
    sl_peer *peer = sl_calloc(1, sizeof *peer);

    peer->world = world;
    peer->allowed = UINT64_MAX;
    peer->timer.on_due = on_due;
    peer->is_due = true;
    sl_list_append(&world->peers, &peer->link);
    peer->session =
        sl_session_create(&world->worker.env, &output, peer, address);
    return peer;
}

void sl_peer_destroy(sl_peer *peer)
{
    if (peer->session != NULL) {
        end(peer, SL_PEER_LEFT);
    }
    sl_list_remove(&peer->link);
    sl_buffer_deinit(&peer->to_server);
    sl_buffer_deinit(&peer->to_client);
    sl_free(peer->sends);
    sl_free(peer);
}

/* --- A turn ----------------------------------------------------------------------- */

static void tell_fin(sl_peer *peer)
{
    if (peer->fin && !peer->fin_told && sl_buffer_len(&peer->to_server) == 0) {
        peer->fin_told = true;
        sl_session_fin(peer->session);
        sl_session_eof(peer->session);
    }
}

void sl_peer_hear(sl_peer *peer)
{
    size_t room;

    if (peer->session == NULL || peer->is_leaving) {
        return;
    }
    peer->world->heard = peer;
    while ((room = sl_session_room(peer->session)) > 0 &&
           sl_buffer_len(&peer->to_server) > 0) {
        size_t len = sl_buffer_len(&peer->to_server);

        len = len < room ? len : room;
        sl_session_receive(peer->session, sl_buffer_data(&peer->to_server),
                           len);
        sl_buffer_consume(&peer->to_server, len);
    }
    tell_fin(peer);
    sl_session_advance(peer->session);
    peer->world->heard = NULL;
}

/* As sl_connection_settle: what becomes of the connection. */
static void settle(sl_peer *peer)
{
    sl_session_fate fate = sl_session_fate_of(peer->session);

    if (fate == SL_FATE_RESET) {
        end(peer, SL_PEER_RESET);
    } else if (fate != SL_FATE_OPEN && !sl_session_has_output(peer->session)) {
        end(peer, SL_PEER_CLOSED);
    } else {
        keep_time(peer);
    }
}

void sl_peer_flush(sl_peer *peer)
{
    if (peer->session == NULL) {
        return;
    }
    if (peer->is_leaving) {
        end(peer, SL_PEER_LEFT);
        return;
    }
    sl_session_end_turn(peer->session);
    send_all(peer);
    settle(peer);
}
