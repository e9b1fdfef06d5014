/* The numbers of the server in the text format of Prometheus. */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "admin/admin.h"
#include "base/escape.h"

/* --- One line, one family -------------------------------------------------------- */

static void append_head(sl_buffer *text, const char *name, const char *type,
                        const char *help)
{
    sl_buffer_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                     type);
}

static void append_one(sl_buffer *text, const char *name, const char *type,
                       const char *help, uint64_t value)
{
    append_head(text, name, type, help);
    sl_buffer_printf(text, "%s %" PRIu64 "\n", name, value);
}

/* `labels` is empty, or ends with a comma. */
static void append_histogram(sl_buffer *text, const char *name,
                             const char *labels, const sl_histogram *histogram,
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

/* --- What is one number, or one histogram ---------------------------------------- */

typedef struct row {
    const char *name;
    const char *type; /* NULL: of the family above */
    const char *labels;
    size_t place; /* in the board */
    double unit;
    const char *help;
} row;

/* clang-format off */
#define TALLY(field) offsetof(sl_board, tally.field)
#define SHOWN(field) offsetof(sl_board, shown.field)
#define COUNTER(name, place, help) {name, "counter", "", place, 1, help}
#define SECONDS(name, place, help) {name, "counter", "", place, 1e-6, help}
#define GAUGE(name, place, help) {name, "gauge", "", place, 1, help}
#define REFUSED(limit, place) \
    {"sluice_refusals_total", NULL, "{limit=\"" limit "\"}", place, 1, NULL}
#define CALLED(call, place) \
    {"sluice_send_calls_total", NULL, "{call=\"" call "\"}", place, 1, NULL}

static const row rows[] = {
    COUNTER("sluice_received_bytes_total", TALLY(received),
            "Bytes received from clients."),
    COUNTER("sluice_sent_bytes_total", TALLY(sent), "Bytes sent to clients."),
    COUNTER("sluice_connections_total", SHOWN(accepted),
            "Connections accepted."),
    GAUGE("sluice_connections", SHOWN(connections), "Connections now."),
    GAUGE("sluice_exchanges", SHOWN(exchanges),
          "Requests whose answers are not over."),
    GAUGE("sluice_streams", SHOWN(streams),
          "Of them, answers that left before they were complete."),
    GAUGE("sluice_handlers", SHOWN(handlers), "Handlers that have not ended."),
    GAUGE("sluice_handlers_waiting", SHOWN(waiting),
          "Of them, those that wait for their turn to begin."),
    GAUGE("sluice_operations", SHOWN(operations),
          "Asynchronous operations that are in flight, or not collected."),
    GAUGE("sluice_coroutines", SHOWN(tasks), "Coroutines that have not ended."),

    {"sluice_send_calls_total", "counter", "{call=\"send\"}", SHOWN(sends), 1,
     "Calls of the system to send."},
    CALLED("sendfile", SHOWN(files)),
    COUNTER("sluice_receive_calls_total", SHOWN(receives),
            "Calls of the system to receive."),
    COUNTER("sluice_backpressure_waits_total", TALLY(waits),
            "Times that a writer waited for its client."),
    SECONDS("sluice_backpressure_seconds_total", TALLY(waited_us),
            "Time in such waits."),
    COUNTER("sluice_client_aborts_total", TALLY(left),
            "Answers that their clients did not wait for."),
    COUNTER("sluice_connection_resets_total", SHOWN(resets),
            "Connections that the server reset."),
    COUNTER("sluice_idle_connections_closed_total", SHOWN(idle),
            "Connections closed after keepalive_timeout."),
    COUNTER("sluice_accept_pauses_total", SHOWN(pauses),
            "Pauses of accepting: max_connections, or no descriptors."),

    {"sluice_refusals_total", "counter", "{limit=\"malformed\"}",
     SHOWN(malformed), 1, "Requests and connections refused, by limit."},
    REFUSED("request_line", SHOWN(long_lines)),
    REFUSED("header_size", SHOWN(large_heads)),
    REFUSED("header_timeout", SHOWN(late_heads)),
    REFUSED("body_timeout", SHOWN(late_bodies)),
    REFUSED("min_rate_in", SHOWN(slow_bodies)),
    REFUSED("body_size", TALLY(large)),
    REFUSED("write_timeout", SHOWN(write_stalls)),
    REFUSED("min_rate_out", SHOWN(slow_readers)),
    REFUSED("max_per_client", SHOWN(turned_away)),
    REFUSED("max_waiting", SHOWN(busy)),
    REFUSED("lua_memory", SHOWN(no_memory)),
    REFUSED("handler_timeout", SHOWN(late)),

    GAUGE("sluice_lua_memory_bytes", SHOWN(lua_bytes),
          "Memory of the Lua VMs."),
    COUNTER("sluice_lua_collections_total", TALLY(collected),
            "Rounds of the garbage collector."),
    COUNTER("sluice_lua_forced_collections_total", TALLY(collections),
            "Full collections because memory was short."),
    SECONDS("sluice_lua_forced_collection_seconds_total", TALLY(collected_us),
            "Time in them."),
    GAUGE("sluice_generations", SHOWN(generations),
          "Versions of the code that are alive, over all workers."),
    COUNTER("sluice_access_log_lost_lines_total", TALLY(lost_lines),
            "Lines of the access log that nobody read, or no disk took."),
    COUNTER("sluice_metrics_refused_total", offsetof(sl_board, meters.refused),
            "Calls for a metric of a script that has no place."),
    COUNTER("sluice_routes_refused_total", offsetof(sl_board, traffic.refused),
            "Routes that have no place of their own here."),
};
/* clang-format on */

static void append_rows(sl_buffer *text, const sl_board *sum)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const row *r = &rows[i];
        const sl_counter *value =
            (const sl_counter *)((const char *)sum + r->place);

        if (r->type != NULL) {
            append_head(text, r->name, r->type, r->help);
        }
        sl_buffer_printf(text, "%s%s %.17g\n", r->name, r->labels,
                         (double)sl_counter_see(value) * r->unit);
    }
}

