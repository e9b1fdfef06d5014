/* The settings: names, limits, and one line for people. Defaults are those of
 * the layers, see sl_settings_init. */
#include "settings/setting.h"

#include <stddef.h>

static const char *const levels[] = {"debug", "info", "warn",
                                     "error", "off",  NULL};
static const char *const log_formats[] = {"text", "json", NULL};
static const char *const id_sources[] = {"own", "proxies", "anybody", NULL};
static const char *const watch_modes[] = {"off", "on", "poll", NULL};
static const char *const access_formats[] = {"combined", "json", "dev", NULL};

/* One setting, one or two lines. */
/* clang-format off */
#define AT(field) offsetof(sl_settings, field)
#define BYTES(name, field, min, max, help) \
    {name, SL_KIND_BYTES, AT(field), min, max, NULL, help}
#define BYTES32(name, field, min, max, help) \
    {name, SL_KIND_BYTES32, AT(field), min, max, NULL, help}
#define DURATION(name, field, min, max, help) \
    {name, SL_KIND_DURATION, AT(field), min, max, NULL, help}
#define COUNT(name, field, min, max, help) \
    {name, SL_KIND_COUNT, AT(field), min, max, NULL, help}
#define AUTO(name, field, min, max, help) \
    {name, SL_KIND_AUTO, AT(field), min, max, NULL, help}
#define BOOLEAN(name, field, help) \
    {name, SL_KIND_BOOLEAN, AT(field), 0, 0, NULL, help}
#define CHOICE(name, field, choices, help) \
    {name, SL_KIND_CHOICE, AT(field), 0, 0, choices, help}
#define TEXT(name, field, help) \
    {name, SL_KIND_TEXT, AT(field), 0, 0, NULL, help}
#define LIST(name, field, min, help) \
    {name, SL_KIND_LIST, AT(field), min, 0, NULL, help}

#define K (UINT64_C(1) << 10)
#define M (UINT64_C(1) << 20)
#define G (UINT64_C(1) << 30)
#define HOUR (3600 * UINT64_C(1000))
#define DAY (24 * HOUR)
#define MANY UINT64_C(1000000000)

