/* What a session would do with what is ready: a head, and a body in its framing. */
#include "sink.h"

#include <stdio.h>
#include <string.h>

#include "wire.h"

static void put_text(sink *s, const char *text, size_t len)
{
    wired *w = wire_add(s, WIRED_FRAMING, len);

    memcpy(w->own, text, len);
    sl_queue_push(
        &s->response->wire,
        sl_piece_create_text(s->pipeline, SL_ROLE_FRAMING, text, len));
}

/* Of random length, so that counts cannot be right by accident. */
static void put_head(sink *s)
{
    size_t len = rng_below(s->random, 120) + 1;
    char *text = sl_arena_take(&s->exchange->arena, len);
    sl_piece *piece =
        sl_piece_create(s->pipeline, SL_PIECE_DATA, SL_ROLE_FRAMING);

    memset(text, 'h', len);
    piece->owner = SL_OWNER_NONE;
    piece->data = text;
    piece->len = len;
    sl_queue_push(&s->response->wire, piece);
    wire_add(s, WIRED_FRAMING, len)->text = text;
    sl_response_commit(s->response);
    s->committed = true;
    TRACE(s->report, "  sink: head of %zu bytes", len);
}

/* The length is in the head if it was declared or is known by now. */
static void choose_framing(sink *s)
{
    const sl_response *res = s->response;

    s->suppressed |= res->status == 204 || res->status == 304;
    EXPECT(s->report, CONTRACT, res->declared == s->model->declared,
           "the declared length is %.0f, not %.0f", res->declared,
           s->model->declared);
    if (res->declared >= 0) {
        s->framing = FRAME_LENGTH;
        s->length = res->declared;
    } else if (sl_response_is_complete(res) &&
               sl_response_trailers(res)->count == 0) {
        s->framing = FRAME_LENGTH;
        s->length = (double)res->ready.bytes;
    } else if (s->framing == FRAME_LENGTH) {
        s->framing = FRAME_CHUNKED;
    }
}

static void put_body(sink *s, sl_piece *piece)
{
    bool chunked = s->framing == FRAME_CHUNKED && !s->suppressed;
    char line[24];

    TRACE(s->report, "  sink: %s of %llu bytes",
          piece->kind == SL_PIECE_FILE ? "a file" : "memory",
          (unsigned long long)piece->len);
    s->body_bytes += (double)piece->len;
    if (s->response->stages == NULL) {
        model_entered(s->model, piece->len, 0);
    }
    model_framed(s->model, piece->len);
    if (chunked) {
        put_text(s, line,
                 (size_t)snprintf(line, sizeof line, "%llx\r\n",
                                  (unsigned long long)piece->len));
    }
    if (s->suppressed) {
        piece->role = SL_ROLE_SUPPRESSED;
    }
    wire_add(s, s->suppressed ? WIRED_SUPPRESSED : WIRED_BODY, piece->len);
    sl_queue_push(&s->response->wire, piece);
    if (chunked) {
        put_text(s, "\r\n", 2);
    }
}

static void put_mark(sink *s, sl_piece *piece)
{
    uint32_t id = piece->as.op != NULL ? piece->as.op->done.id : 0;

    if (s->response->stages == NULL) {
        model_entered(s->model, 0, 1);
    }
    wire_add(s, WIRED_MARK, 0)->mark = model_framed_mark(s->model, id);
    sl_queue_push(&s->response->wire, piece);
}

void sink_informational(sink *s, int status)
{
    static const char text[] = "HTTP/1.1 103 Early Hints\r\n\r\n";

    sl_queue_push(&s->response->wire,
                  sl_piece_create_text(s->pipeline, SL_ROLE_INTERIM, text,
                                       sizeof text - 1));
    wire_add(s, WIRED_INTERIM, sizeof text - 1);
    s->due = true;
}

static void put_end(sink *s, sl_piece *piece)
{
    model_framed_end(s->model);
    EXPECT(s->report, 5, !s->ended, "a second end");
    EXPECT(s->report, CONTRACT,
           sl_response_trailers(s->response)->count == s->model->ntrailers,
           "%u trailer fields where %u were given",
           sl_response_trailers(s->response)->count, s->model->ntrailers);
    EXPECT(s->report, 5,
           s->framing != FRAME_LENGTH || s->suppressed ||
               s->length == s->body_bytes,
           "an end after %.0f bytes of a body whose length is %.0f",
           s->body_bytes, s->length);
    if (s->framing == FRAME_CHUNKED && !s->suppressed) {
        put_text(s, "0\r\n", 3);
        for (uint32_t i = 0; i < sl_response_trailers(s->response)->count;
             i++) {
            put_text(s, "t: v\r\n", 6);
        }
        put_text(s, "\r\n", 2);
    }
    wire_add(s, WIRED_END, 0);
    s->ended = true;
    sl_queue_push(&s->response->wire, piece);
}

static void frame_piece(sink *s, sl_piece *piece)
{
    switch (piece->kind) {
    case SL_PIECE_DATA:
    case SL_PIECE_FILE:
        EXPECT(s->report, CONTRACT, piece->len > 0,
               "a piece without bytes: as a chunk it would end the body");
        put_body(s, piece);
        break;
    case SL_PIECE_MARK:
        put_mark(s, piece);
        break;
    case SL_PIECE_OWNER:
        sl_queue_push(&s->response->wire, piece);
        break;
    default:
        put_end(s, piece);
        break;
    }
}

/* What is sent then is of the server alone, and complete; the sink leaves it. */
static void check_page(sink *s)
{
    sl_queue *ready = &s->response->ready;
    const sl_piece *text = ready->first;

    EXPECT(s->report, 5, !s->committed && s->response->status == 500,
           "a stage failed, and the status is %d", s->response->status);
    EXPECT(s->report, 5,
           text->kind == SL_PIECE_DATA && memcmp(text->data, "500 ", 4) == 0 &&
               sl_response_is_complete(s->response),
           "a stage failed, and something else than the page is sent");
    sl_queue_clear(s->pipeline, ready);
}

void sink_frame(sink *s)
{
    sl_response *res = s->response;
    bool is_ready;

    sink_settle(s);
    s->model->pulls++;
    if (sink_is_replaced(s) && sl_queue_is_empty(&res->accepted)) {
        return; /* the page was looked at */
    }
    is_ready = sl_response_pull(res);
    sink_follow_stages(s);
    if (!is_ready) {
        EXPECT(s->report, CONTRACT,
               sl_queue_is_empty(&res->ready) || res->phase == SL_PHASE_ABORTED,
               "pull says there is nothing, and something is ready");
        return;
    }
    if (sink_is_replaced(s)) {
        check_page(s);
        return;
    }
    EXPECT(s->report, 5, res->phase != SL_PHASE_ABORTED,
           "something to send after the abort");
    if (!s->committed) {
        choose_framing(s);
        put_head(s);
    }
    while (!sl_queue_is_empty(&res->ready)) {
        frame_piece(s, sl_queue_pop(&res->ready));
    }
}
