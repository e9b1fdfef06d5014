/* Outcome of every fallible call: zero and above is success, below zero is
 * failure. A plain int, because LuaJIT would box an enum on every return.
 * The numbers are part of the ABI.
 */
#ifndef SLUICE_STATUS_H
#define SLUICE_STATUS_H

#include <sluice/abi.h>

typedef int sl_status;

enum {
    SL_OK = 0,
    SL_PENDING = 1,     /* accepted; a completion will follow */
    SL_EMPTY = 2,       /* nothing to report, now or any more */
    SL_EINVAL = -1,     /* the caller broke the contract */
    SL_EABORTED = -2,   /* the peer or the server ended the exchange */
    SL_EFINISHED = -3,  /* the response was already completed */
    SL_ETOOBIG = -4,    /* a configured limit would be exceeded */
    SL_ESYSTEM = -5,    /* the operating system refused; see errno */
    SL_EAGAIN = -6,     /* no room now; try when drained */
    SL_ECOMMITTED = -7, /* status and headers have left already */
    SL_ECANCELLED = -8, /* withdrawn before any of its bytes moved */
    SL_ETIMEDOUT = -9,  /* withdrawn when its time was up */
    SL_EGONE = -10,     /* the handle's exchange is over */
    SL_ENOTFOUND = -11, /* no fragment of that name */
    SL_ELENGTH = -12,   /* the body does not match its declared length */
    SL_ESTAGE = -13     /* a stage of the pipeline failed */
};

/* One word for a status, as Lua reports it: "ok", "aborted", "full", ...
 * Static memory; never NULL. */
SL_API const char *sl_status_name(sl_status status);

#endif
