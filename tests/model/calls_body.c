/* Random calls that add to the body, or wait for it. */
#include <string.h>

#include "world.h"

static sl_operation random_operation(subject *s)
{
    rng *random = &s->world->random;
    sl_operation op = {0};

    op.flags |= rng_below(random, 5) < 3 ? SL_ASYNC : 0;
    op.flags |= rng_one_in(random, 40) ? 0 : SL_MORE_DATA;
    op.flags |= rng_one_in(random, 3) ? SL_AT_MARK : 0;
    op.flags |= rng_one_in(random, 8) ? SL_IN_TURN : 0;
    op.flags |= rng_one_in(random, 20) ? SL_NO_WAIT : 0;
    if (op.flags & SL_ASYNC) {
        op.flags |= rng_one_in(random, 4) ? SL_ALWAYS_POST : 0;
        op.flags |= rng_one_in(random, 6) ? SL_BY_ID : 0;
        op.callback = rng_one_in(random, 3) ? on_completion : NULL;
        op.timeout_ms = rng_one_in(random, 4) ? rng_below(random, 60) + 1 : 0;
    }
    return op;
}

static bool quota_is_spent(const world *w)
{
    return w->quota >= 0 &&
           (w->quota_calls[w->quota] >= w->settings.quota_calls ||
            w->quota_bytes[w->quota] >= (double)w->settings.quota_bytes);
}

/* The statuses, as bits, that a call with these flags deserves. */
static uint32_t refusals_of(const subject *s, uint32_t flags)
{
    const model *m = &s->model;
    const sl_pipeline_settings *settings = &s->world->settings;
    uint64_t cost = sink_cost(&s->sink);
    uint32_t refusals = 0;

    /* A handler whose calls all fail must let others run too. */
    if ((flags & (SL_AT_MARK | SL_IN_TURN)) && quota_is_spent(s->world)) {
        return STATUS_BIT(SL_EAGAIN);
    }
    if (m->aborted) {
        return STATUS_BIT(m->failure);
    }
    if (m->finished) {
        return STATUS_BIT(SL_EFINISHED);
    }
    if (cost >= settings->hard_limit ||
        ((flags & SL_AT_MARK) && cost >= settings->high_water)) {
        refusals |= STATUS_BIT(SL_EAGAIN);
    }
    if ((flags & SL_ASYNC) && m->failed >= m->limit) {
        refusals |= STATUS_BIT(SL_ETOOBIG);
    }
    return refusals;
}

/* The bytes of the call are in the model already. */
static uint32_t length_refusals(const subject *s, bool is_last)
{
    const model *m = &s->model;

    if (m->declared < 0) {
        return 0;
    }
    if (m->accepted_bytes > m->declared ||
        (is_last && m->accepted_bytes < m->declared &&
         !subject_is_bodiless(s))) {
        return STATUS_BIT(SL_ELENGTH);
    }
    return 0;
}

/* Compare the refusal of a call with those that it deserves. True: it was
 * refused, and the model has forgotten it. */
static bool is_refused(subject *s, sl_status rc, uint32_t refusals)
{
    report *r = &s->world->report;

    if (rc < 0) {
        EXPECT(r, CONTRACT, (refusals & STATUS_BIT(rc)) != 0,
               "refused with %d; the model allows %#x", rc, refusals);
        model_rollback(&s->model);
        return true;
    }
    EXPECT(r, CONTRACT, refusals == 0,
           "accepted with %d; the model refuses with %#x", rc, refusals);
    subject_follow_abort(s, subject_may_fail(s));
    sink_settle(&s->sink);
    return false;
}

static void check_inline(model_op *op, const sl_operation *call)
{
    report *r = op->model->report;

    EXPECT(r, 1, op->completed && (op->statuses & STATUS_BIT(SL_OK)),
           "operation %u is said to be done inline: %.0f of %.0f bytes were "
           "taken",
           call->id, op->taken, op->accepted);
    EXPECT(r, 1, !call->completion_expected && !(call->flags & SL_ALWAYS_POST),
           "operation %u is done inline, and its completion_expected is %d",
           call->id, call->completion_expected);
    EXPECT(r, 7, call->bytes == op->bytes && call->wire_bytes == op->wire_bytes,
           "operation %u is done inline with %.0f bytes, %.0f on the wire; "
           "they were %.0f, %.0f",
           call->id, call->bytes, call->wire_bytes, op->bytes, op->wire_bytes);
}

static void check_started(subject *s, model_op *op, sl_status rc,
                          const sl_operation *call)
{
    model *m = &s->model;

    EXPECT(m->report, 3, call->id > m->last_id,
           "operation %u comes after operation %u", call->id, m->last_id);
    EXPECT(m->report, 3, op->id == 0 || op->id == call->id,
           "operation %u has the mark of operation %u", call->id, op->id);
    op->id = call->id;
    m->last_id = call->id;
    if (rc == SL_OK) {
        check_inline(op, call);
        return;
    }
    EXPECT(m->report, 1, call->completion_expected == 1,
           "operation %u is pending, and no completion is expected", call->id);
    EXPECT(m->report, 1,
           !op->completed || !(op->statuses & STATUS_BIT(SL_OK)) ||
               (call->flags & SL_ALWAYS_POST),
           "operation %u was done inline, and a completion is expected",
           call->id);
    if (call->timeout_ms > 0) {
        op->due_ms = s->world->now_ms + call->timeout_ms;
    }
    model_expect(m, op, call->callback == NULL && !(call->flags & SL_BY_ID),
                 call->callback != NULL);
}

