#include "sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

void sink_init(sink *s, report *r, rng *random, sl_pipeline *pipeline,
               sl_exchange *exchange, model *m)
{
    wired *wire = s->wire;
    size_t capacity = s->capacity;

    *s = (sink){.report = r,
                .random = random,
                .pipeline = pipeline,
                .exchange = exchange,
                .response = &exchange->response,
                .model = m,
                .wire = wire,
                .capacity = capacity};
    s->framing = (sink_framing)rng_below(random, 3);
    s->suppressed = rng_one_in(random, 8);
}

void sink_deinit(sink *s)
{
    free(s->wire);
    s->wire = NULL;
    s->capacity = 0;
}

/* A stage has failed before the head left: to who writes it is an abort. */
static bool is_replaced(const sink *s)
{
    return s->response->failure == SL_ESTAGE &&
           s->response->phase == SL_PHASE_HEAD;
}

bool sink_is_aborted(const sink *s)
{
    return s->response->phase == SL_PHASE_ABORTED || is_replaced(s);
}

/* --- Framing --------------------------------------------------------------- */

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

static uint32_t count_sync_marks(const sl_queue *queue)
{
    uint32_t n = 0;

    for (const sl_piece *p = queue->first; p != NULL; p = p->next) {
        n += p->kind == SL_PIECE_MARK && p->as.op == NULL ? 1 : 0;
    }
    return n;
}

/* Is the mark that comes next still in front of the first stage? No count
 * tells of the ends of runs of sync writes, so look for them. */
static bool is_queued(const sink *s, const item *mark, uint32_t in_flight)
{
    const sl_response *res = s->response;
    uint32_t n = count_sync_marks(&res->accepted);

    if (mark->op != NULL) {
        return in_flight == model_in_flight(s->model);
    }
    n += res->stages != NULL ? count_sync_marks(&res->stages->in) : 0;
    return n == model_count_sync_marks(s->model);
}

void sink_settle(sink *s)
{
    sl_response_stat stat;
    item *mark;

    if (s->first < s->count || sink_is_aborted(s) ||
        sl_response_describe(s->response, s->response->generation, &stat) < 0) {
        return;
    }
    while ((mark = model_next_mark(s->model)) != NULL &&
           !is_queued(s, mark, stat.in_flight)) {
        model_skip_mark(s->model);
    }
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

static void frame(sink *s)
{
    sl_response *res = s->response;

    sink_settle(s);
    s->model->pulls++;
    if (is_replaced(s) && sl_queue_is_empty(&res->accepted)) {
        return; /* the page was looked at */
    }
    if (!sl_response_pull(res)) {
        EXPECT(s->report, CONTRACT,
               sl_queue_is_empty(&res->ready) || res->phase == SL_PHASE_ABORTED,
               "pull says there is nothing, and something is ready");
        return;
    }
    if (is_replaced(s)) {
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

/* --- Sending --------------------------------------------------------------- */

bool sink_has_output(const sink *s)
{
    return s->exchange != NULL && s->wire_left > 0 && !sink_is_aborted(s);
}

void sink_run(sink *s)
{
    uint64_t budget = s->appetite;

    EXPECT(s->report, 2, !s->sending, "send is called while it runs");
    s->sending = true;
    for (;;) {
        uint64_t wanted;

        frame(s); /* after an abort too: there must be nothing */
        if (sink_is_aborted(s)) {
            break;
        }
        wire_sent(s, 0);
        if (s->wire_left == 0 || budget == 0) {
            break;
        }
        wanted = wire_offer(s, budget);
        budget -= wanted;
    }
    s->sending = false;
}

/* --- What is held ---------------------------------------------------------- */

uint64_t sink_cost(const sink *s)
{
    const sl_response *res = s->response;
    uint64_t cost = res->accepted.cost + res->ready.cost + res->wire.cost;

    for (const sl_stage *stage = res->stages; stage; stage = stage->next) {
        cost += stage->in.cost + stage->held.cost;
    }
    return cost;
}

uint64_t sink_held_bytes(const sink *s)
{
    const sl_response *res = s->response;
    uint64_t bytes = res->accepted.bytes + res->ready.bytes + res->wire.bytes;

    for (const sl_stage *stage = res->stages; stage; stage = stage->next) {
        bytes += stage->in.bytes + stage->held.bytes;
    }
    return bytes;
}
