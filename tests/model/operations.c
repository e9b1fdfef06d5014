/* The part of the model that says how operations complete. */
#include "model.h"

static bool is_success(const model_op *op)
{
    return (op->statuses & STATUS_BIT(SL_OK)) != 0;
}

/* Beyond the limit the oldest successful completions leave the list. */
static void shorten_list(model *m)
{
    for (uint32_t i = 0; i < m->nops && m->in_list > m->limit; i++) {
        model_op *op = &m->ops[i];

        if (op->completed && op->in_list && !op->seen && !op->dropped &&
            is_success(op)) {
            op->dropped = true;
            m->in_list--;
            m->dropped++;
        }
    }
}

static void enlist(model *m, const model_op *op)
{
    if (op->in_list) {
        m->in_list++;
        m->failed += is_success(op) ? 0 : 1;
        shorten_list(m);
    }
}

static void complete(model *m, model_op *op)
{
    op->completed = true;
    enlist(m, op);
    while (m->first_flying < m->nops && m->ops[m->first_flying].completed) {
        m->first_flying++;
    }
}

static void pass(model *m, model_op *op)
{
    op->wire_bytes = m->segment_wire;
    op->bytes = op->kind == SL_KIND_FLUSH ? m->segment_bytes : op->accepted;
    if (op->kind == SL_KIND_WRITE && op->withdrawn) {
        op->bytes = 0;
    }
    EXPECT(m->report, 3, op == &m->ops[m->first_flying],
           "operation %u completes before operation %u", op->id,
           m->ops[m->first_flying].id);
    EXPECT(m->report, 1, op->withdrawn || op->taken == op->accepted,
           "operation %u completes with %.0f of %.0f bytes taken", op->id,
           op->taken, op->accepted);
    complete(m, op);
}

void model_mark_passed(model *m, item *mark)
{
    mark->passed = true;
    if (mark->op != NULL) {
        pass(m, mark->op);
    }
    m->segment_bytes = 0;
    m->segment_wire = 0;
}

/* The items of one operation, or of all; the loans of withdrawn bytes are
 * over. */
static void withdraw_items(model *m, const model_op *op)
{
    for (item *it = m->items[0].next; it != NULL; it = it->next) {
        if (it->withdrawn || (op != NULL && it->op != op) ||
            (op != NULL && it->kind == ITEM_MARK)) {
            continue;
        }
        if (op != NULL && it->kind == ITEM_END) {
            m->finished = false; /* the end is taken back too */
        }
        it->withdrawn = true;
        m->accepted_bytes -= it->len;
        m->held_bytes -= it->in_memory ? it->len : 0;
        if (it->lent != NULL) {
            it->lent->use = LOAN_OVER;
            it->lent = NULL;
        }
    }
}

void model_withdraw(model *m, model_op *op, sl_status status)
{
    op->statuses = STATUS_BIT(status);
    op->withdrawn = true;
    m->ntrailers -= op->ntrailers;
    withdraw_items(m, op);
}

static void complete_all(model *m, uint32_t statuses)
{
    for (uint32_t i = m->first_flying; i < m->nops; i++) {
        model_op *op = &m->ops[i];

        if (op->completed) {
            continue;
        }
        if (is_success(op)) {
            op->statuses = statuses;
        }
        complete(m, op);
    }
}

static void skip_all(model *m)
{
    m->entered = (reader){.at = m->last, .used = m->last->len};
    m->framed = m->entered;
    m->taken = m->entered;
}

void model_clear(model *m)
{
    withdraw_items(m, NULL);
    complete_all(m, STATUS_BIT(SL_ECANCELLED));
    skip_all(m);
    m->finished = false;
    m->sync_run = false;
    m->ntrailers = 0;
}

/* Who gets what was sent since the last mark: the operation whose mark would
 * have come next, unless a run of sync writes was under way. */
static void cut_segment(model *m)
{
    const item *it = m->items[0].next;

    while (it != NULL &&
           (it->kind != ITEM_MARK || it->passed || it->withdrawn ||
            (it->op != NULL && it->op->completed))) {
        it = it->next;
    }
    if (it != NULL && it->op != NULL) {
        it->op->bytes = m->segment_bytes;
        it->op->wire_bytes = m->segment_wire;
    }
}

void model_abort(model *m, sl_status failure)
{
    if (m->aborted) {
        return;
    }
    m->aborted = true;
    m->finished = true;
    m->failure = failure;
    cut_segment(m);
    complete_all(m, STATUS_BIT(failure) | STATUS_BIT(SL_EABORTED));
    for (item *it = m->items[0].next; it != NULL; it = it->next) {
        if (it->lent != NULL) {
            it->lent->use = LOAN_OVER;
            it->lent = NULL;
        }
    }
    m->held_bytes = 0;
}

void model_expect(model *m, model_op *op, bool in_list, bool called_back)
{
    op->expected = true;
    op->in_list = in_list;
    op->called_back = called_back;
    if (op->completed) {
        enlist(m, op);
    }
}

model_op *model_find(model *m, uint32_t id)
{
    for (uint32_t i = m->nops; i > 0 && id != 0; i--) {
        if (m->ops[i - 1].id == id) {
            return &m->ops[i - 1];
        }
    }
    return NULL;
}

model_op *model_oldest(model *m)
{
    for (uint32_t i = 0; i < m->nops; i++) {
        model_op *op = &m->ops[i];

        if (op->completed && op->in_list && !op->seen && !op->dropped) {
            return op;
        }
    }
    return NULL;
}

uint32_t model_in_flight(const model *m)
{
    uint32_t n = 0;

    for (uint32_t i = m->first_flying; i < m->nops; i++) {
        n += m->ops[i].completed ? 0 : 1;
    }
    return n;
}

void model_collected(model *m, model_op *op)
{
    EXPECT(m->report, 1, !op->seen, "operation %u completes a second time",
           op->id);
    op->seen = true;
    if (op->in_list && !op->dropped) {
        m->in_list--;
        m->failed -= is_success(op) ? 0 : 1;
    }
}

void model_check_completion(model *m, model_op *op, const sl_completion *done)
{
    EXPECT(m->report, 1, op->expected && op->completed,
           "operation %u has a completion, but %s", op->id,
           op->expected ? "it is in flight" : "its call said none will come");
    EXPECT(m->report, 1, done->id == op->id && done->kind == op->kind,
           "operation %u, kind %u, is reported as %u, kind %u", op->id,
           op->kind, done->id, done->kind);
    EXPECT(m->report, 1, (op->statuses & STATUS_BIT(done->status)) != 0,
           "operation %u completes with status %d; the model allows %#x",
           op->id, done->status, op->statuses);
    EXPECT(m->report, 7, done->bytes == op->bytes,
           "operation %u reports %.0f bytes; %.0f of its bytes were taken",
           op->id, done->bytes, op->bytes);
    EXPECT(m->report, 7, done->wire_bytes == op->wire_bytes,
           "operation %u reports %.0f bytes on the wire; they were %.0f",
           op->id, done->wire_bytes, op->wire_bytes);
}
