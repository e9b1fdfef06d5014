#include "session/http1.h"

static bool is_aborted(const sl_exchange *exchange)
{
    return exchange->response.phase == SL_PHASE_ABORTED;
}

/* Let go of the first exchange. */
static void let_go(sl_session *session, sl_exchange *exchange)
{
    sl_session_env *env = session->env;
    const sl_turn *turn = sl_turn_of(exchange);

    if (exchange == session->current) {
        session->current = NULL;
        sl_session_forget_trailers(session);
    }
    sl_list_remove(&exchange->session_link);
    session->count--;
    session->waiting -= turn->waiting;
    session->idle_since_ms = sl_session_now(session);
    env->host->on_done(env->host_context, exchange, turn->refused,
                       session->peer);
    sl_exchange_release(exchange, SL_HOLD_SESSION);
}

void sl_session_let_go(sl_session *session)
{
    sl_exchange *exchange;

    while ((exchange = sl_session_first(session)) != NULL) {
        if (session->lost && exchange->response.phase <= SL_PHASE_BODY) {
            sl_counter_add(&session->env->pipeline->tally->left, 1);
        }
        sl_response_fail(&exchange->response, SL_EABORTED);
        let_go(session, exchange);
    }
}

void sl_session_each_exchange(const sl_session *session,
                              sl_exchange_visitor *visit, void *context)
{
    for (const sl_list *link = session->exchanges.next;
         link != &session->exchanges; link = link->next) {
        visit(context, SL_CONTAINER(link, sl_exchange, session_link));
    }
}

/* Can the connection be kept although the current request's body has not been
 * read to its end? What is left of it is drained. */
static bool can_drain(const sl_session *session, const sl_exchange *exchange)
{
    const sl_turn *turn = exchange->session;

    return !turn->continues && /* else: will the client send it, or not? */
           exchange->request.body_left <=
               (int64_t)session->env->settings->drain_bytes;
}

/* May the next request start? An HTTP/1.0 answer must have chosen its framing
 * before, because it may need the rest of the connection. */
static bool is_over(const sl_exchange *exchange)
{
    const sl_response *response = &exchange->response;

    return exchange->handler_over && response->finished &&
           (exchange->request.version >= 11 ||
            response->phase != SL_PHASE_HEAD);
}

static void settle_current(sl_session *session)
{
    sl_exchange *exchange = session->current;
    sl_turn *turn;

    if (exchange == NULL) {
        if (session->is_last) { /* its head was framed afterwards */
            sl_session_stop_parsing(session);
        }
        return;
    }
    if (is_aborted(exchange)) {
        session->current = NULL;
        sl_session_stop_parsing(session);
        return;
    }
    if (!is_over(exchange)) {
        return;
    }
    turn = sl_turn_of(exchange);
    turn->waiting =
        exchange->response.accepted_bytes - exchange->response.sent_bytes;
    session->waiting += turn->waiting;
    session->current = NULL;
    session->drained = 0;
    sl_session_await_body(session);
    if (!turn->keeps_alive || exchange->response.needs_disconnect ||
        session->is_last ||
        (session->in_message && !can_drain(session, exchange))) {
        sl_session_stop_parsing(session);
    }
    sl_session_forget_trailers(session);
}

/* An aborted answer ends the connection when its turn to be sent has come.
 * Where only the end of the connection would tell the client that the body is
 * complete, that end must be a reset. */
static void end_at_abort(sl_session *session, sl_exchange *exchange)
{
    const sl_turn *turn = sl_turn_of(exchange);

    session->reset = session->reset ||
                     (turn->is_committed && turn->framing == SL_FRAMING_CLOSE);
    sl_session_stop_parsing(session);
    sl_session_let_go(session);
}

static void settle(sl_session *session)
{
    sl_exchange *exchange;

    settle_current(session);
    while ((exchange = sl_session_first(session)) != NULL) {
        if (is_aborted(exchange)) {
            end_at_abort(session, exchange);
        } else if (sl_response_is_done(&exchange->response) &&
                   exchange != session->current) {
            let_go(session, exchange);
        } else {
            break;
        }
    }
    if (!sl_session_has_output(session)) {
        session->stall_since_ms = 0;
    }
}

void sl_session_settle(sl_session *session)
{
    settle(session);
    if (sl_buffer_len(&session->held) > 0 && sl_session_may_parse(session)) {
        sl_session_make_due(session);
    }
}

void sl_session_advance(sl_session *session)
{
    settle(session);
    if (sl_buffer_len(&session->held) > 0) {
        sl_session_parse_held(session);
        settle(session);
    }
}
