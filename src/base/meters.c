#include "base/meters.h"

#include <string.h>

static uint32_t count_of(const _Atomic uint32_t *count, uint32_t most)
{
    uint32_t n = atomic_load_explicit(count, memory_order_acquire);

    return n < most ? n : most;
}

/* --- Families ---------------------------------------------------------------- */

static bool is_retired(const sl_meter_family *family)
{
    return atomic_load_explicit(&family->retired, memory_order_relaxed) != 0;
}

static bool is_same(const sl_meter_family *a, const sl_meter_family *b)
{
    bool same = a->kind == b->kind && a->nbounds == b->nbounds;

    for (uint32_t i = 0; same && i < a->nbounds && i < SL_METER_BOUNDS; i++) {
        same = a->bounds[i] == b->bounds[i];
    }
    return same;
}

int sl_meters_family(sl_meters *meters, const sl_meter_family *wanted)
{
    uint32_t n = count_of(&meters->nfamilies, SL_METER_FAMILIES);
    sl_meter_family *family;

    for (uint32_t i = 0; i < n; i++) {
        family = &meters->families[i];
        if (is_retired(family) ||
            strncmp(family->name, wanted->name, SL_METER_NAME) != 0) {
            continue;
        }
        if (is_same(family, wanted)) {
            return (int)i;
        }
        atomic_store_explicit(&family->retired, 1, memory_order_relaxed);
    }
    if (n == SL_METER_FAMILIES) {
        sl_counter_add(&meters->refused, 1);
        return -1;
    }
    meters->families[n] = *wanted;
    atomic_store_explicit(&meters->nfamilies, n + 1, memory_order_release);
    return (int)n;
}

/* --- Series ------------------------------------------------------------------ */

/* FNV-1a. */
static uint32_t hash(int family, const char *labels, size_t len)
{
    uint32_t h = 2166136261U ^ (uint32_t)family;

    for (size_t i = 0; i < len; i++) {
        h = (h ^ (unsigned char)labels[i]) * 16777619U;
    }
    return h;
}

sl_meter_series *sl_meters_series(sl_meters *meters, int family,
                                  const char *labels, size_t len)
{
    uint32_t n = count_of(&meters->nseries, SL_METER_SERIES);
    uint32_t wanted = hash(family, labels, len);
    sl_meter_series *series;

    for (uint32_t i = 0; i < n; i++) {
        series = &meters->series[i];
        if (meters->hashes[i] == wanted && series->family == (uint32_t)family &&
            strlen(series->labels) == len &&
            memcmp(series->labels, labels, len) == 0) {
            return series;
        }
    }
    if (n == SL_METER_SERIES || len >= SL_METER_LABELS) {
        sl_counter_add(&meters->refused, 1);
        return NULL;
    }
    series = &meters->series[n];
    *series = (sl_meter_series){.family = (uint32_t)family};
    memcpy(series->labels, labels, len);
    meters->hashes[n] = wanted;
    atomic_store_explicit(&meters->nseries, n + 1, memory_order_release);
    return series;
}

/* --- Sums -------------------------------------------------------------------- */

/* A copy that is a family, whatever has been copied. */
static sl_meter_family sane(const sl_meter_family *family)
{
    sl_meter_family copy = *family;

    copy.name[SL_METER_NAME - 1] = '\0';
    copy.help[SL_METER_HELP - 1] = '\0';
    if (copy.nbounds > SL_METER_BOUNDS) {
        copy.nbounds = 0;
    }
    return copy;
}

static void add_series(sl_meters *sum, const sl_meter_family *family,
                       const sl_meter_series *series)
{
    sl_meter_series *to;
    int number = sl_meters_family(sum, family);

    if (number < 0) {
        return;
    }
    to = sl_meters_series(sum, number, series->labels,
                          strnlen(series->labels, SL_METER_LABELS));
    if (to == NULL) {
        return;
    }
    to->value += series->value;
    for (int i = 0; i < SL_BUCKETS; i++) {
        to->counts[i] += series->counts[i];
    }
}

void sl_meters_add(sl_meters *sum, const sl_meters *part, bool with_gauges)
{
    uint32_t nfamilies = count_of(&part->nfamilies, SL_METER_FAMILIES);
    uint32_t nseries = count_of(&part->nseries, SL_METER_SERIES);

    sl_counter_add(&sum->refused, sl_counter_see(&part->refused));
    for (uint32_t i = 0; i < nseries; i++) {
        const sl_meter_series *series = &part->series[i];
        sl_meter_family family;

        if (series->family >= nfamilies) {
            continue;
        }
        family = sane(&part->families[series->family]);
        if (!is_retired(&family) && family.kind < SL_METER_KINDS &&
            (with_gauges || family.kind != SL_METER_GAUGE)) {
            add_series(sum, &family, series);
        }
    }
}
