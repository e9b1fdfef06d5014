#include "supervisor/backoff.h"

enum {
    LONG_LIFE_MS = 10 * 1000, /* whoever served so long was healthy */
    WORTH = 10,               /* so many times the wait, too */
    FIRST_WAIT_MS = 100,
    LONGEST_WAIT_MS = 10 * 1000
};

/* Before the attempt after so many failures in a row. */
static uint64_t wait_after(uint32_t failures)
{
    uint64_t wait_ms = FIRST_WAIT_MS;

    if (failures <= 1) {
        return 0;
    }
    for (uint32_t i = 2; i < failures && wait_ms < LONGEST_WAIT_MS; i++) {
        wait_ms *= 2;
    }
    return wait_ms < LONGEST_WAIT_MS ? wait_ms : LONGEST_WAIT_MS;
}

uint64_t sl_backoff_next(uint32_t *failures, uint64_t served_ms)
{
    uint64_t wait_ms;

    *failures += 1;
    wait_ms = wait_after(*failures);
    if (served_ms >= LONG_LIFE_MS || served_ms >= WORTH * wait_ms) {
        *failures = 1;
        wait_ms = 0;
    }
    return wait_ms;
}
