/* Random calls that take operations back or wait for them, and timeouts. */
#include "world.h"

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
    uint32_t id = subject_random_id(s);
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

    if (op->accepted > 0) {
        return false;
    }
    /* One that has left the list already was successful too. */
    return real == NULL ||
           (real->state == SL_OP_COMPLETED && real->done.status == SL_OK);
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
    uint32_t id = subject_random_id(s);
    model_op *op = model_find(&s->model, id);
    bool in_flight = op != NULL && op->expected && !op->completed && !op->early;
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
