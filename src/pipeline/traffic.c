#include "pipeline/traffic.h"

#include <string.h>

#include "pipeline/tally.h"

#define MS UINT64_C(1000)
#define SECOND (1000 * MS)

const sl_bounds sl_tally_times = {
    15,
    {100, 500, 1 * MS, 2500, 5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS,
     250 * MS, 500 * MS, 1 * SECOND, 2500 * MS, 10 * SECOND, 60 * SECOND},
};

const sl_bounds sl_tally_pieces = {9, {1, 2, 4, 8, 16, 32, 64, 128, 256}};

#define K UINT64_C(1024)

const sl_bounds sl_tally_bytes = {
    9,
    {256, 1 * K, 4 * K, 16 * K, 64 * K, 128 * K, 256 * K, 512 * K, 1024 * K}};

const char *const sl_traffic_methods[SL_METHODS] = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "other"};

void sl_traffic_init(sl_traffic *traffic)
{
    strcpy(traffic->routes[SL_ROUTE_NONE].pattern, "none");
    strcpy(traffic->routes[SL_ROUTE_OTHER].pattern, "other");
    atomic_store_explicit(&traffic->count, 2, memory_order_release);
}

static uint32_t count_of(const sl_traffic *traffic)
{
    uint32_t n = atomic_load_explicit(&traffic->count, memory_order_acquire);

    return n < SL_ROUTES ? n : SL_ROUTES;
}

static bool is_pattern(const sl_route_traffic *route, const char *pattern,
                       size_t len)
{
    return strncmp(route->pattern, pattern, len) == 0 &&
           route->pattern[len] == '\0';
}

uint32_t sl_traffic_route(sl_traffic *traffic, const char *pattern, size_t len)
{
    uint32_t n;

    if (traffic == NULL) {
        return SL_ROUTE_NONE;
    }
    n = count_of(traffic);
    len = len < SL_ROUTE_TEXT ? len : SL_ROUTE_TEXT - 1;
    for (uint32_t i = 0; i < n; i++) {
        if (is_pattern(&traffic->routes[i], pattern, len)) {
            return i;
        }
    }
    if (n == SL_ROUTES) {
        sl_counter_add(&traffic->refused, 1);
        return SL_ROUTE_OTHER;
    }
    memcpy(traffic->routes[n].pattern, pattern, len);
    atomic_store_explicit(&traffic->count, n + 1, memory_order_release);
    return n;
}

static int number_of(sl_span method)
{
    int i = 0;

    if (method.len == 3 && *method.data == 'G') {
        return method.data[1] == 'E' && method.data[2] == 'T' ? 0
                                                              : SL_METHODS - 1;
    }
    if (method.data == NULL || method.len == 0) {
        return SL_METHODS - 1;
    }
    while (i < SL_METHODS - 1 &&
           (strncmp(sl_traffic_methods[i], method.data, method.len) != 0 ||
            sl_traffic_methods[i][method.len] != '\0')) {
        i++;
    }
    return i;
}

void sl_traffic_note(sl_traffic *traffic, uint32_t route, sl_span method,
                     int status, uint64_t took_us, uint64_t first_us)
{
    sl_route_traffic *of = &traffic->routes[route < SL_ROUTES ? route : 0];
    int class = status / 100 - 1;
    uint32_t bucket = sl_bounds_find(&sl_tally_times, took_us);

    if (class < 0 || class >= SL_CLASSES) {
        class = SL_CLASSES - 1;
    }
    sl_counter_add(&of->answers[number_of(method)][class], 1);
    sl_histogram_note_in(&of->durations, bucket, took_us);
    if (first_us == took_us) { /* as with nearly all short answers */
        sl_histogram_note_in(&of->first_bytes, bucket, first_us);
    } else if (first_us > 0) {
        sl_histogram_note(&of->first_bytes, &sl_tally_times, first_us);
    }
}

void sl_histogram_add(sl_histogram *sum, const sl_histogram *part)
{
    sl_counter_add(&sum->sum, sl_counter_see(&part->sum));
    for (int i = 0; i < SL_BUCKETS; i++) {
        sl_counter_add(&sum->counts[i], sl_counter_see(&part->counts[i]));
    }
}

static void add_route(sl_route_traffic *sum, const sl_route_traffic *part)
{
    for (int i = 0; i < SL_METHODS; i++) {
        for (int k = 0; k < SL_CLASSES; k++) {
            sl_counter_add(&sum->answers[i][k],
                           sl_counter_see(&part->answers[i][k]));
        }
    }
    sl_histogram_add(&sum->durations, &part->durations);
    sl_histogram_add(&sum->first_bytes, &part->first_bytes);
}

void sl_traffic_add(sl_traffic *sum, const sl_traffic *part)
{
    uint32_t n = count_of(part);

    sl_counter_add(&sum->refused, sl_counter_see(&part->refused));
    for (uint32_t i = 0; i < n; i++) {
        const sl_route_traffic *route = &part->routes[i];
        size_t len = strnlen(route->pattern, SL_ROUTE_TEXT);
        uint32_t to = i < 2 ? i : sl_traffic_route(sum, route->pattern, len);

        add_route(&sum->routes[to], route);
    }
}
