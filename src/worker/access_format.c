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

/* --- While an app is written ---------------------------------------------------- */

#define ESCAPE "\x1b["

enum { PATH_WIDTH = 36 };

static const char *colour_of(int status)
{
    static const char *const colours[] = {
        "36", "36", "32", "36", "33", "31", /* cyan, green, yellow, red */
    };

    return colours[status >= 100 && status < 600 ? status / 100 : 5];
}

static void paint(sl_buffer *line, bool is_coloured, const char *colour)
{
    if (is_coloured) {
        sl_buffer_printf(line, ESCAPE "%sm", colour);
    }
}

/* With blanks up to the width. */
static void append_column(sl_buffer *line, sl_span text, size_t width)
{
    size_t before = sl_buffer_len(line);
    size_t used;

    append_or_dash(line, text);
    used = sl_buffer_len(line) - before;
    sl_buffer_printf(line, "%*s ", used < width ? (int)(width - used) : 0, "");
}

static void append_size(sl_buffer *line, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    size_t unit = 0;

    while (bytes >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1024;
        unit++;
    }
    sl_buffer_printf(line,
                     unit > 0 && bytes < 10 ? " %6.1f %-3s" : " %6.0f %-3s",
                     bytes, units[unit]);
}

static const char *plural_of(unsigned count)
{
    return count == 1 ? "" : "s";
}

/* Is it written in a form that no terminal takes for something else? */
static bool is_plain(sl_span host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
              (c >= 'A' && c <= 'Z') || strchr(".:-[]", c) != NULL)) {
            return false;
        }
    }
    return host.len > 0;
}

/* Where the picture is; on a terminal that can, a link to it. */
static void append_picture(sl_buffer *line, bool is_coloured,
                           const sl_access_entry *entry)
{
    bool is_link = is_coloured && is_plain(entry->host);

    if (entry->picture == NULL) {
        return;
    }
    sl_buffer_printf(line, "  ");
    if (is_link) {
        sl_buffer_printf(line, "\x1b]8;;http://%.*s/.sluice/picture/%s\x1b\\",
                         (int)entry->host.len, entry->host.data,
                         entry->picture);
    }
    sl_buffer_printf(line, "/.sluice/picture/%s", entry->picture);
    if (is_link) {
        sl_buffer_printf(line, "\x1b]8;;\x1b\\");
    }
}

static void format_dev(sl_buffer *line, bool is_coloured,
                       const sl_access_entry *entry)
{
    append_column(line, entry->method, sizeof "OPTIONS" - 1);
    append_column(line, entry->target, PATH_WIDTH);
    paint(line, is_coloured, colour_of(entry->status));
    sl_buffer_printf(line, "%d", entry->status);
    paint(line, is_coloured, "0;2"); /* the rest is dim */
    sl_buffer_printf(line, " %6" PRIu64 " ms", entry->duration_ms);
    append_size(line, entry->bytes);
    sl_buffer_printf(line, " %5u chunk%-1s %5u send%-1s", entry->chunks,
                     plural_of(entry->chunks), entry->sends,
                     plural_of(entry->sends));
    append_picture(line, is_coloured, entry);
    paint(line, is_coloured, "0");
    sl_buffer_append(line, "\n", 1);
}

void sl_access_format_entry(sl_buffer *line, sl_access_format format,
                            bool is_coloured, const sl_access_entry *entry)
{
    switch (format) {
    case SL_ACCESS_JSON:
        format_json(line, entry);
        break;
    case SL_ACCESS_DEV:
        format_dev(line, is_coloured, entry);
        break;
    case SL_ACCESS_COMBINED:
        format_combined(line, entry);
        break;
    }
}
