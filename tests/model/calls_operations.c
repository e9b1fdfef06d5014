/* Random calls about operations in flight, and how completions arrive. */
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

/* A known id, often a recent one; or one that nobody has. */
static uint32_t random_id(const subject *s)
{
    rng *random = &s->world->random;
    const model *m = &s->model;
    uint32_t recent = m->nops < 6 ? m->nops : 6;

    if (m->nops == 0 || rng_one_in(random, 12)) {
        return m->last_id + 1 + rng_below(random, 5);
    }
    if (rng_one_in(random, 4)) {
        return m->ops[rng_below(random, m->nops)].id;
    }
    return m->ops[m->nops - 1 - rng_below(random, recent)].id;
}

/* --- Collecting --------------------------------------------------------------- */

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
    collect(s, rng_one_in(&s->world->random, 2) ? 0 : random_id(s));
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

/* --- Withdrawing -------------------------------------------------------------- */

/* May this write be withdrawn, must it be, or is it for the core to know: a
 * pull has come by, and no byte of it was seen to move? */
static bool may_stay(const model_op *op)
{
    return !op->moved && op->model->declared < 0;
}

static bool may_abort(const model_op *op)
{
    return op->model->declared >= 0 || op->born < op->model->pulls;
}

/* A write that the core has taken back, or for which it gave up the response. */
static void follow_withdrawal(subject *s, model_op *op, sl_status status)
{
    model *m = &s->model;

    if (!sink_is_aborted(&s->sink)) {
        EXPECT(m->report, 1, may_stay(op),
               "operation %u is taken back, of which bytes have moved", op->id);
        model_withdraw(m, op, status);
        if (s->over && !m->finished) { /* nobody else would end it */
            model_begin(m);
            model_add_end(m);
        }
        return;
    }
    EXPECT(m->report, 1, may_abort(op),
           "operation %u, of which nothing has moved, aborts the response",
           op->id);
    op->statuses = STATUS_BIT(status);
    subject_follow_abort(s, true);
}

void call_cancel(subject *s)
{
    world *w = s->world;
    model *m = &s->model;
    uint32_t id = random_id(s);
    model_op *op = model_find(m, id);
    bool in_flight = op != NULL && op->expected && !op->completed && !op->early;
    sl_status rc;

    enter(w);
    rc = sl_response_cancel(s->response, s->generation, id);
    leave(w);
    TRACE(&w->report, "%d: cancel %u: %d", subject_no(s), id, rc);
    EXPECT(m->report, CONTRACT, rc == (in_flight ? SL_OK : SL_EMPTY),
           "cancelling operation %u, which is %sin flight, gives %d", id,
           in_flight ? "" : "not ", rc);
    if (!in_flight || op->withdrawn) {
        return;
    }
    if (op->kind == SL_KIND_FLUSH) {
        op->withdrawn = true;
        op->statuses = STATUS_BIT(SL_ECANCELLED);
    } else {
        follow_withdrawal(s, op, SL_ECANCELLED);
    }
}

static bool is_due(const model_op *op, uint64_t now_ms)
{
    return op->expected && !op->completed && !op->withdrawn &&
           op->due_ms != 0 && op->due_ms <= now_ms;
}

/* One of those that were due has aborted the response: which one depends on
 * the order of timers that were due before. */
static void follow_abort_by_timeout(subject *s)
{
    model *m = &s->model;
    bool reason = false;

    for (uint32_t i = m->first_flying; i < m->nops; i++) {
        model_op *op = &m->ops[i];

        if (is_due(op, s->world->now_ms)) {
            reason |= op->kind == SL_KIND_WRITE && may_abort(op);
            op->statuses = STATUS_BIT(SL_ETIMEDOUT) | STATUS_BIT(SL_EABORTED);
            op->withdrawn = op->kind == SL_KIND_FLUSH;
        }
    }
    subject_follow_abort(s, reason);
}

/* Withdrawing a write can let one without bytes behind it complete, before
 * its own timer is looked at. */
static bool has_completed_before(subject *s, const model_op *op)
{
    const sl_op *real = sl_operations_find(&s->response->operations, op->id);

    return op->accepted == 0 && real != NULL &&
           real->state == SL_OP_COMPLETED && real->done.status == SL_OK;
}

void call_timeouts(subject *s)
{
    model *m = &s->model;

    if (m->aborted) {
        return;
    }
    if (sink_is_aborted(&s->sink)) {
        follow_abort_by_timeout(s);
        return;
    }
    for (uint32_t i = m->first_flying; i < m->nops; i++) {
        model_op *op = &m->ops[i];

        if (!is_due(op, s->world->now_ms) || has_completed_before(s, op)) {
            continue;
        }
        if (op->kind == SL_KIND_FLUSH) {
            op->withdrawn = true;
            op->statuses = STATUS_BIT(SL_ETIMEDOUT);
        } else {
            follow_withdrawal(s, op, SL_ETIMEDOUT);
        }
    }
}

/* --- Waiting ------------------------------------------------------------------ */

void call_await(subject *s)
{
    world *w = s->world;
    uint32_t id = random_id(s);
    model_op *op = model_find(&s->model, id);
    bool in_flight = op != NULL && op->expected && !op->completed;
    sl_status rc;

    enter(w);
    rc = sl_response_await(s->response, s->generation, id);
    leave(w);
    TRACE(&w->report, "%d: await %u: %d", subject_no(s), id, rc);
    EXPECT(&w->report, CONTRACT, rc == (in_flight ? SL_PENDING : SL_OK),
           "awaiting operation %u, which is %sin flight, gives %d", id,
           in_flight ? "" : "not ", rc);
    if (in_flight && id > s->awaited) {
        s->awaited = id;
    }
    if (in_flight && !op->awaited && !op->withdrawn) {
        op->awaited = true; /* as the script host does */
        sl_operations_find(&s->response->operations, id)->waiter = op;
    }
}

void call_await_room(subject *s)
{
    world *w = s->world;
    bool has_room = sink_cost(&s->sink) < w->settings.high_water;
    sl_status rc;

    enter(w);
    rc = sl_response_await_room(s->response, s->generation);
    leave(w);
    TRACE(&w->report, "%d: await room: %d", subject_no(s), rc);
    EXPECT(&w->report, CONTRACT, rc == (has_room ? SL_OK : SL_PENDING),
           "awaiting room at %llu of %llu gives %d",
           (unsigned long long)sink_cost(&s->sink),
           (unsigned long long)w->settings.high_water, rc);
    s->room_awaited = s->room_awaited || rc == SL_PENDING;
}
