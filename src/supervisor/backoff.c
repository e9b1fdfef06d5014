#include "supervisor/backoff.h"

enum {
    WORTH = 2, /* who has served so many times the wait is forgiven */
    FIRST_WAIT_MS = 100,
    LONGEST_WAIT_MS = 1000,         /* clients wait for the slot meanwhile */
    LONGEST_UNSERVED_MS = 10 * 1000 /* it would not help them to hurry */
};

/* Before the attempt after so many failures in a row. */
static uint64_t wait_after(uint32_t failures, uint64_t longest_ms)
{
    uint64_t wait_ms = FIRST_WAIT_MS;

    if (failures <= 1) {
        return 0;
    }
    for (uint32_t i = 2; i < failures && wait_ms < longest_ms; i++) {
        wait_ms *= 2;
    }
    return wait_ms < longest_ms ? wait_ms : longest_ms;
}

uint64_t sl_backoff_next(uint32_t *failures, uint64_t served_ms)
{
    uint64_t wait_ms;

    *failures += 1;
    wait_ms = wait_after(*failures,
                         served_ms > 0 ? LONGEST_WAIT_MS : LONGEST_UNSERVED_MS);
    if (served_ms > 0 && served_ms >= WORTH * wait_ms) {
        *failures = 1;
        wait_ms = 0;
    }
    return wait_ms;
}
