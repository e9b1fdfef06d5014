#include "session/http1.h"

/* A timeout of 0 never comes. */
static uint64_t after(uint64_t since_ms, uint32_t timeout_ms)
{
    return timeout_ms == 0 ? UINT64_MAX : since_ms + timeout_ms;
}

/* Does somebody wait for body bytes: a handler, or the session that drains
 * what no handler wants? */
static bool waits_for_body(const sl_session *session)
{
    const sl_request *request;

    if (!session->in_message || session->closing) {
        return false;
    }
    if (session->current == NULL) {
        return true;
    }
    request = &session->current->request;
    return request->body_wanted && sl_request_unread(request) == 0;
}

/* --- Rates -------------------------------------------------------------------
 *
 * A client that sends or takes something now and then stalls nowhere, and yet
 * keeps a request for ever. So each byte is worth the time that it takes at the
 * lowest rate, and what a client has saved is never more than a whole stall. */

static double saved(const sl_session *session, double due_ms, uint64_t bytes,
                    uint32_t rate, uint32_t timeout_ms)
{
    double most = (double)sl_session_now(session) + timeout_ms;

    if (rate == 0) {
        return most;
    }
    due_ms += (double)bytes * 1000 / rate;
    return due_ms < most ? due_ms : most;
}

void sl_session_await_body(sl_session *session)
{
    uint64_t now_ms = sl_session_now(session);

    session->body_since_ms = now_ms;
    session->slow_body_ms =
        (double)now_ms + session->env->settings->body_timeout_ms;
}

void sl_session_credit_body(sl_session *session, uint64_t bytes)
{
    const sl_session_settings *settings = session->env->settings;
    const sl_exchange *exchange = session->current;

    if (exchange != NULL && sl_request_unread(&exchange->request) > 0) {
        sl_session_await_body(session); /* it is the handler that is slow */
        return;
    }
    session->body_since_ms = sl_session_now(session);
    session->slow_body_ms =
        saved(session, session->slow_body_ms, bytes, settings->min_rate_in,
              settings->body_timeout_ms);
}

void sl_session_await_taking(sl_session *session)
{
    uint64_t now_ms = sl_session_now(session);

    session->stall_since_ms = now_ms;
    session->slow_out_ms =
        (double)now_ms + session->env->settings->write_timeout_ms;
}

void sl_session_credit_taking(sl_session *session, uint64_t bytes)
{
    const sl_session_settings *settings = session->env->settings;

    if (!sl_session_has_output(session)) {
        session->stall_since_ms = 0; /* nobody is waited for */
        return;
    }
    session->slow_out_ms =
        saved(session, session->slow_out_ms, bytes, settings->min_rate_out,
              settings->write_timeout_ms);
    session->stall_since_ms = sl_session_now(session);
}

static uint64_t too_slow(double due_ms, uint32_t rate, uint32_t timeout_ms)
{
    return rate == 0 || timeout_ms == 0 ? UINT64_MAX : (uint64_t)due_ms;
}

/* --- Deadlines ---------------------------------------------------------------- */

typedef struct deadlines {
    uint64_t stall;
    uint64_t slow_out;
    uint64_t head;
    uint64_t body;
    uint64_t slow_body;
    uint64_t idle;
} deadlines;

static deadlines deadlines_of(const sl_session *session)
{
    const sl_session_settings *settings = session->env->settings;
    deadlines all = {UINT64_MAX, UINT64_MAX, UINT64_MAX,
                     UINT64_MAX, UINT64_MAX, UINT64_MAX};

    if (session->reset || session->lost || session->is_over) {
        return all;
    }
    if (session->stall_since_ms != 0) {
        all.stall = after(session->stall_since_ms, settings->write_timeout_ms);
        all.slow_out = too_slow(session->slow_out_ms, settings->min_rate_out,
                                settings->write_timeout_ms);
    }
    if (session->head_since_ms != 0) {
        all.head = after(session->head_since_ms, settings->header_timeout_ms);
    } else if (waits_for_body(session)) {
        all.body = after(session->body_since_ms, settings->body_timeout_ms);
        all.slow_body = too_slow(session->slow_body_ms, settings->min_rate_in,
                                 settings->body_timeout_ms);
    } else if (sl_session_is_idle(session)) {
        all.idle =
            after(session->idle_since_ms, settings->keepalive_timeout_ms);
    }
    return all;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t sl_session_deadline(const sl_session *session)
{
    deadlines all = deadlines_of(session);

    uint64_t in = earlier(all.head, earlier(all.body, all.slow_body));

    return earlier(in, earlier(all.idle, earlier(all.stall, all.slow_out)));
}

static void end_reader(sl_session *session, uint64_t *counter)
{
    ++*counter;
    session->reset = true;
    sl_session_stop_parsing(session);
    sl_session_let_go(session);
}

static void refuse_late(sl_session *session, uint64_t *counter,
                        const char *reason)
{
    ++*counter;
    sl_session_refuse(session, (sl_refusal){408, reason});
}

void sl_session_expire(sl_session *session, uint64_t now_ms)
{
    deadlines all = deadlines_of(session);
    sl_session_stat *stat = &session->env->stat;

    stat->changes++;
    if (now_ms >= all.stall) {
        end_reader(session, &stat->write_stalls);
    } else if (now_ms >= all.slow_out) {
        end_reader(session, &stat->slow_readers);
    } else if (now_ms >= all.idle) {
        stat->idle++;
        sl_session_stop_parsing(session);
        session->is_over = true;
    } else if (now_ms >= all.head) {
        refuse_late(session, &stat->late_heads, "The head took too long.");
    } else if (now_ms >= all.body) {
        refuse_late(session, &stat->late_bodies, "The body took too long.");
    } else if (now_ms >= all.slow_body) {
        refuse_late(session, &stat->slow_bodies, "The body is too slow.");
    } else {
        return;
    }
    sl_session_settle(session);
    sl_session_make_due(session);
}
