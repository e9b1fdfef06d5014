
#include "base/rare.h"
#include "http/chunked.h"
#include "http/date.h"
#include "http/head.h"
#include "pipeline/record.h"
#include "session/http1.h"

static sl_response *response_of(sl_turn *turn)
{
    return &turn->exchange->response;
}

/* Put text that lives as long as the exchange on the wire. */
static void push_framing(sl_turn *turn, sl_span text)
{
    sl_piece *piece = sl_piece_create(turn->exchange->pipeline, SL_PIECE_DATA,
                                      SL_ROLE_FRAMING);

    piece->data = text.data;
    piece->len = text.len;
    sl_queue_push(&response_of(turn)->wire, piece);
}

/* --- The head -------------------------------------------------------------------- */

sl_span sl_session_date(sl_session_env *env)
{
    if (env->date_s != env->pipeline->unix_s || env->date_text[0] == '\0') {
        sl_date_format(env->date_text, env->pipeline->unix_s);
        env->date_s = env->pipeline->unix_s;
    }
    return (sl_span){env->date_text, SL_DATE_LEN};
}

/* How the body is delimited (RFC 9112, 6.3). To HEAD the head says what GET
 * would have got; 204 says nothing, and 304 only what was declared. */
static void choose_framing(sl_turn *turn, sl_head *head)
{
    sl_response *response = response_of(turn);
    const sl_request *request = &turn->exchange->request;
    bool no_body = head->status == 204 || head->status == 304;
    bool is_known = !response->reshaped; /* what the handler declared is so */

    head->length = is_known ? response->declared : response->shaped;
    if (head->status == 204 ||
        (!is_known && sl_response_trailers(response)->count > 0)) {
        head->length = -1;
    }
    if (head->status == 205) {
        head->length = 0;
        no_body = true;
    } else if (head->length < 0 && !no_body &&
               sl_response_is_complete(response) &&
               sl_response_trailers(response)->count == 0 &&
               (is_known || !request->is_head)) {
        head->length = (double)response->ready.bytes;
    }
    head->chunked = head->length < 0 && !no_body && request->version >= 11;
    if (no_body || request->is_head) {
        turn->framing = SL_FRAMING_SUPPRESSED;
    } else if (head->length >= 0) {
        turn->framing = SL_FRAMING_LENGTH;
    } else {
        turn->framing = head->chunked ? SL_FRAMING_CHUNKED : SL_FRAMING_CLOSE;
    }
    if (head->length < 0 && !no_body && !head->chunked) {
        turn->keeps_alive = false; /* HTTP/1.0 without a known length */
    }
}

/* Will the unread rest of the request's body be in the way? */
static bool leaves_body(const sl_turn *turn)
{
    const sl_request *request = &turn->exchange->request;
    const sl_session *session = turn->session;

    if (request->body_state == SL_BODY_FAILED) {
        return true;
    }
    return request->body_state == SL_BODY_OPEN &&
           turn->exchange->response.finished &&
           (turn->continues ||
            request->body_left > (int64_t)session->env->settings->drain_bytes);
}

/* Say whether the connection goes on. It does when the next request has been
 * started already. */
static void choose_connection(sl_turn *turn, sl_head *head)
{
    sl_session *session = turn->session;
    const sl_exchange *exchange = turn->exchange;

    if (exchange->session_link.next == &session->exchanges) {
        turn->keeps_alive = turn->keeps_alive &&
                            !exchange->response.needs_disconnect &&
                            !session->env->draining && !leaves_body(turn);
        session->is_last = session->is_last || !turn->keeps_alive;
    }
    if (session->is_last &&
        exchange->session_link.next == &session->exchanges) {
        head->connection = (sl_span){"close", 5};
    } else if (exchange->request.version < 11) {
        head->connection = (sl_span){"keep-alive", 10};
    }
}

/* A handler that names it otherwise has its reasons. */
SL_RARE static void choose_id(const sl_turn *turn, sl_head *head)
{
    static const char name[] = "X-Request-Id";

    if (sl_fields_find(head->fields, name, sizeof name - 1, 0) == NULL) {
        head->id = turn->exchange->request.parts[SL_PART_ID];
    }
}

/* What goes on for long does not keep its head: the memory is free when that
 * was sent. */
