#include "admin/samples.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/tally.h"

void sl_samples_head(sl_buffer *text, const char *name, const char *type,
                     const char *help)
{
    sl_buffer_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                     type);
}

void sl_samples_histogram(sl_buffer *text, const char *name, const char *labels,
                          const sl_histogram *histogram,
                          const sl_bounds *bounds, double unit)
{
    int len = (int)strlen(labels);
    uint64_t count = 0;

    for (uint32_t i = 0; i < bounds->count; i++) {
        count += sl_counter_see(&histogram->counts[i]);
        sl_buffer_printf(text, "%s_bucket{%sle=\"%.10g\"} %" PRIu64 "\n", name,
                         labels, (double)bounds->most[i] * unit, count);
    }
    count += sl_counter_see(&histogram->counts[bounds->count]);
    sl_buffer_printf(text, "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name,
                     labels, count);
    if (len > 0) {
        sl_buffer_printf(text, "%s_sum{%.*s} %.10g\n", name, len - 1, labels,
                         (double)sl_counter_see(&histogram->sum) * unit);
        sl_buffer_printf(text, "%s_count{%.*s} %" PRIu64 "\n", name, len - 1,
                         labels, count);
    } else {
        sl_buffer_printf(text, "%s_sum %.10g\n%s_count %" PRIu64 "\n", name,
                         (double)sl_counter_see(&histogram->sum) * unit, name,
                         count);
    }
}

/* --- By route ------------------------------------------------------------------ */

/* A label and a comma. Quotes and backslashes in it are escaped. */
static void make_label(char *label, size_t size, const char *pattern)
{
    char escaped[2 * SL_ROUTE_TEXT];
    char *to = escaped;

    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '"' || *pattern == '\\') {
            *to++ = '\\';
        }
        *to++ = *pattern == '\n' ? ' ' : *pattern;
    }
    *to = '\0';
    (void)snprintf(label, size, "route=\"%s\",", escaped);
}

typedef void append_route(sl_buffer *text, const char *label,
                          const sl_route_traffic *route);

static void append_answers(sl_buffer *text, const char *label,
                           const sl_route_traffic *route)
{
    for (int i = 0; i < SL_METHODS; i++) {
        for (int k = 0; k < SL_CLASSES; k++) {
            uint64_t n = sl_counter_see(&route->answers[i][k]);

            if (n > 0) {
                sl_buffer_printf(text,
                                 "sluice_requests_total{%smethod=\"%s\","
                                 "code=\"%dxx\"} %" PRIu64 "\n",
                                 label, sl_traffic_methods[i], k + 1, n);
            }
        }
    }
}

static void append_durations(sl_buffer *text, const char *label,
                             const sl_route_traffic *route)
{
    sl_samples_histogram(text, "sluice_request_duration_seconds", label,
                         &route->durations, &sl_tally_times, 1e-6);
}

static void append_first_bytes(sl_buffer *text, const char *label,
                               const sl_route_traffic *route)
{
    sl_samples_histogram(text, "sluice_first_byte_seconds", label,
                         &route->first_bytes, &sl_tally_times, 1e-6);
}

static bool is_used(const sl_route_traffic *route)
{
    for (int i = 0; i < SL_BUCKETS; i++) {
        if (sl_counter_see(&route->durations.counts[i]) > 0) {
            return true;
        }
    }
    return false;
}

static void append_routes(sl_buffer *text, const sl_traffic *traffic,
                          append_route *append)
{
    uint32_t count =
        atomic_load_explicit(&traffic->count, memory_order_relaxed);

    for (uint32_t i = 0; i < count; i++) {
        char label[2 * SL_ROUTE_TEXT + 16];

        if (is_used(&traffic->routes[i])) {
            make_label(label, sizeof label, traffic->routes[i].pattern);
            append(text, label, &traffic->routes[i]);
        }
    }
}

void sl_samples_traffic(sl_buffer *text, const sl_traffic *traffic)
{
    sl_samples_head(
        text, "sluice_requests_total", "counter",
        "Requests that are over, by route, method and class of status.");
    append_routes(text, traffic, append_answers);
    sl_samples_head(
        text, "sluice_request_duration_seconds", "histogram",
        "From the head of a request to the last byte of its answer.");
    append_routes(text, traffic, append_durations);
    sl_samples_head(
        text, "sluice_first_byte_seconds", "histogram",
        "From the head of a request to the first byte of its answer.");
    append_routes(text, traffic, append_first_bytes);
}
