/* Answers by route, method and class of status, and how long they took.
 *
 * Flat memory without pointers, as base/meters.h, and as bounded: beyond so many
 * routes all others are one. A route is its pattern, so that it stays the same
 * over all versions of an app.
 */
#ifndef SLUICE_PIPELINE_TRAFFIC_H
#define SLUICE_PIPELINE_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>

#include <sluice/chunk.h>

#include "base/histogram.h"

enum {
    SL_ROUTE_NONE,  /* no route: 404, or refused before there was one */
    SL_ROUTE_OTHER, /* one of those that have no place of their own */
    SL_ROUTES = 512,
    SL_ROUTE_TEXT = 128
};

/* SL_METHOD_OTHER is the last. */
enum { SL_METHODS = 8, SL_CLASSES = 5 };

extern const char *const sl_traffic_methods[SL_METHODS];

typedef struct sl_route_traffic {
    char pattern[SL_ROUTE_TEXT];
    sl_counter answers[SL_METHODS][SL_CLASSES]; /* 1xx, 2xx, ... */
    sl_histogram durations;
    sl_histogram first_bytes;
} sl_route_traffic;

typedef struct sl_traffic {
    _Atomic uint32_t count;
    sl_counter refused; /* routes that have no place */
    sl_route_traffic routes[SL_ROUTES];
} sl_traffic;

/* The first two places. */
void sl_traffic_init(sl_traffic *traffic);

/* The number of a route; traffic may be NULL: then it is SL_ROUTE_NONE. */
uint32_t sl_traffic_route(sl_traffic *traffic, const char *pattern, size_t len);

/* One answer is over; first_us: 0 when none of it was sent. */
void sl_traffic_note(sl_traffic *traffic, uint32_t route, sl_span method,
                     int status, uint64_t took_us, uint64_t first_us);

/* Add what another process shows, whatever it shows. */
void sl_traffic_add(sl_traffic *sum, const sl_traffic *part);

/* Likewise a histogram, to its own sum. */
void sl_histogram_add(sl_histogram *sum, const sl_histogram *part);

#endif