static void push_head_of_stream(sl_turn *turn, const sl_head *head)
{
    sl_pipeline *pipeline = turn->exchange->pipeline;
    sl_arena arena;
    sl_span text;

    sl_arena_init(&arena, &pipeline->arenas);
    text = sl_head_render(&arena, head);
    sl_queue_copy(pipeline, &response_of(turn)->wire, SL_ROLE_FRAMING,
                  text.data, text.len);
    sl_arena_reset(&arena);
}

/* The head goes on the wire, and the line of the first chunk with it. */
static void push_head(sl_turn *turn)
{
    sl_response *response = response_of(turn);
    sl_session_env *env = turn->session->env;
    char line[SL_CHUNK_LINE];
    sl_head head = {
        .status = response->status,
        .fields = &response->headers,
        .date = sl_session_date(env),
        .server = env->settings->server_header,
    };

    if (response->wording != NULL) {
        head.reason = response->wording->reason;
    }
    if (env->settings->id_header) {
        choose_id(turn, &head);
    }
    choose_framing(turn, &head);
    choose_connection(turn, &head);
    head.trailers = head.chunked ? response->trailers : NULL;
    if (turn->framing == SL_FRAMING_CHUNKED && response->ready.bytes > 0) {
        head.after.data = line;
        head.after.len = sl_chunk_line(line, response->ready.bytes);
    }
    if (sl_response_is_complete(response)) {
        push_framing(turn, sl_head_render(&turn->exchange->arena, &head));
    } else {
        push_head_of_stream(turn, &head);
    }
    turn->is_committed = true;
    sl_response_commit(response);
}

/* --- The body --------------------------------------------------------------------- */

static void push_chunk_line(sl_turn *turn)
{
    sl_response *response = response_of(turn);
    char line[SL_CHUNK_LINE];
    size_t len = sl_chunk_line(line, response->ready.bytes);

    sl_queue_push(&response->wire,
                  sl_piece_create_text(turn->exchange->pipeline,
                                       SL_ROLE_FRAMING, line, len));
}

/* A body that goes out as it is. */
static void move_plain(sl_turn *turn)
{
    sl_response *response = response_of(turn);

    for (const sl_piece *p = response->ready.first; p != NULL; p = p->next) {
        turn->is_ended = turn->is_ended || p->kind == SL_PIECE_END;
    }
    sl_queue_splice(&response->wire, &response->ready);
}

/* Everything that is ready makes one chunk, whatever it consists of; marks may
 * stand in it. Its CRLF comes before the marks behind it, for they complete
 * with it; where the end follows, one text has both. */
static void move_body(sl_turn *turn)
{
    sl_response *response = response_of(turn);
    bool is_chunked = turn->framing == SL_FRAMING_CHUNKED;
    bool is_open = response->ready.bytes > 0; /* a chunk is */
    sl_piece *piece;

    while ((piece = sl_queue_pop(&response->ready)) != NULL) {
        bool is_end = piece->kind == SL_PIECE_END;
        const sl_piece *next = response->ready.first;

        if (is_end && is_chunked) {
            push_framing(turn, sl_chunk_end(response->trailers, is_open));
        }
        if (is_end) {
            turn->is_ended = true;
            is_open = false;
        }
        if (turn->framing == SL_FRAMING_SUPPRESSED) {
            piece->role = SL_ROLE_SUPPRESSED;
        }
        sl_queue_push(&response->wire, piece);
        if (is_open && is_chunked && response->ready.bytes == 0 &&
            (next == NULL || next->kind != SL_PIECE_END)) {
            push_framing(turn, (sl_span){"\r\n", 2});
            is_open = false;
        }
    }
}

void sl_turn_frame(sl_turn *turn)
{
    sl_response *response = response_of(turn);

    if (!sl_response_pull(response)) {
        return;
    }
    if (response->record != NULL) {
        sl_record_framed(response);
    }
    if (response->phase == SL_PHASE_HEAD) {
        push_head(turn);
    } else if (turn->framing == SL_FRAMING_CHUNKED &&
               response->ready.bytes > 0) {
        push_chunk_line(turn);
    }
    if (turn->framing == SL_FRAMING_LENGTH ||
        turn->framing == SL_FRAMING_CLOSE) {
        move_plain(turn);
    } else {
        move_body(turn);
    }
    if (!sl_response_is_to_be_sent(response)) {
        sl_response_sent(response, 0);
    }
}
