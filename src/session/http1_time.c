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
    return request->body_wanted && sl_buffer_len(&request->body) == 0;
}

typedef struct deadlines {
    uint64_t stall;
    uint64_t head;
    uint64_t body;
    uint64_t idle;
} deadlines;

static deadlines deadlines_of(const sl_session *session)
{
    const sl_session_settings *settings = session->env->settings;
    deadlines all = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

    if (session->reset || session->lost || session->is_over) {
        return all;
    }
    if (session->stall_since_ms != 0) {
        all.stall = after(session->stall_since_ms, settings->write_timeout_ms);
    }
    if (session->head_since_ms != 0) {
        all.head = after(session->head_since_ms, settings->header_timeout_ms);
    } else if (waits_for_body(session)) {
        all.body = after(session->body_since_ms, settings->body_timeout_ms);
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

    return earlier(earlier(all.head, all.body), earlier(all.idle, all.stall));
}

void sl_session_expire(sl_session *session, uint64_t now_ms)
{
    deadlines all = deadlines_of(session);

    if (now_ms >= all.stall) {
        session->reset = true;
        sl_session_stop_parsing(session);
        sl_session_let_go(session);
    } else if (now_ms >= all.idle) {
        sl_session_stop_parsing(session);
        session->is_over = true;
    } else if (now_ms >= all.head) {
        sl_session_refuse(session,
                          (sl_refusal){408, "The head took too long."});
    } else if (now_ms >= all.body) {
        sl_session_refuse(session,
                          (sl_refusal){408, "The body took too long."});
    } else {
        return;
    }
    sl_session_settle(session);
    sl_session_make_due(session);
}
