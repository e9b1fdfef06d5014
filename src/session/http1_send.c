
#include "session/http1.h"

static bool is_aborted(const sl_exchange *exchange)
{
    return exchange->response.phase == SL_PHASE_ABORTED;
}

/* Frame one exchange and add it. False when nothing may follow it. */
static bool gather_one(sl_turn *turn, sl_batch *batch)
{
    sl_exchange *exchange = turn->exchange;
    uint64_t before = sl_batch_size(batch);
    bool whole;

    if (!is_aborted(exchange)) {
        sl_turn_frame(turn);
    }
    if (is_aborted(exchange)) {
        batch->all = false;
        return false;
    }
    whole = sl_queue_gather(&exchange->response.wire, batch);
    turn->gathered = sl_batch_size(batch) - before;
    batch->all = whole && !sl_response_holds_back(&exchange->response);
    return whole && turn->is_ended;
}

static bool gather_exchanges(sl_session *session, sl_batch *batch)
{
    for (sl_list *link = session->exchanges.next; link != &session->exchanges;
         link = link->next) {
        sl_exchange *exchange = SL_CONTAINER(link, sl_exchange, session_link);

        if (!gather_one(sl_turn_of(exchange), batch)) {
            return false;
        }
    }
    return true;
}

static void gather_refusal(sl_session *session, sl_batch *batch)
{
    size_t len = sl_session_refusal_len(session);

    if (len == 0 || batch->fd >= 0 || batch->count == SL_BATCH_PIECES) {
        batch->more = batch->more || len > 0;
        batch->all = batch->all && !batch->more;
        return;
    }
    batch->iov[batch->count++] = (struct iovec){
        .iov_base = session->refusal->text.data + session->refusal->text.start,
        .iov_len = len,
    };
    batch->bytes += len;
}

/* When this batch was sent, is there nothing left but to close? */
static bool is_the_end(const sl_session *session, const sl_batch *batch)
{
    return session->closing && session->current == NULL && !session->reset &&
           !batch->more;
}

bool sl_session_gather(sl_session *session, sl_batch *batch)
{
    bool whole;

    sl_batch_init(batch);
    whole = gather_exchanges(session, batch);
    if (whole) {
        gather_refusal(session, batch);
    }
    sl_session_settle(session);
    batch->last = whole && is_the_end(session, batch);
    if (sl_batch_size(batch) == 0) {
        return false;
    }
    if (session->stall_since_ms == 0) {
        sl_session_await_taking(session);
    }
    return true;
}

void sl_session_sent(sl_session *session, uint64_t len)
{
    uint64_t taken = len;

    for (sl_list *link = session->exchanges.next;
         len > 0 && link != &session->exchanges; link = link->next) {
        sl_exchange *exchange = SL_CONTAINER(link, sl_exchange, session_link);
        sl_turn *turn = sl_turn_of(exchange);
        uint64_t part = len < turn->gathered ? len : turn->gathered;

        sl_response_sent(&exchange->response, part);
        turn->gathered -= part;
        len -= part;
    }
    if (session->refusal != NULL) {
        sl_buffer_consume(&session->refusal->text, (size_t)len);
    }
    sl_session_settle(session);
    if (sl_session_refusal_len(session) == 0) {
        sl_session_log_refusal(session);
    }
    sl_session_credit_taking(session, taken);
}

void sl_session_file_failed(sl_session *session)
{
    for (sl_list *link = session->exchanges.next; link != &session->exchanges;
         link = link->next) {
        sl_exchange *exchange = SL_CONTAINER(link, sl_exchange, session_link);

        if (sl_turn_of(exchange)->gathered > 0) {
            sl_response_fail(&exchange->response, SL_ESYSTEM);
            break;
        }
    }
    sl_session_settle(session);
    sl_session_make_due(session);
}

bool sl_session_has_output(const sl_session *session)
{
    const sl_exchange *exchange = sl_session_first(session);

    if (exchange == NULL) {
        return sl_session_refusal_len(session) > 0;
    }
    return !sl_queue_is_empty(&exchange->response.wire);
}
