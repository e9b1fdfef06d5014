/* The formats of the access log. */
#include "worker/access_log.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "base/ip.h"

static void append_or_dash(sl_buffer *line, sl_span text)
{
    if (text.data == NULL || text.len == 0) {
        sl_buffer_append(line, "-", 1);
    } else {
        sl_escape_text(line, text.data, text.len);
    }
}

/* The address without its port, as tools for this format expect it. */
static void append_host(sl_buffer *line, sl_span peer)
{
    const char *colon = peer.len > 0 ? memrchr(peer.data, ':', peer.len) : NULL;
    sl_ip ip;

    if (colon != NULL && !sl_ip_parse(peer.data, peer.len, &ip)) {
        peer.len = (size_t)(colon - peer.data);
    }
    if (peer.len >= 2 && peer.data[0] == '[') {
        peer = (sl_span){peer.data + 1, peer.len - 2};
    }
    append_or_dash(line, peer);
}

static void format_combined(sl_buffer *line, const sl_access_entry *entry)
{
    time_t seconds = (time_t)entry->unix_s;
    char time[40];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    (void)strftime(time, sizeof time, "%d/%b/%Y:%H:%M:%S +0000", &tm);
    append_host(line, entry->peer);
    sl_buffer_printf(line, " - - [%s] \"", time);
    append_or_dash(line, entry->method);
    if (entry->version != 0) {
        sl_buffer_append(line, " ", 1);
        append_or_dash(line, entry->target);
        sl_buffer_printf(line, " HTTP/%d.%d", entry->version / 10,
                         entry->version % 10);
    }
    sl_buffer_printf(line, "\" %d %.0f \"", entry->status, entry->bytes);
    append_or_dash(line, entry->referer);
    sl_buffer_append(line, "\" \"", 3);
    append_or_dash(line, entry->user_agent);
    sl_buffer_append(line, "\" ", 2);
    append_or_dash(line, entry->id);
    sl_buffer_printf(line, " %" PRIu64 "ms\n", entry->duration_ms);
}

static void append_member(sl_buffer *line, const char *key, sl_span value)
{
    if (value.data == NULL) {
        return;
    }
    sl_buffer_printf(line, ",\"%s\":\"", key);
    sl_escape_json(line, value.data, value.len);
    sl_buffer_append(line, "\"", 1);
}

static void format_json(sl_buffer *line, const sl_access_entry *entry)
{
    time_t seconds = (time_t)entry->unix_s;
    char time[40];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    (void)strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &tm);
    sl_buffer_printf(line, "{\"time\":\"%s\"", time);
    append_member(line, "peer", entry->peer);
    append_member(line, "method", entry->method);
    append_member(line, "target", entry->target);
    if (entry->version != 0) {
        sl_buffer_printf(line, ",\"version\":\"%d.%d\"", entry->version / 10,
                         entry->version % 10);
    }
    sl_buffer_printf(line, ",\"status\":%d,\"bytes\":%.0f", entry->status,
                     entry->bytes);
    append_member(line, "referer", entry->referer);
    append_member(line, "user_agent", entry->user_agent);
    append_member(line, "id", entry->id);
    append_member(line, "route", entry->route);
    append_member(line, "trace", entry->trace);
    sl_buffer_printf(line, ",\"duration_ms\":%" PRIu64 "}\n",
                     entry->duration_ms);
}

void sl_access_format_entry(sl_buffer *line, sl_access_format format,
                            const sl_access_entry *entry)
{
    if (format == SL_ACCESS_JSON) {
        format_json(line, entry);
    } else {
        format_combined(line, entry);
    }
}
