/* A body in another order than it was written in: its pieces are split and moved. */
#include "pipeline/user_stage.h"

/* Where the parts of a body go. */
typedef struct sorter {
    sl_pipeline *pipeline;
    const sl_range *ranges;
    int count;
    sl_queue parts[SL_MAX_RANGES];
    sl_queue rest; /* of no part, and what has no bytes */
    uint64_t at;   /* bytes of the body so far */
} sorter;

/* Where the bytes from `at` on belong, and in *len how many there are of them. */
static sl_queue *queue_at(sorter *s, uint64_t *len)
{
    uint64_t next = UINT64_MAX;

    for (int i = 0; i < s->count; i++) {
        const sl_range *range = &s->ranges[i];

        if (s->at >= range->first && s->at <= range->last) {
            *len = range->last + 1 - s->at;
            return &s->parts[i];
        }
        if (range->first > s->at && range->first < next) {
            next = range->first;
        }
    }
    *len = next - s->at;
    return &s->rest;
}

/* The last part of what was split takes nothing away from the others only if its
 * owner, who is told once, goes behind all of them. */
static void sort_last(sorter *s, sl_piece *piece, sl_queue *to)
{
    if (to != &s->rest && sl_piece_is_needed(piece)) {
        sl_queue_push(to, sl_piece_split(s->pipeline, piece, piece->len));
        piece->kind = SL_PIECE_OWNER;
        to = &s->rest;
    }
    sl_queue_push(to, piece);
}

static void sort(sorter *s, sl_piece *piece)
{
    uint64_t len;
    sl_queue *to = queue_at(s, &len);

    while (len < piece->len) {
        sl_queue_push(to, sl_piece_split(s->pipeline, piece, len));
        s->at += len;
        to = queue_at(s, &len);
    }
    s->at += piece->len;
    sort_last(s, piece, to);
}

bool sl_stage_has_all(sl_stage *stage)
{
    const sl_response *response = sl_user_stage_of(stage)->response;

    return response->finished && response->stages == stage;
}

void sl_stage_order(sl_stage *stage, const sl_range *ranges, int count)
{
    sl_user_stage *s = sl_user_stage_of(stage);
    sorter sorted = {.pipeline = sl_response_pipeline(s->response),
                     .ranges = ranges,
                     .count = count};
    sl_piece *piece;

    while ((piece = sl_queue_pop(&stage->in)) != NULL) {
        if (sl_piece_has_bytes(piece)) {
            sort(&sorted, piece);
        } else {
            sl_queue_push(&sorted.rest, piece);
        }
    }
    for (int i = 0; i < count; i++) {
        sl_queue_splice(&stage->in, &sorted.parts[i]);
    }
    sl_queue_splice(&stage->in, &sorted.rest);
}
