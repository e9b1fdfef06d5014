#include <string.h>

#include "http/head.h"
#include "session/http1.h"

static void on_due(void *context, sl_exchange *exchange)
{
    const sl_turn *turn = context;

    (void)exchange;
    sl_session_make_due(turn->session);
}

static void on_send(void *context, sl_exchange *exchange)
{
    const sl_session *session = ((const sl_turn *)context)->session;

    (void)exchange;
    session->output->send(session->connection);
}

/* Interim responses need no framing: they wait in `wire` for the exchange's
 * place in the pipeline. */
static void on_informational(void *context, sl_exchange *exchange, int status,
                             const sl_fields *fields)
{
    const sl_turn *turn = context;
    sl_arena arena;
    sl_span text;

    if (exchange->response.phase != SL_PHASE_HEAD) {
        return;
    }
    /* Copied, so that their memory goes when they were sent. */
    sl_arena_init(&arena, &exchange->pipeline->arenas);
    text = sl_head_render_interim(&arena, status, fields);
    sl_queue_copy(exchange->pipeline, &exchange->response.wire, SL_ROLE_INTERIM,
                  text.data, text.len);
    sl_arena_reset(&arena);
    sl_session_make_due(turn->session);
}

/* A client that has begun to send its body does not wait (RFC 9110, 10.1.1):
 * `continues` is false then. */
static void on_want_body(void *context, sl_exchange *exchange)
{
    sl_turn *turn = context;
    sl_session *session = turn->session;

    sl_session_await_body(session);
    if (turn->continues) {
        turn->continues = false;
        on_informational(context, exchange, 100, NULL);
    }
    sl_session_make_due(session); /* reading may go on */
}

static void on_local_address(void *context, sl_exchange *exchange)
{
    const sl_session *session = ((sl_turn *)context)->session;
    char text[SL_SESSION_ADDRESS];
    size_t len;

    if (session->output->local_address == NULL) {
        return;
    }
    session->output->local_address(session->connection, text);
    len = strlen(text);
    sl_request_origin(&exchange->request)->local =
        (sl_span){sl_arena_copy(&exchange->arena, text, len), len};
}

const sl_transport sl_http1_transport = {
    .due = on_due,
    .send = on_send,
    .want_body = on_want_body,
    .informational = on_informational,
    .local_address = on_local_address,
};
