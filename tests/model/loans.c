#include "loans.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const kind_names[] = {"memory", "anchored memory",
                                         "a descriptor"};

void loans_init(loans *l, report *r)
{
    l->report = r;
    l->out.next = &l->out;
    l->out.prev = &l->out;
    l->free = NULL;
    l->last_anchor = 0;
    memset(l->by_anchor, 0, sizeof l->by_anchor);
    memset(l->by_fd, 0, sizeof l->by_fd);
}

void loans_deinit(loans *l)
{
    while (l->free != NULL) {
        loan *next = l->free->next;

        free(l->free);
        l->free = next;
    }
}

static loan *lend(loans *l, loan_kind kind)
{
    loan *lent = l->free;

    if (lent != NULL) {
        l->free = lent->next;
    } else {
        lent = malloc(sizeof *lent);
    }
    *lent = (loan){.loans = l, .kind = kind, .use = LOAN_OFFERED, .fd = -1};
    lent->next = &l->out;
    lent->prev = l->out.prev;
    l->out.prev->next = lent;
    l->out.prev = lent;
    return lent;
}

loan *loans_lend(loans *l, loan_kind kind, const char *data, size_t len)
{
    loan *lent = lend(l, kind);

    lent->data = malloc(len > 0 ? len : 1);
    memcpy(lent->data, data, len);
    lent->len = len;
    if (kind == LOAN_ANCHOR) {
        do {
            l->last_anchor = l->last_anchor % (LOANS_ANCHORS - 1) + 1;
        } while (l->by_anchor[l->last_anchor] != NULL);
        lent->anchor = l->last_anchor;
        l->by_anchor[lent->anchor] = lent;
    }
    return lent;
}

loan *loans_lend_fd(loans *l, int fd)
{
    loan *lent = lend(l, LOAN_FD);

    lent->fd = dup(fd);
    EXPECT(l->report, 4, lent->fd >= 0 && lent->fd < LOANS_FDS,
           "the test ran out of descriptors: do they come back?");
    l->by_fd[lent->fd] = lent;
    return lent;
}

/* Whoever uses the memory from here on reads rubbish. */
static void end(loan *lent)
{
    loans *l = lent->loans;

    if (lent->kind == LOAN_FD) {
        l->by_fd[lent->fd] = NULL;
        close(lent->fd);
    } else {
        memset(lent->data, 0xee, lent->len);
        free(lent->data);
        lent->data = NULL; /* a second release is noticed */
    }
    if (lent->kind == LOAN_ANCHOR) {
        l->by_anchor[lent->anchor] = NULL;
    }
    if (lent->holder != NULL) {
        *lent->holder = NULL;
    }
    lent->prev->next = lent->next;
    lent->next->prev = lent->prev;
    lent->next = l->free;
    l->free = lent;
}

void loan_may_return(loan *lent, loan **holder)
{
    if (lent->use != LOAN_OVER) {
        lent->use = LOAN_FREE;
    }
    lent->holder = holder;
}

void loan_withdraw(loan *lent)
{
    end(lent);
}

static void come_back(loan *lent)
{
    EXPECT(lent->loans->report, 4, lent->use != LOAN_OFFERED,
           "%s came back that was never taken", kind_names[lent->kind]);
    EXPECT(lent->loans->report, 4, lent->use != LOAN_IN_USE,
           "%s (%zu bytes) came back before it was sent",
           kind_names[lent->kind], lent->len);
    end(lent);
}

void loans_return_memory(void *context, const char *data, size_t len)
{
    loan *lent = context;

    EXPECT(lent->loans->report, 4, lent->data == data && lent->len == len,
           "released %p, %zu bytes; lent were %p, %zu", (const void *)data, len,
           (const void *)lent->data, lent->len);
    come_back(lent);
}

void loans_return_anchor(loans *l, uint32_t anchor)
{
    EXPECT(l->report, 4, anchor < LOANS_ANCHORS && l->by_anchor[anchor] != NULL,
           "anchor %u is let go, but it is not out", anchor);
    come_back(l->by_anchor[anchor]);
}

void loans_return_fd(loans *l, int fd)
{
    EXPECT(l->report, 4, fd >= 0 && fd < LOANS_FDS && l->by_fd[fd] != NULL,
           "descriptor %d is to be closed, but it is not out", fd);
    come_back(l->by_fd[fd]);
}

void loans_check(loans *l)
{
    for (loan *lent = l->out.next; lent != &l->out; lent = lent->next) {
        EXPECT(l->report, 4, lent->use != LOAN_OVER,
               "%s (%zu bytes) is still out after the turn in which it was "
               "sent or dropped",
               kind_names[lent->kind], lent->len);
    }
}

void loans_check_all_back(loans *l)
{
    EXPECT(
        l->report, 4, l->out.next == &l->out,
        "%s is out after the last exchange",
        kind_names[l->out.next == &l->out ? LOAN_MEMORY : l->out.next->kind]);
}