const sl_setting sl_setting_table[] = {
    LIST("listen", listen, 1,
         "ADDR:PORT, [IPV6]:PORT, :PORT or unix:PATH, \" proxy\" behind it: with "
         "the PROXY protocol"),
    LIST("trusted_proxies", trusted_proxies, 0,
         "whose Forwarded and X-Forwarded-* count: addresses, networks, unix"),
    LIST("proxy_sources", proxy_sources, 0,
         "likewise, whose PROXY headers count; none: all who connect there"),
    AUTO("workers", workers, 0, 1024,
         "processes; auto: one for each processor we may use; 0: one, alone"),
    DURATION("watchdog", watchdog_ms, 0, DAY,
             "longest turn of a worker; then it is replaced; 0: any"),
    COUNT("worker_requests", worker_requests, 0, MANY,
          "after which a worker is replaced; 0: never"),
    BYTES("worker_memory", worker_memory, 0, 1024 * G,
          "of a worker, above which it is replaced; 0: no limit"),
    DURATION("worker_grace", worker_grace_ms, 0, DAY,
             "what running requests of a replaced worker get; 0: any time"),
    TEXT("control", control,
         "socket for sluice status, repl ...; auto: in development; off"),
    BOOLEAN("console", console,
            "sluice repl may run code in workers; always so in development"),
    TEXT("admin", admin,
         "ADDR:PORT or unix:PATH for health, metrics; auto: in development; off"),
    BOOLEAN("admin_public", admin_public,
            "admin may be an address that other machines reach"),
    LIST("module", module, 0,
         "shared objects with C handlers: PATH or PATH=ARGUMENT"),
    DURATION("grace", grace_ms, 0, DAY,
             "what running requests get when the server stops"),

    DURATION("start_timeout", start_timeout_ms, 1, DAY,
             "for app:on_start, and what is handed over, at a start or reload"),
    COUNT("max_generations", max_generations, 1, 1000,
          "versions of the code in use; the oldest one's requests are aborted"),

    CHOICE("watch", watch, watch_modes,
           "reload when a file of the app changes"),
    DURATION("watch_interval", watch_interval_ms, 1, DAY,
             "between two looks with watch = poll"),

    TEXT("log", log, "file of the error log; -: standard error"),
    CHOICE("log_level", log_level, levels, "lines below it are left out"),
    LIST("log_levels", log_levels, 0,
         "of parts: app=debug, ...; server, net, http, script, app, reload, admin"),
    CHOICE("log_format", log_format, log_formats, "of the error log"),
    TEXT("access_log", access_log, "file; -: standard output; off"),
    CHOICE("access_log_format", access_log_format, access_formats,
           "of the access log"),

    COUNT("max_connections", net.max_connections, 0, MANY,
          "of one worker; 0: no limit"),
    COUNT("max_per_client", net.max_per_client, 0, MANY,
          "of one address, an IPv6 /64, to one worker; 503 above; 0: any"),
    COUNT("max_requests", session.max_requests, 0, MANY,
          "of one connection; 0: no limit"),
    COUNT("max_pipelined", session.max_pipelined, 1, 100000,
          "finished answers of a connection that wait to be sent"),
    BYTES32("request_line", session.request_line_bytes, 64, M,
            "longest request line; 414 above"),
    BYTES32("header_size", session.header_bytes, 256, 16 * M,
            "all header lines of a request; 431 above"),
    COUNT("header_count", session.header_count, 1, 10000,
          "header lines of a request; 431 above"),
    DURATION("header_timeout", session.header_timeout_ms, 1, DAY,
             "for a request head to arrive; 408"),
    DURATION("body_timeout", session.body_timeout_ms, 1, DAY,
             "without a byte of a wanted body; 408"),
    DURATION("keepalive_timeout", session.keepalive_timeout_ms, 1, DAY,
             "for the next request of a connection"),
    DURATION("write_timeout", session.write_timeout_ms, 1, DAY,
             "while a client takes nothing; then it is reset"),
    BYTES32("min_rate_in", session.min_rate_in, 0, G,
            "of a wanted body each second; 408 below; 0: none"),
    BYTES32("min_rate_out", session.min_rate_out, 0, G,
            "that a client takes each second, else it is reset; 0: none"),
    DURATION("linger_timeout", session.linger_timeout_ms, 1, HOUR,
             "reading on after the last answer, so that it arrives"),
    BYTES32("linger_size", session.linger_bytes, 0, G,
            "read and dropped meanwhile"),
    BYTES32("drain_size", session.drain_bytes, 0, G,
            "unread body dropped so that a connection can be kept"),
    BYTES32("held_size", session.held_bytes, K, G,
            "pipelined requests of a connection held in memory"),
    CHOICE("request_id", session.id_source, id_sources,
           "whose X-Request-Id names a request: proxies that are trusted"),
    BOOLEAN("request_id_header", session.id_header,
            "send X-Request-Id, with the id of the logs"),
    BOOLEAN("half_close", session.half_close,
            "a client may shut its sending side and still be answered"),
    BOOLEAN("server_header", session.server_header, "send Server: sluice"),

    BYTES("high_water", pipeline.high_water, K, G,
          "of a response in memory, before writers wait"),
    BYTES("hard_limit", pipeline.hard_limit, 0, 4 * G,
          "at which nothing more is taken; 0: four times high_water"),
    BYTES("send_threshold", pipeline.send_threshold, 1, G,
          "of a response that go out at once"),
    BYTES("quota_size", pipeline.quota_bytes, K, G,
          "written by one coroutine in one turn of the loop"),
    COUNT("quota_calls", pipeline.quota_calls, 1, MANY,
          "writes and flushes of one coroutine in one turn"),
    COUNT("max_uncollected", pipeline.max_uncollected, 1, 1000000,
          "completions of a response that nobody has collected"),
    BYTES("body_window", pipeline.body_window, K, G,
          "of a request body held unread"),
    BYTES("body_size", script.body_bytes, 0, 1024 * G,
          "longest body that req:body() reads; 413 above"),
    BYTES("upload_size", script.upload_bytes, 0, 1024 * G,
          "longest body of req:parts() and req:body_file(); 413 above"),
    BYTES("spool_size", script.spool_bytes, 0, G,
          "of such a body in memory, before it goes to a file"),
    TEXT("temp_dir", script.temp_dir,
         "folder of these files; none: TMPDIR, /var/tmp or /tmp"),
    COUNT("form_fields", script.form_fields, 1, 1000000,
          "fields of a form, or parts of a body; 413 above"),
    BYTES32("part_header_size", script.part_header_bytes, 64, M,
            "all header lines of a part; 413 above"),
    BYTES("fragment_size", pipeline.fragment_bytes, 0, 1024 * G,
          "all fragments together"),
    BYTES("response_header_size", pipeline.header_bytes, 256, 16 * M,
          "all header lines of a response"),
    DURATION("stage_timeout", pipeline.stage_timeout_ms, 0, DAY,
             "for a stage to wait; then 503, or the answer is cut off; 0s: none"),

    COUNT("max_handlers", script.max_handlers, 0, MANY,
          "that run at once in one worker; 0: no limit"),
    COUNT("max_waiting", script.max_waiting, 0, MANY,
          "requests that wait for a handler; 503 above"),
    DURATION("handler_timeout", script.handler_timeout_ms, 0, DAY,
             "for a handler; then it is cancelled, 503; 0s: none"),
    BYTES("lua_memory", script.memory_bytes, 0, 1024 * G,
          "of the Lua VM; 503 when it is nearly used; 0: no limit"),
    BYTES32("copy_threshold", script.copy_threshold, 0, G,
            "shorter strings are copied, longer ones sent in place"),
    COUNT("coroutine_pool", script.pooled, 0, 1000000,
          "idle coroutines kept for the next requests"),
    BOOLEAN("development", script.development,
            "errors explained in the browser; pages follow edits"),
    TEXT("lua_dir", lua_dir,
         "load the Lua library from this folder, not from the binary"),

    BOOLEAN("compress", compress.on,
            "responses for which nothing else is said"),
    TEXT("compress_codings", compress.codings,
         "of zstd, br and gzip; the first that a client likes equally well"),
    TEXT("compress_types", compress.types,
         "as text,application/json,+xml; none: a list of our own"),
    BYTES("compress_min", compress.min_bytes, 0, G,
          "shorter bodies are not compressed, where the length is known"),
    BYTES("compress_memory", compress.memory_bytes, 0, 1024 * G,
          "of all that is being compressed; above it nothing more is"),
    COUNT("gzip_level", compress.gzip_level, 1, 9, "1: fast, 9: small"),
    COUNT("brotli_level", compress.brotli_level, 1, 11, "1: fast, 11: small"),
    COUNT("zstd_level", compress.zstd_level, 1, 19, "1: fast, 19: small"),

    COUNT("backlog", net.backlog, 1, 65535,
          "connections that the kernel queues for the server"),
    COUNT("accept_batch", net.accept_batch, 1, 65535,
          "connections accepted in one turn of the loop"),
    BYTES32("read_buffer", net.read_buffer, 4 * K, 16 * M,
            "of one read, shared by all connections"),
    BYTES32("send_batch", net.send_batch, 4 * K, G,
            "sent to one connection in one turn of the loop"),
    BYTES32("notsent_lowat", net.notsent_lowat, 0, G,
            "unsent bytes in the kernel per connection; 0: its own choice"),
    {NULL, SL_KIND_TEXT, 0, 0, 0, NULL, NULL},
};
/* clang-format on */
