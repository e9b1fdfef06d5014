#include "stages.h"

#include "pipeline/pipeline.h"

static sl_status pass(test_stage *s, sl_queue *in, sl_queue *out,
                      sl_stage_push how)
{
    sl_queue_splice(out, in);
    return SL_OK;
}

/* Hold what was declared; what comes in first goes out first. */
static sl_status hold(test_stage *s, sl_queue *in, sl_queue *out,
                      sl_stage_push how)
{
    sl_queue *held = &s->base.held;

    sl_queue_splice(held, in);
    while (!sl_queue_is_empty(held) &&
           (how != SL_PUSH || held->bytes > s->base.holds_bytes)) {
        sl_queue_push(out, sl_queue_pop(held));
    }
    return SL_OK;
}

/* Cut long pieces: the parts in front are copies, or share what they are of;
 * the last one is passed on as it is. */
static sl_status split(test_stage *s, sl_queue *in, sl_queue *out,
                       sl_stage_push how)
{
    bool copies = rng_one_in(s->random, 2);
    sl_piece *piece;

    while ((piece = sl_queue_pop(in)) != NULL) {
        uint32_t part = 16 + rng_below(s->random, 200);

        while (sl_piece_has_bytes(piece) && piece->len > part) {
            sl_piece *front = sl_piece_split(s->pipeline, piece, part);

            if (copies && front->kind == SL_PIECE_DATA) {
                sl_queue_copy(s->pipeline, out, SL_ROLE_BODY, front->data,
                              part);
                sl_piece_destroy(s->pipeline, front);
            } else {
                sl_queue_push(out, front);
            }
        }
        sl_queue_push(out, piece);
    }
    return SL_OK;
}

/* Wait for somebody, often; then pass some of it. */
static sl_status delay(test_stage *s, sl_queue *in, sl_queue *out,
                       sl_stage_push how)
{
    uint32_t pieces = rng_below(s->random, 4) + 1;

    if (!s->let_go && !sl_queue_is_empty(in) && !rng_one_in(s->random, 3)) {
        s->base.waiting = true;
        return SL_OK;
    }
    s->let_go = false;
    while (!sl_queue_is_empty(in) && (how != SL_PUSH || pieces-- > 0)) {
        sl_queue_push(out, sl_queue_pop(in));
    }
    return SL_OK;
}

static sl_status fail(test_stage *s, sl_queue *in, sl_queue *out,
                      sl_stage_push how)
{
    if (rng_one_in(s->random, 6)) {
        return SL_ESYSTEM;
    }
    return pass(s, in, out, how);
}

static uint32_t count_marks(const sl_queue *queue)
{
    uint32_t n = 0;

    for (const sl_piece *p = queue->first; p != NULL; p = p->next) {
        n += p->kind == SL_PIECE_MARK ? 1 : 0;
    }
    return n;
}

/* Push, and tell the model what the first stage has taken. */
static sl_status push(sl_stage *base, sl_queue *in, sl_queue *out,
                      sl_stage_push how)
{
    static sl_status (*const does[STAGE_KINDS])(test_stage *, sl_queue *,
                                                sl_queue *, sl_stage_push) = {
        pass, hold, split, delay, fail};
    test_stage *s = (test_stage *)base;
    uint64_t bytes = in->bytes;
    uint32_t marks = s->is_first ? count_marks(in) : 0;
    sl_status rc;

    if (sl_queue_is_empty(&base->held)) {
        s->held_since_ms = s->pipeline->now_ms;
    }
    rc = does[s->kind](s, in, out, how);

    if (s->is_first) {
        model_entered(s->model, bytes - in->bytes, marks - count_marks(in));
    }
    return rc;
}

static void destroy(sl_stage *base)
{
    test_stage *s = (test_stage *)base;

    EXPECT(s->model->report, 4, s->taken && !s->destroyed,
           "a stage is destroyed twice");
    EXPECT(s->model->report, 4, sl_queue_is_empty(&base->held),
           "a stage is destroyed that holds something");
    s->destroyed = true;
}

static const sl_stage_ops test_stage_ops = {
    .name = "test", .push = push, .destroy = destroy};

void test_stage_init(test_stage *s, stage_kind kind, sl_pipeline *pipeline,
                     model *m, rng *random, bool is_first)
{
    *s = (test_stage){.base.ops = &test_stage_ops,
                      .kind = kind,
                      .pipeline = pipeline,
                      .model = m,
                      .random = random,
                      .is_first = is_first,
                      .taken = true};
    if (kind == STAGE_HOLD) {
        s->base.holds_bytes = rng_below(random, 300);
        s->base.holds_ms = rng_below(random, 100) + 1;
    }
}
