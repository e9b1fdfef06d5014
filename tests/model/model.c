#include "model.h"

#include <stdlib.h>
#include <string.h>

void model_init(model *m, report *r, const char *pool)
{
    item *items = m->items;

    memset(m, 0, offsetof(model, ops));
    memset(&m->nops, 0, sizeof *m - offsetof(model, nops));
    m->items = items != NULL ? items : malloc(MODEL_ITEMS * sizeof *items);
    m->report = r;
    m->pool = pool;
    m->items[0] = (item){.kind = ITEM_BYTES};
    m->nitems = 1;
    m->last = &m->items[0];
    m->entered.at = m->last;
    m->framed.at = m->last;
    m->taken.at = m->last;
    m->declared = -1;
    m->limit = UINT32_MAX;
}

void model_deinit(model *m)
{
    free(m->items);
    m->items = NULL;
}

/* --- What a call adds ------------------------------------------------------ */

void model_begin(model *m)
{
    m->saved_last = m->last;
    m->insert_end = NULL;
    m->saved_nitems = m->nitems;
    m->saved_nops = m->nops;
    m->saved_finished = m->finished;
    m->saved_sync_run = m->sync_run;
    m->saved_ntrailers = m->ntrailers;
}

static void forget(model *m, const item *from, const item *to)
{
    for (const item *it = from; it != to; it = it->next) {
        EXPECT(m->report, CONTRACT, m->entered.at != it && m->framed.at != it,
               "a call failed, and what it was given was used");
        m->accepted_bytes -= it->len;
        m->held_bytes -= it->in_memory ? it->len : 0;
    }
}

void model_rollback(model *m)
{
    if (m->insert_end != NULL) {
        item *rest = m->insert_end->next;

        forget(m, m->insert_at->next, rest);
        m->insert_at->next = rest;
    } else {
        forget(m, m->saved_last->next, NULL);
        m->saved_last->next = NULL;
    }
    m->last = m->saved_last;
    m->nitems = m->saved_nitems;
    m->nops = m->saved_nops;
    m->finished = m->saved_finished;
    m->sync_run = m->saved_sync_run;
    m->ntrailers = m->saved_ntrailers;
}

bool model_has_space(const model *m, uint32_t items)
{
    return m->nitems + items < MODEL_ITEMS && m->nops < MODEL_OPS;
}

static item *add(model *m, item_kind kind)
{
    item *it = &m->items[m->nitems++];

    *it = (item){.kind = kind};
    m->last->next = it;
    m->last = it;
    return it;
}

void model_add_bytes(model *m, uint32_t start, uint32_t len, bool in_memory,
                     loan *lent)
{
    item *it = add(m, ITEM_BYTES);

    it->start = start;
    it->len = len;
    it->in_memory = in_memory;
    it->lent = len > 0 ? lent : NULL; /* an empty one is done with */
    m->accepted_bytes += len;
    m->held_bytes += in_memory ? len : 0;
}

model_op *model_add_op(model *m, uint32_t kind)
{
    model_op *op = &m->ops[m->nops++];

    *op = (model_op){.model = m, .kind = kind, .statuses = STATUS_BIT(SL_OK)};
    op->born = m->pulls;
    for (item *it = m->saved_last->next; it != NULL; it = it->next) {
        if (it->kind != ITEM_MARK) {
            it->op = op;
            op->accepted += it->len;
        }
    }
    op->ntrailers = m->ntrailers - m->saved_ntrailers;
    add(m, ITEM_MARK)->op = op;
    return op;
}

void model_close_sync_run(model *m)
{
    if (m->sync_run) {
        add(m, ITEM_MARK);
        m->sync_run = false;
    }
}

void model_add_end(model *m)
{
    add(m, ITEM_END);
    m->finished = true;
}

void model_insert(model *m)
{
    item *first = m->saved_last->next;
    item *at = m->entered.at;

    if (first == NULL || at == m->saved_last) {
        return;
    }
    m->insert_at = at;
    m->insert_end = m->last;
    m->last->next = at->next;
    at->next = first;
    m->last = m->saved_last;
    m->last->next = NULL;
}
