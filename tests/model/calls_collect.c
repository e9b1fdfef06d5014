/* How completions arrive: by callbacks, and by random calls that collect. */
#include "world.h"

void on_completion(sl_response *response, uint32_t generation,
                   const sl_completion *done, void *context)
{
    model_op *op = context;
    model *m = op->model;
    subject *s = SL_CONTAINER(m, subject, model);
    world *w = s->world;

    EXPECT(m->report, 2, w->delivering && w->depth == 0,
           "the callback of operation %u comes inside a call", done->id);
    EXPECT(m->report, 9, s->response == response && generation == s->generation,
           "a callback of generation %u for %u", generation, s->generation);
    TRACE(m->report,
          "%d: callback of %u: status %d, %.0f bytes, %.0f on the wire",
          subject_no(s), done->id, done->status, done->bytes, done->wire_bytes);
    model_check_completion(m, op, done);
    EXPECT(m->report, 1, op->called_back, "a callback that was not asked for");
    for (const model_op *older = m->ops; older < op; older++) {
        EXPECT(m->report, 3, !older->called_back || older->seen,
               "the callback of operation %u comes before that of %u", op->id,
               older->id);
    }
    model_collected(m, op);
    if (s->host_holds && !w->calm && rng_one_in(&w->random, 4)) {
        call_write(s);
    }
}

static sl_status expected_of(const model_op *op)
{
    if (op == NULL || !op->expected || op->seen || op->dropped) {
        return SL_EMPTY;
    }
    if (op->called_back) {
        return SL_PENDING;
    }
    if (op->completed) {
        return SL_OK;
    }
    /* The wait for a cancelled flush ends at once. */
    return op->kind == SL_KIND_FLUSH && op->withdrawn ? SL_OK : SL_PENDING;
}

static sl_status expected_of_oldest(model *m, model_op **op)
{
    *op = model_oldest(m);
    if (*op != NULL) {
        return SL_OK;
    }
    for (uint32_t i = m->first_flying; i < m->nops; i++) {
        const model_op *flying = &m->ops[i];

        if (!flying->completed && flying->in_list && !flying->seen) {
            return SL_PENDING;
        }
    }
    return SL_EMPTY;
}

static void check_collected(model *m, model_op *op, const sl_completion *done)
{
    EXPECT(m->report, CONTRACT, done->dropped == m->dropped,
           "%u completions are said to have left the list; %u have",
           done->dropped, m->dropped);
    if (op->completed) {
        model_check_completion(m, op, done);
        model_collected(m, op);
        return;
    }
    EXPECT(m->report, 1,
           done->id == op->id && (op->statuses & STATUS_BIT(done->status)),
           "the wait for operation %u ends as %u with %d", op->id, done->id,
           done->status);
    op->seen = true;
    op->early = true;
    op->in_list = false;
}

static sl_status collect(subject *s, uint32_t id)
{
    world *w = s->world;
    model *m = &s->model;
    sl_completion done = {.id = UINT32_MAX};
    sl_status expected;
    sl_status rc;
    model_op *op;

    if (id == 0) {
        expected = expected_of_oldest(m, &op);
    } else {
        op = model_find(m, id);
        expected = expected_of(op);
    }
    enter(w);
    rc = sl_response_get_completed_operation(s->response, s->generation, id,
                                             &done);
    leave(w);
    TRACE(&w->report, "%d: collect %u: %d, id %u, status %d", subject_no(s), id,
          rc, done.id, done.status);
    EXPECT(m->report, 1, rc == expected, "collecting %u gives %d instead of %d",
           id, rc, expected);
    if (rc == SL_OK) {
        check_collected(m, op, &done);
    } else {
        EXPECT(m->report, CONTRACT, done.id == UINT32_MAX,
               "a completion was filled in that is not there");
    }
    return rc;
}

void call_collect(subject *s)
{
    collect(s, rng_one_in(&s->world->random, 2) ? 0 : subject_random_id(s));
}

void call_collect_all(subject *s)
{
    const model *m = &s->model;

    while (collect(s, 0) == SL_OK) {
    }
    for (uint32_t i = 0; i < m->nops; i++) {
        if (m->ops[i].expected && m->ops[i].id != 0) {
            collect(s, m->ops[i].id);
        }
    }
}
