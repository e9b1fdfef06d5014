/* What is lent to a response: memory with a release callback, memory behind
 * an anchor, descriptors. Knows which of it may come back, and which must have
 * come back (invariant 4).
 */
#ifndef SLUICE_MODEL_LOANS_H
#define SLUICE_MODEL_LOANS_H

#include <stddef.h>

#include "report.h"

typedef enum loan_kind { LOAN_MEMORY, LOAN_ANCHOR, LOAN_FD } loan_kind;

typedef enum loan_use {
    LOAN_OFFERED, /* its call has not returned */
    LOAN_IN_USE,  /* bytes of it are still to be sent */
    LOAN_FREE,    /* the same, or a stage has copied them: it may come back */
    LOAN_OVER     /* nothing more of it will be sent: it has to come back */
} loan_use;

typedef struct loan {
    struct loan *next; /* of those that are out */
    struct loan *prev;
    struct loans *loans;
    loan_kind kind;
    loan_use use;
    char *data; /* bytes of its own, spoiled when it comes back */
    size_t len;
    int fd;
    uint32_t anchor;
    struct loan **holder; /* LOAN_FREE: who is to forget it; or NULL */
} loan;

enum { LOANS_ANCHORS = 4096, LOANS_FDS = 4096 };

typedef struct loans {
    report *report;
    loan out; /* head of the ring */
    loan *free;
    loan *by_anchor[LOANS_ANCHORS];
    loan *by_fd[LOANS_FDS];
    uint32_t last_anchor;
} loans;

void loans_init(loans *l, report *r);
void loans_deinit(loans *l);

/* Lend a copy of `len` bytes, or a duplicate of a descriptor. */
loan *loans_lend(loans *l, loan_kind kind, const char *data, size_t len);
loan *loans_lend_fd(loans *l, int fd);

/* It is in the hands of stages, which may copy it; *holder is NULL when it has
 * come back. */
void loan_may_return(loan *lent, loan **holder);

/* The call that was offered it has failed: take it back at once. */
void loan_withdraw(loan *lent);

/* What the response says: it is done with it. */
void loans_return_memory(void *context, const char *data, size_t len);
void loans_return_anchor(loans *l, uint32_t anchor);
void loans_return_fd(loans *l, int fd);

/* A turn is over and everything was delivered: what is over must be back. */
void loans_check(loans *l);

/* Nothing may be out at all. */
void loans_check_all_back(loans *l);

#endif