static void append_histograms(sl_buffer *text, const sl_tally *tally)
{
    append_head(text, "sluice_operation_duration_seconds", "histogram",
                "Asynchronous operations, from the call to the completion.");
    append_histogram(text, "sluice_operation_duration_seconds", "",
                     &tally->completions, &sl_tally_times, 1e-6);
    append_head(text, "sluice_loop_lag_seconds", "histogram",
                "Turns of the loops: so long everything else waits.");
    append_histogram(text, "sluice_loop_lag_seconds", "", &tally->turns,
                     &sl_tally_times, 1e-6);
    append_head(text, "sluice_send_chunks", "histogram",
                "Pieces of answers that were sent together.");
    append_histogram(text, "sluice_send_chunks", "", &tally->pieces,
                     &sl_tally_pieces, 1);
    append_head(text, "sluice_send_bytes", "histogram",
                "Bytes that were sent together.");
    append_histogram(text, "sluice_send_bytes", "", &tally->sends,
                     &sl_tally_bytes, 1);
}

/* --- By route --------------------------------------------------------------------- */

/* A label and a comma. Quotes and backslashes in it are escaped. */
static void make_label(char *label, size_t size, const char *pattern)
{
    char *end = label + size - 4;
    char *to = label + strlen(strcpy(label, "route=\""));

    for (; *pattern != '\0' && to < end; pattern++) {
        if (*pattern == '"' || *pattern == '\\') {
            *to++ = '\\';
        }
        *to++ = *pattern == '\n' ? ' ' : *pattern;
    }
    strcpy(to, "\",");
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
    append_histogram(text, "sluice_request_duration_seconds", label,
                     &route->durations, &sl_tally_times, 1e-6);
}

static void append_first_bytes(sl_buffer *text, const char *label,
                               const sl_route_traffic *route)
{
    append_histogram(text, "sluice_first_byte_seconds", label,
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

static void append_traffic(sl_buffer *text, const sl_traffic *traffic)
{
    append_head(
        text, "sluice_requests_total", "counter",
        "Requests that are over, by route, method and class of status.");
    append_routes(text, traffic, append_answers);
    append_head(text, "sluice_request_duration_seconds", "histogram",
                "From the head of a request to the last byte of its answer.");
    append_routes(text, traffic, append_durations);
    append_head(text, "sluice_first_byte_seconds", "histogram",
                "From the head of a request to the first byte of its answer.");
    append_routes(text, traffic, append_first_bytes);
}

/* --- All --------------------------------------------------------------------------- */

static void append_facts(sl_buffer *text, const sl_admin_facts *facts,
                         int64_t started_unix_s)
{
    append_head(text, "sluice_build_info", "gauge", "1, with the version.");
    sl_buffer_printf(text,
                     "sluice_build_info{version=\"" SLUICE_VERSION "\"} 1\n");
    append_one(text, "process_start_time_seconds", "gauge",
               "When the server started, in seconds since 1970.",
               (uint64_t)started_unix_s);
    append_one(text, "sluice_workers", "gauge", "Workers that serve.",
               facts->workers);
    append_one(text, "sluice_worker_restarts_total", "counter",
               "Workers that took the place of another one.", facts->restarts);
    append_one(text, "sluice_worker_deaths_total", "counter",
               "Workers that ended without being asked to.", facts->deaths);
    append_one(text, "sluice_workers_memory_bytes", "gauge",
               "Resident memory of all workers.", facts->memory_bytes);
    append_head(text, "sluice_reloads_total", "counter",
                "Attempts to load the app anew, by result.");
    sl_buffer_printf(text,
                     "sluice_reloads_total{result=\"ok\"} %" PRIu64 "\n"
                     "sluice_reloads_total{result=\"failed\"} %" PRIu64 "\n",
                     facts->reloads, facts->failed_reloads);
}

void sl_admin_render(const sl_board *sum, const sl_admin_facts *facts,
                     int64_t started_unix_s, sl_buffer *text)
{
    append_facts(text, facts, started_unix_s);
    append_traffic(text, &sum->traffic);
    append_rows(text, sum);
    append_histograms(text, &sum->tally);
    sl_admin_render_meters(&sum->meters, text);
}
