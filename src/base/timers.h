/* Deadlines in a binary heap: one heap for a whole worker, whatever waits.
 *
 * Pure: the owner says what time it is. Times are milliseconds of one
 * monotonic clock. Timers are embedded in what they time and cost nothing
 * until they are started.
 */
#ifndef SLUICE_BASE_TIMERS_H
#define SLUICE_BASE_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sl_timer sl_timer;

/* May start and stop any timer, and free the one it was called with. */
typedef void sl_timer_fn(sl_timer *timer, uint64_t now_ms);

struct sl_timer {
    uint64_t due_ms;
    size_t place; /* in the heap, from 1; 0: not running */
    sl_timer_fn *on_due;
};

/* With the time, so that the timers themselves, which are anywhere in memory,
 * are not read to compare them. */
typedef struct sl_timer_entry {
    uint64_t due_ms;
    sl_timer *timer;
} sl_timer_entry;

typedef struct sl_timers {
    sl_timer_entry *heap; /* from 1 */
    size_t count;
    size_t capacity;
    uint64_t earliest_ms; /* while timers run: what may be started */
} sl_timers;

void sl_timers_init(sl_timers *timers);
void sl_timers_deinit(sl_timers *timers);

/* Start, or move, a timer. `on_due` was set by the caller. */
void sl_timer_start(sl_timers *timers, sl_timer *timer, uint64_t due_ms);

/* Stop a timer; one that is not running is left alone. */
void sl_timer_stop(sl_timers *timers, sl_timer *timer);

static inline bool sl_timer_is_running(const sl_timer *timer)
{
    return timer->place != 0;
}

/* Call every timer that is due at `now_ms`, earliest first. A timer started
 * meanwhile for now or earlier waits for the next call. */
void sl_timers_run(sl_timers *timers, uint64_t now_ms);

/* When the next one is due; UINT64_MAX when none is running. */
uint64_t sl_timers_next(const sl_timers *timers);

#endif
