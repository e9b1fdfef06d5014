#include "session/http1.h"

#include <stddef.h>
#include <string.h>

#include "base/memory.h"

const sl_session_settings sl_session_defaults = {
    .request_line_bytes = 8 << 10,
    .header_bytes = 16 << 10,
    .header_count = 100,
    .header_timeout_ms = 10 * 1000,
    .body_timeout_ms = 30 * 1000,
    .keepalive_timeout_ms = 75 * 1000,
    .write_timeout_ms = 30 * 1000,
    .min_rate_in = 240,
    .min_rate_out = 240,
    .linger_timeout_ms = 2 * 1000,
    .linger_bytes = 1 << 20,
    .drain_bytes = 64 << 10,
    .held_bytes = 64 << 10,
    .max_pipelined = 64,
    .max_requests = 0,
    .id_source = SL_ID_PROXIES,
    .id_header = false,
    .half_close = false,
    .server_header = true,
};

sl_session *sl_session_create(sl_session_env *env,
                              const sl_session_output *output, void *connection,
                              const char *peer)
{
    size_t len = strlen(peer);
    sl_session *session = sl_calloc(1, offsetof(sl_session, peer) + len + 1);

    session->env = env;
    session->output = output;
    session->connection = connection;
    memcpy(session->peer, peer, len);
    sl_list_init(&session->exchanges);
    session->idle_since_ms = sl_session_now(session);
    session->takes_ids = env->settings->id_source == SL_ID_ANYBODY;
    env->sessions++;
    return session;
}

void sl_session_trust(sl_session *session)
{
    session->is_trusted = true;
    session->takes_ids = session->env->settings->id_source != SL_ID_OWN;
}

void sl_session_destroy(sl_session *session)
{
    sl_session_env *env = session->env;

    sl_session_lost(session);
    sl_session_drop_parser(session);
    sl_buffer_deinit(&session->held);
    sl_free(session);
    if (--env->sessions == 0) {
        sl_parser_pool_clear(&env->parsers);
    }
}

void sl_session_stop_parsing(sl_session *session)
{
    session->closing = true;
    session->in_message = false;
    session->head_since_ms = 0;
    sl_session_forget_trailers(session);
    session->dropped += sl_buffer_len(&session->held);
    sl_buffer_deinit(&session->held);
}

/* --- The connection's end ----------------------------------------------------- */

void sl_session_fin(sl_session *session)
{
    session->fin = true;
    /* Whether a handler still runs is seen when the turn ends. */
    sl_session_make_due(session);
}

void sl_session_eof(sl_session *session)
{
    session->eof = true;
    if (session->in_message && session->current != NULL) {
        sl_request_end(&session->current->request, SL_BODY_FAILED);
    }
    if (session->in_message) {
        sl_session_stop_parsing(session);
    }
    sl_session_fin(session);
}

/* Does a handler run, or a stage wait, whose client has finished sending? What it
 * sent may still have to be read. NULL: no. */
static sl_exchange *runs_for_nobody(const sl_session *session)
{
    sl_exchange *current = session->current;

    if (!session->fin || session->env->settings->half_close) {
        return NULL;
    }
    if (current != NULL && !current->response.finished &&
        (session->eof || !sl_session_wants_read(session))) {
        return current;
    }
    for (sl_list *link = session->exchanges.next; link != &session->exchanges;
         link = link->next) {
        sl_exchange *exchange = SL_CONTAINER(link, sl_exchange, session_link);

        if (exchange->response.finished &&
            sl_response_awaits_stage(&exchange->response)) {
            return exchange;
        }
    }
    return NULL;
}

/* A client that finished sending is taken to have left when a handler that had
 * a turn still has something to say (invariant 6). One that began at the end
 * of this turn gets the next. */
void sl_session_end_turn(sl_session *session)
{
    sl_exchange *exchange = runs_for_nobody(session);

    if (exchange == NULL) {
        return;
    }
    if (sl_turn_of(exchange)->start < session->env->pipeline->turn) {
        sl_counter_add(&session->env->pipeline->tally->left, 1);
        sl_response_fail(&exchange->response, SL_EABORTED);
        sl_session_settle(session);
    }
    sl_session_make_due(session);
}

void sl_session_lost(sl_session *session)
{
    session->lost = true;
    sl_session_stop_parsing(session);
    sl_session_let_go(session);
    sl_session_log_refusal(session);
    sl_session_drop_refusal(session);
}

static bool is_quiet(const sl_session *session)
{
    return sl_list_is_empty(&session->exchanges) &&
           sl_session_refusal_len(session) == 0 &&
           sl_buffer_len(&session->held) == 0;
}

sl_session_fate sl_session_fate_of(const sl_session *session)
{
    if (session->reset) {
        return SL_FATE_RESET;
    }
    if (session->lost) {
        return SL_FATE_CLOSE;
    }
    if (!is_quiet(session)) {
        return SL_FATE_OPEN;
    }
    if (session->eof || session->is_over ||
        (session->closing && session->parts && session->dropped == 0)) {
        return SL_FATE_CLOSE;
    }
    return session->closing ? SL_FATE_LINGER : SL_FATE_OPEN;
}

bool sl_session_is_idle(const sl_session *session)
{
    return is_quiet(session) && !session->in_message &&
           !sl_session_is_in_head(session);
}

static uint64_t room_for_held(const sl_session *session)
{
    uint64_t most = session->env->settings->held_bytes;
    uint64_t held = sl_buffer_len(&session->held);

    return held < most ? most - held : 0;
}

/* What is behind the end of the body is held. Where the rest of the body is
 * known to fit in, there is room for more than that, so that a short read says
 * that nothing else has come. */
static uint64_t room_for_body(const sl_session *session, sl_request *request)
{
    uint64_t room = sl_request_room(request);
    uint64_t left = request->body_left > 0 ? (uint64_t)request->body_left : 0;
    uint64_t most = left + room_for_held(session);

    return room < most && (left == 0 || left > room) ? room : most;
}

size_t sl_session_room(const sl_session *session)
{
    if (session->eof || session->lost || session->reset || session->is_over) {
        return 0;
    }
    if (session->closing) {
        return session->dropped <= session->env->settings->linger_bytes
                   ? SIZE_MAX
                   : 0;
    }
    if (session->in_message && session->current != NULL) {
        return room_for_body(session, &session->current->request);
    }
    return room_for_held(session);
}
