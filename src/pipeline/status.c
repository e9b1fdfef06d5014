#include <sluice/status.h>

const char *sl_status_name(sl_status status)
{
    switch (status) {
    case SL_OK:
        return "ok";
    case SL_PENDING:
        return "pending";
    case SL_EMPTY:
        return "idle";
    case SL_EINVAL:
        return "invalid";
    case SL_EABORTED:
        return "aborted";
    case SL_EFINISHED:
        return "finished";
    case SL_ETOOBIG:
        return "too big";
    case SL_ESYSTEM:
        return "system";
    case SL_EAGAIN:
        return "full";
    case SL_ECOMMITTED:
        return "committed";
    case SL_ECANCELLED:
        return "cancelled";
    case SL_ETIMEDOUT:
        return "timed_out";
    case SL_EGONE:
        return "the exchange is over";
    case SL_ENOTFOUND:
        return "not found";
    case SL_ELENGTH:
        return "length";
    case SL_ESTAGE:
        return "stage failed";
    default:
        return "unknown";
    }
}