/* More than the send threshold goes out at once, if the socket takes it. */
static void check_threshold(subject *s)
{
    const sl_response *res = s->response;

    EXPECT(s->model.report, 8,
           s->model.aborted || s->sink.wire_left > 0 || s->buffering > 0 ||
               subject_has_stages(s) ||
               res->accepted.bytes <= s->world->settings.send_threshold,
           "%llu bytes wait, and more than %llu go out at once",
           (unsigned long long)res->accepted.bytes,
           (unsigned long long)s->world->settings.send_threshold);
}

static void trace_call(const subject *s, const char *name, double bytes,
                       sl_status rc, const sl_operation *op)
{
    TRACE(&s->world->report,
          "%d: %s %.0f bytes, flags %#x%s, timeout %u: %d, id %u, expected %d",
          subject_no(s), name, bytes, op->flags,
          op->callback != NULL ? ", callback" : "", op->timeout_ms, rc, op->id,
          op->completion_expected);
}

void call_write(subject *s)
{
    world *w = s->world;
    model *m = &s->model;
    sl_operation op = random_operation(s);
    bool is_last = !(op.flags & SL_MORE_DATA);
    model_op *mine = NULL;
    uint32_t refusals;
    sl_status rc;
    draft d;

    if (!model_has_space(m, MAX_CHUNKS + 8)) {
        return;
    }
    refusals = refusals_of(s, op.flags);
    model_begin(m);
    if (op.flags & SL_ASYNC) {
        model_close_sync_run(m);
    }
    draft_fill(&d, s);
    refusals |= d.refusals | length_refusals(s, is_last);
    if (is_last) {
        model_add_end(m);
    }
    if (op.flags & SL_ASYNC) {
        mine = model_add_op(m, SL_KIND_WRITE);
        op.context = mine;
    } else {
        m->sync_run = true;
    }
    TRACE(&w->report, "%d: write %u chunks...", subject_no(s), d.count);
    enter(w);
    rc = sl_response_write_entity_chunks(s->response, s->generation, d.chunks,
                                         d.count, &op);
    leave(w);
    trace_call(s, "write", d.bytes, rc, &op);
    draft_close(&d, rc >= 0);
    if (rc != SL_EAGAIN) {
        spend_quota(w, rc < 0 ? 0 : d.bytes);
    }
    if (is_refused(s, rc, refusals)) {
        return;
    }
    s->dropped_trailers += d.ndropped;
    if (mine != NULL) {
        check_started(s, mine, rc, &op);
    } else {
        EXPECT(&w->report, CONTRACT,
               rc == SL_OK && op.bytes == d.bytes && op.id == 0 &&
                   !op.completion_expected,
               "a sync write gives %d, %.0f of %.0f bytes, id %u", rc, op.bytes,
               d.bytes, op.id);
    }
    check_threshold(s);
}

void call_flush(subject *s)
{
    world *w = s->world;
    model *m = &s->model;
    sl_operation op = random_operation(s);
    bool is_last = !(op.flags & SL_MORE_DATA);
    uint32_t refusals;
    model_op *mine;
    sl_status rc;

    if (!model_has_space(m, 8)) {
        return;
    }
    refusals = refusals_of(s, op.flags) | length_refusals(s, is_last);
    model_begin(m);
    m->sync_run = false; /* they count to the flush */
    if (is_last) {
        model_add_end(m);
    }
    mine = model_add_op(m, SL_KIND_FLUSH);
    op.context = mine;
    enter(w);
    rc = sl_response_flush(s->response, s->generation, &op);
    leave(w);
    trace_call(s, "flush", 0, rc, &op);
    if (rc != SL_EAGAIN) {
        spend_quota(w, 0);
    }
    if (is_refused(s, rc, refusals)) {
        return;
    }
    if (!(op.flags & SL_ASYNC)) {
        op.flags |= SL_BY_ID; /* what a sync flush leaves is collected so */
    }
    check_started(s, mine, rc, &op);
}

void call_insert(subject *s)
{
    world *w = s->world;
    model *m = &s->model;
    uint32_t refusals = 0;
    sl_status rc;
    draft d;

    if (!model_has_space(m, MAX_CHUNKS + 8)) {
        return;
    }
    if (m->aborted) {
        refusals |= STATUS_BIT(m->failure);
    } else if (s->sink.committed || subject_stages_hold(s)) {
        refusals |= STATUS_BIT(SL_ECOMMITTED);
    }
    if (sink_cost(&s->sink) >= w->settings.hard_limit) {
        refusals |= STATUS_BIT(SL_EAGAIN);
    }
    model_begin(m);
    draft_fill(&d, s);
    refusals |= d.refusals | length_refusals(s, false);
    m->sync_run = true;
    model_close_sync_run(m);
    m->sync_run = m->saved_sync_run;
    model_insert(m);
    enter(w);
    rc = sl_response_insert_chunks(s->response, s->generation, d.chunks,
                                   d.count);
    leave(w);
    TRACE(&w->report, "%d: insert %u chunks, %.0f bytes: %d", subject_no(s),
          d.count, d.bytes, rc);
    draft_close(&d, rc >= 0);
    if (!is_refused(s, rc, refusals)) {
        s->dropped_trailers += d.ndropped;
    }
}
