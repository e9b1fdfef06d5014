/* The rate at which a response leaves: a stage that comes with the server. */
#ifndef SLUICE_RATE_H
#define SLUICE_RATE_H

#include <sluice/response.h>

/* Let no more than so many bytes of the body leave in a second, and at first, or
 * after a pause, `burst` bytes (0: what leaves in a second). To be called before
 * anything is written; again, at any time: from then on so many. SL_EINVAL: less
 * than a byte a second; SL_ECOMMITTED. */
SL_API SL_MUST_USE sl_status sl_response_limit_rate(sl_response *response,
                                                    uint32_t generation,
                                                    double bytes_per_second,
                                                    double burst);

#endif
