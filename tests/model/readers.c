/* The part of the model that walks its list: see model.h. */
#include "model.h"

#include <string.h>

/* What the reader meets next: bytes that are left, a mark, the end, or NULL. */
static item *meet(reader *r)
{
    for (;;) {
        item *it = r->at;

        if (it->kind == ITEM_BYTES && !it->withdrawn && r->used < it->len) {
            return it;
        }
        if (it->next == NULL) {
            return NULL;
        }
        r->at = it->next;
        r->used = 0;
        if (r->at->kind != ITEM_BYTES && !r->at->withdrawn) {
            return r->at;
        }
    }
}

/* The same without moving. */
static item *peek(reader r)
{
    return meet(&r);
}

static const char *name_of(const item *it)
{
    static const char *const names[] = {"bytes", "a mark", "the end"};

    return it == NULL ? "nothing" : names[it->kind];
}

static item *meet_bytes(model *m, reader *r, const char *who, uint64_t len)
{
    const item *it = peek(*r);

    while (m->overtakes && it != NULL && it->kind == ITEM_MARK) {
        meet(r)->overtaken = true;
        it = peek(*r);
    }
    EXPECT(m->report, 3, it != NULL && it->kind == ITEM_BYTES,
           "%s got %llu bytes where %s of operation %u comes next", who,
           (unsigned long long)len, name_of(it),
           it != NULL && it->op != NULL ? it->op->id : 0);
    return meet(r);
}

static uint32_t step(reader *r, const item *it, uint64_t len)
{
    uint32_t left = it->len - r->used;
    uint32_t n = len < left ? (uint32_t)len : left;

    r->used += n;
    return n;
}

static void note_moved(const model *m, item *it)
{
    if (m->overtakes && it->lent != NULL) {
        loan_may_return(it->lent, &it->lent);
    }
    if (it->op != NULL) {
        it->op->moved = true;
    }
}

void model_entered(model *m, uint64_t len, uint32_t marks)
{
    while (len > 0 || marks > 0) {
        item *it = meet(&m->entered);

        EXPECT(m->report, 3, it != NULL,
               "%llu bytes and %u marks more went into a stage than there are",
               (unsigned long long)len, marks);
        if (it->kind == ITEM_MARK) {
            EXPECT(m->report, 3, marks > 0,
                   "bytes behind the mark of operation %u went into a stage "
                   "before it",
                   it->op != NULL ? it->op->id : 0);
            it->entered = true;
            marks--;
        } else if (it->kind == ITEM_BYTES) {
            EXPECT(m->report, 3, len > 0,
                   "a mark went into a stage before bytes in front of it");
            note_moved(m, it);
            len -= step(&m->entered, it, len);
        }
    }
}

void model_entered_but(model *m, uint64_t len, uint32_t marks)
{
    uint64_t bytes = 0;
    uint32_t all = 0;
    const item *it = m->entered.at;

    if (it->kind == ITEM_BYTES && !it->withdrawn) {
        bytes = it->len - m->entered.used;
    }
    while ((it = it->next) != NULL) {
        if (!it->withdrawn) {
            bytes += it->kind == ITEM_BYTES ? it->len : 0;
            all += it->kind == ITEM_MARK ? 1 : 0;
        }
    }
    EXPECT(m->report, 3, bytes >= len && all >= marks,
           "%llu bytes and %u marks stand in front of the stages, and only "
           "%llu and %u can",
           (unsigned long long)len, marks, (unsigned long long)bytes, all);
    model_entered(m, bytes - len, all - marks);
}

void model_framed(model *m, uint64_t len)
{
    while (len > 0) {
        item *it = meet_bytes(m, &m->framed, "the sink", len);

        note_moved(m, it);
        len -= step(&m->framed, it, len);
    }
}

/* The first that has not reached the sink. */
static item *next_mark(const model *m)
{
    item *it = m->last_mark != NULL ? m->last_mark : m->items;

    do {
        it = it->next;
    } while (it != NULL &&
             (it->kind != ITEM_MARK || it->withdrawn || it->framed));
    return it;
}

