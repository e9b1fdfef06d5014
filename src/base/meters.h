/* Numbers that a program names while it runs: counters, gauges, histograms, each
 * with labels.
 *
 * Flat memory without pointers, so that another process can read it. One thread
 * writes; who reads sees whole entries, because their number is shown last. How
 * many there can be is fixed: what would be one more is refused and counted, so
 * that labels out of requests cost no more than this.
 */
#ifndef SLUICE_BASE_METERS_H
#define SLUICE_BASE_METERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/histogram.h"

enum {
    SL_METER_FAMILIES = 128,
    SL_METER_SERIES = 1024,
    SL_METER_NAME = 80,
    SL_METER_HELP = 160,
    SL_METER_LABELS = 192,
    SL_METER_BOUNDS = SL_BUCKETS - 1
};

typedef enum sl_meter_kind {
    SL_METER_COUNTER,
    SL_METER_GAUGE,
    SL_METER_HISTOGRAM,
    SL_METER_KINDS
} sl_meter_kind;

/* What series of one name have in common. */
typedef struct sl_meter_family {
    char name[SL_METER_NAME];
    char help[SL_METER_HELP];
    uint32_t kind; /* sl_meter_kind */
    uint32_t nbounds;
    double bounds[SL_METER_BOUNDS];
    _Atomic uint32_t retired; /* the name means something else now */
} sl_meter_family;

/* The values are Lua's to change: see lua/sluice/metrics.lua. */
typedef struct sl_meter_series {
    uint32_t family;
    char labels[SL_METER_LABELS]; /* `a="1",b="2"`, escaped; or "" */
    double value;                 /* of a histogram: the sum */
    double counts[SL_BUCKETS];    /* of a histogram */
} sl_meter_series;

typedef struct sl_meters {
    _Atomic uint32_t nfamilies;
    _Atomic uint32_t nseries;
    sl_counter refused;               /* calls, because there were too many */
    uint32_t hashes[SL_METER_SERIES]; /* of the series, to find them fast */
    sl_meter_family families[SL_METER_FAMILIES];
    sl_meter_series series[SL_METER_SERIES];
} sl_meters;

/* The number of the family; `wanted` may differ in its help. Another one of the
 * same name is retired. -1: there are too many, which is counted. */
int sl_meters_family(sl_meters *meters, const sl_meter_family *wanted);

/* The series of a family with these labels; NULL: there are too many, or they
 * are too long, which is counted. */
sl_meter_series *sl_meters_series(sl_meters *meters, int family,
                                  const char *labels, size_t len);

/* Add what another process shows, whatever it shows: it may have been killed in
 * the middle of a change. Without its gauges when it is gone. */
void sl_meters_add(sl_meters *sum, const sl_meters *part, bool with_gauges);

#endif
