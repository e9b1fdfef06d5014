/* Counters and histograms that another process may read at any time.
 *
 * One thread writes. No order between them is promised, so none is paid for: an
 * increment is a load, an addition and a store.
 */
#ifndef SLUICE_BASE_HISTOGRAM_H
#define SLUICE_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t sl_counter;

static inline uint64_t sl_counter_see(const sl_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static inline void sl_counter_show(sl_counter *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

static inline void sl_counter_add(sl_counter *counter, uint64_t n)
{
    sl_counter_show(counter, sl_counter_see(counter) + n);
}

enum { SL_BUCKETS = 16 };

/* How many values there were up to each bound, but above the one before. */
typedef struct sl_histogram {
    sl_counter sum;
    sl_counter counts[SL_BUCKETS]; /* the one behind the last bound: above it */
} sl_histogram;

typedef struct sl_bounds {
    uint32_t count;
    uint64_t most[SL_BUCKETS - 1]; /* rising */
} sl_bounds;

/* Small values are the most frequent ones, so they are found first; the others
 * skip a half of them. */
static inline uint32_t sl_bounds_find(const sl_bounds *bounds, uint64_t value)
{
    uint32_t middle = bounds->count / 2;
    uint32_t i = value > bounds->most[middle] ? middle + 1 : 1;

    if (value <= bounds->most[0]) {
        return 0;
    }
    while (i < bounds->count && value > bounds->most[i]) {
        i++;
    }
    return i;
}

static inline void sl_histogram_note_in(sl_histogram *histogram,
                                        uint32_t bucket, uint64_t value)
{
    sl_counter_add(&histogram->counts[bucket], 1);
    sl_counter_add(&histogram->sum, value);
}

static inline void sl_histogram_note(sl_histogram *histogram,
                                     const sl_bounds *bounds, uint64_t value)
{
    sl_histogram_note_in(histogram, sl_bounds_find(bounds, value), value);
}

#endif
