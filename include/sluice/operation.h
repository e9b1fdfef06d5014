/* Asynchronous operations and what came of them: after the parameters of
 * IHttpResponse2 and IHttpCompletionInfo2 of the IIS native API.
 *
 * Every operation whose call returned SL_PENDING completes exactly once, also
 * when it is cancelled, timed out, or the client leaves. Operations of a
 * response complete in the order of their submission. No callback runs before
 * the call that started the operation has returned.
 */
#ifndef SLUICE_OPERATION_H
#define SLUICE_OPERATION_H

#include <sluice/status.h>

/* Flags of a call. */
enum {
    SL_ASYNC = 1 << 0,       /* fAsync: do not wait for sending */
    SL_MORE_DATA = 1 << 1,   /* fMoreData: more of the body will follow */
    SL_ALWAYS_POST = 1 << 2, /* a completion even when done inline (a null
                                pfCompletionExpected of the original) */
    SL_NO_WAIT = 1 << 3,     /* at the hard limit take nothing; C never waits,
                                so this only tells the script library */
    SL_AT_MARK = 1 << 4,     /* SL_EAGAIN already at the high-water mark, or
                                when the turn's quota is spent */
    SL_IN_TURN = 1 << 5,     /* SL_EAGAIN when the turn's quota is spent */
    SL_BY_ID = 1 << 6        /* collected by its id only: it is never the
                                response's "oldest completion" */
};

/* Kinds of operations. The numbers are part of the ABI; 1 is what the
 * original reports for a read. */
enum {
    SL_KIND_READ = 1,
    SL_KIND_WRITE = 2,
    SL_KIND_FLUSH = 3,
    SL_KIND_CHILD = 4
};

/* What came of an operation (IHttpCompletionInfo2). */
typedef struct sl_completion {
    uint32_t id;       /* of this response, from 1 */
    uint32_t kind;     /* SL_KIND_*; GetCompletedOperation of the original */
    sl_status status;  /* GetCompletionStatus */
    uint32_t dropped;  /* completions that left the list uncollected so far */
    double bytes;      /* GetCompletionBytes: entity bytes, exact to 2^53: a
                          write's own; for a flush what sync writes left in
                          front of it since the operation before */
    double wire_bytes; /* what the kernel took, framing included */
} sl_completion;

typedef struct sl_response sl_response;

/* Called from the loop, once, when the operation has completed. `done` is
 * borrowed until the callback returns. */
typedef void sl_completion_fn(sl_response *response, uint32_t generation,
                              const sl_completion *done, void *context);

/* One asynchronous call: what is asked for, and what came of it. */
typedef struct sl_operation {
    uint32_t flags;             /* in: SL_ASYNC, ... */
    uint32_t timeout_ms;        /* in; 0: none */
    sl_completion_fn *callback; /* in; NULL: collect the completion instead */
    void *context;              /* in; handed to the callback, never read */
    uint32_t id;                /* out; of this response, from 1; 0: none */
    int completion_expected;    /* out; exactly one completion will come
                                   (pfCompletionExpected) */
    double bytes;               /* out; entity bytes accepted (pcbSent) */
    double wire_bytes;          /* out; final when done inline */
} sl_operation;

#endif
