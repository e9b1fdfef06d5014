#include "base/timers.h"

#include <assert.h>

#include "base/memory.h"

void sl_timers_init(sl_timers *timers)
{
    *timers = (sl_timers){0};
}

void sl_timers_deinit(sl_timers *timers)
{
    for (size_t i = 1; i <= timers->count; i++) {
        timers->heap[i].timer->place = 0;
    }
    sl_free(timers->heap);
    *timers = (sl_timers){0};
}

static void put(sl_timers *timers, size_t place, sl_timer_entry entry)
{
    timers->heap[place] = entry;
    entry.timer->place = place;
}

/* Find the place of an entry from `place` upwards, or downwards. */
static void sift_up(sl_timers *timers, size_t place, sl_timer_entry entry)
{
    while (place > 1 && timers->heap[place / 2].due_ms > entry.due_ms) {
        put(timers, place, timers->heap[place / 2]);
        place /= 2;
    }
    put(timers, place, entry);
}

static void sift_down(sl_timers *timers, size_t place, sl_timer_entry entry)
{
    for (;;) {
        size_t child = 2 * place;

        if (child > timers->count) {
            break;
        }
        if (child < timers->count &&
            timers->heap[child + 1].due_ms < timers->heap[child].due_ms) {
            child++;
        }
        if (timers->heap[child].due_ms >= entry.due_ms) {
            break;
        }
        put(timers, place, timers->heap[child]);
        place = child;
    }
    put(timers, place, entry);
}

static void sift(sl_timers *timers, size_t place, sl_timer_entry entry)
{
    if (place > 1 && timers->heap[place / 2].due_ms > entry.due_ms) {
        sift_up(timers, place, entry);
    } else {
        sift_down(timers, place, entry);
    }
}

void sl_timer_start(sl_timers *timers, sl_timer *timer, uint64_t due_ms)
{
    assert(timer->on_due != NULL);
    timer->due_ms = due_ms > timers->earliest_ms ? due_ms : timers->earliest_ms;
    if (timer->place == 0) {
        if (timers->count + 1 >= timers->capacity) {
            timers->capacity = timers->capacity ? 2 * timers->capacity : 64;
            timers->heap = sl_realloc(timers->heap,
                                      timers->capacity * sizeof *timers->heap);
        }
        timer->place = ++timers->count;
    }
    sift(timers, timer->place, (sl_timer_entry){timer->due_ms, timer});
}

void sl_timer_stop(sl_timers *timers, sl_timer *timer)
{
    size_t place = timer->place;
    sl_timer_entry last;

    if (place == 0) {
        return;
    }
    last = timers->heap[timers->count--];
    timer->place = 0;
    if (last.timer != timer) {
        sift(timers, place, last);
    }
}

void sl_timers_run(sl_timers *timers, uint64_t now_ms)
{
    /* What a callback starts is due after now, so that this loop ends. */
    timers->earliest_ms = now_ms + 1;
    while (sl_timers_next(timers) <= now_ms) {
        sl_timer *timer = timers->heap[1].timer;

        sl_timer_stop(timers, timer);
        timer->on_due(timer, now_ms);
    }
    timers->earliest_ms = 0;
}

uint64_t sl_timers_next(const sl_timers *timers)
{
    return timers->count > 0 ? timers->heap[1].due_ms : UINT64_MAX;
}
