/* The numbers of the server in the text format of Prometheus. */
#include <inttypes.h>
#include <stddef.h>

#include "admin/admin.h"
#include "admin/samples.h"

/* --- One line, one family -------------------------------------------------------- */

static void append_one(sl_buffer *text, const char *name, const char *type,
                       const char *help, uint64_t value)
{
    sl_samples_head(text, name, type, help);
    sl_buffer_printf(text, "%s %" PRIu64 "\n", name, value);
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
    COUNTER("sluice_sent_bytes_total", TALLY(sends.sum), "Bytes sent to clients."),
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
    REFUSED("temp_dir", TALLY(full)),
    REFUSED("held_size", SHOWN(held_up)),
    REFUSED("max_requests", SHOWN(spent)),
    REFUSED("write_timeout", SHOWN(write_stalls)),
    REFUSED("min_rate_out", SHOWN(slow_readers)),
    REFUSED("max_per_client", SHOWN(turned_away)),
    REFUSED("proxy", SHOWN(prefaces)),
    REFUSED("max_waiting", SHOWN(busy)),
    REFUSED("lua_memory", SHOWN(no_memory)),
    REFUSED("handler_timeout", SHOWN(late)),
    REFUSED("stage_timeout", TALLY(stuck)),

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
    COUNTER("sluice_log_lost_lines_total", TALLY(lost_log_lines),
            "Lines of the error log that nobody read, or no disk took."),
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
            sl_samples_head(text, r->name, r->type, r->help);
        }
        sl_buffer_printf(text, "%s%s %.17g\n", r->name, r->labels,
                         (double)sl_counter_see(value) * r->unit);
    }
}

static void append_histograms(sl_buffer *text, const sl_tally *tally)
{
    sl_samples_head(
        text, "sluice_operation_duration_seconds", "histogram",
        "Asynchronous operations, from the call to the completion.");
    sl_samples_histogram(text, "sluice_operation_duration_seconds", "",
                         &tally->completions, &sl_tally_times, 1e-6);
    sl_samples_head(text, "sluice_loop_lag_seconds", "histogram",
                    "Turns of the loops: so long everything else waits.");
    sl_samples_histogram(text, "sluice_loop_lag_seconds", "", &tally->turns,
                         &sl_tally_times, 1e-6);
    sl_samples_head(text, "sluice_send_chunks", "histogram",
                    "Pieces of answers that were sent together.");
    sl_samples_histogram(text, "sluice_send_chunks", "", &tally->pieces,
                         &sl_tally_pieces, 1);
    sl_samples_head(text, "sluice_send_bytes", "histogram",
                    "Bytes that were sent together.");
    sl_samples_histogram(text, "sluice_send_bytes", "", &tally->sends,
                         &sl_tally_bytes, 1);
}

/* --- All --------------------------------------------------------------------------- */

static void append_facts(sl_buffer *text, const sl_admin_facts *facts,
                         int64_t started_unix_s)
{
    sl_samples_head(text, "sluice_build_info", "gauge", "1, with the version.");
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
    sl_samples_head(text, "sluice_reloads_total", "counter",
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
    sl_samples_traffic(text, &sum->traffic);
    append_rows(text, sum);
    append_histograms(text, &sum->tally);
    sl_admin_render_meters(&sum->meters, text);
}