static void pass_mark(model *m, item *mark)
{
    mark->framed = true;
    m->last_mark = mark;
    if (mark->op != NULL) {
        mark->op->framed = true;
    }
}

item *model_framed_mark(model *m, uint32_t id)
{
    item *it = next_mark(m);

    EXPECT(m->report, 3, it != NULL && (it->overtaken || it == peek(m->framed)),
           "the mark of operation %u where %s comes next", id,
           name_of(peek(m->framed)));
    if (it->op != NULL && it->op->id == 0) { /* its call has not returned */
        it->op->id = id;
    }
    EXPECT(m->report, 3, id == (it->op != NULL ? it->op->id : 0),
           "the mark of operation %u where that of %u comes next", id,
           it->op != NULL ? it->op->id : 0);
    if (!it->overtaken) {
        meet(&m->framed);
    }
    pass_mark(m, it);
    return it;
}

uint32_t model_count_sync_marks(const model *m)
{
    uint32_t n = 0;

    for (const item *it = m->entered.at->next; it != NULL; it = it->next) {
        n += it->kind == ITEM_MARK && it->op == NULL ? 1 : 0;
    }
    return n;
}

void model_skip_mark(model *m)
{
    item *mark = meet(&m->framed);

    m->entered = m->framed;
    pass_mark(m, mark);
    model_mark_passed(m, mark);
}

item *model_next_mark(model *m)
{
    item *it = peek(m->framed);

    return it != NULL && it->kind == ITEM_MARK && !it->entered ? it : NULL;
}

void model_framed_end(model *m)
{
    const item *it = peek(m->framed);
    const item *mark;

    while (m->overtakes && it != NULL && it->kind == ITEM_MARK) {
        meet(&m->framed)->overtaken = true;
        it = peek(m->framed);
    }
    mark = next_mark(m);
    EXPECT(m->report, 3, mark == NULL || !mark->overtaken,
           "an end before a mark that stood in front of it");
    EXPECT(m->report, 5, it != NULL && it->kind == ITEM_END && !m->aborted,
           "an end where %s comes next%s", name_of(it),
           m->aborted ? ", after an abort" : "");
    meet(&m->framed);
}

/* --- What the kernel took -------------------------------------------------- */

/* What a stage has cut is given back with the last part of it, which may wait. */
static void close_loan(const model *m, item *it)
{
    if (it->lent != NULL && !m->overtakes) {
        it->lent->use = LOAN_OVER;
        it->lent = NULL;
    }
}

static void take_from(model *m, item *it, uint32_t n)
{
    m->sent_bytes += n;
    m->segment_bytes += n;
    m->held_bytes -= it->in_memory ? n : 0;
    if (it->op != NULL) {
        it->op->taken += n;
    }
    if (m->taken.used == it->len) {
        close_loan(m, it);
    }
}

/* Marks are judged where they are framed; here they only separate. */
static item *next_taken(model *m)
{
    item *it;

    do {
        it = meet(&m->taken);
    } while (it != NULL && it->kind != ITEM_BYTES);
    return it;
}

void model_taken(model *m, const char *data, uint64_t len)
{
    while (len > 0) {
        item *it = next_taken(m);
        uint32_t from;
        uint32_t n;

        EXPECT(m->report, 7, it != NULL, "%llu bytes more than were accepted",
               (unsigned long long)len);
        from = it->start + m->taken.used;
        n = step(&m->taken, it, len);
        if (data != NULL) {
            EXPECT(m->report, 4,
                   it->start == NOT_POOL ||
                       memcmp(data, m->pool + from, n) == 0,
                   "the client sees other bytes than were written, among "
                   "%u bytes at %.0f of the body",
                   n, m->sent_bytes);
            data += n;
        }
        take_from(m, it, n);
        len -= n;
    }
}

void model_took_wire(model *m, uint64_t len)
{
    m->wire_bytes += (double)len;
    m->segment_wire += (double)len;
}
