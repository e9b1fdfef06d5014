#include "http/forwarded.h"

#include <string.h>

#include "http/target.h"

enum { MOST_HOPS = 32 }; /* more entries than that are not looked at */

/* The entries of all lines of a list, the last one first. */
typedef struct entries {
    sl_span items[MOST_HOPS];
    size_t count;
} entries;

static sl_span trim(sl_span text)
{
    while (text.len > 0 && (*text.data == ' ' || *text.data == '\t')) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && (text.data[text.len - 1] == ' ' ||
                            text.data[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

/* Where the separator in front of `end` is, outside of quotes; 0: none. What
 * is quoted is found from the start, so a line is walked once for each of its
 * entries: they are few. */
static size_t start_of_last(sl_span line, char separator)
{
    bool quoted = false;
    size_t start = 0;

    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == '"') {
            quoted = !quoted;
        } else if (quoted && line.data[i] == '\\') {
            i++;
        } else if (!quoted && line.data[i] == separator) {
            start = i + 1;
        }
    }
    return start;
}

static void add_line(entries *all, sl_span line)
{
    while (line.len > 0 && all->count < MOST_HOPS) {
        size_t start = start_of_last(line, ',');

        sl_span entry = trim((sl_span){line.data + start, line.len - start});

        if (entry.len > 0) {
            all->items[all->count++] = entry;
        }
        line.len = start > 0 ? start - 1 : 0;
    }
}

static entries entries_of(const sl_fields *fields, const char *name)
{
    entries all = {.count = 0};

    for (uint32_t i = fields->count; i-- > 0;) {
        if (sl_field_is(fields->items[i].name, name, strlen(name))) {
            add_line(&all, fields->items[i].value);
        }
    }
    return all;
}

/* --- Who ------------------------------------------------------------------------ */

static bool is_port(sl_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.len > 0 && text.len <= 5;
}

/* Take ":port" off an address; brackets too. */
static sl_span without_port(sl_span node)
{
    const char *end = node.data + node.len;
    const char *colon = memchr(node.data, ':', node.len);
    const char *bracket;

    if (node.len > 0 && *node.data == '[') {
        bracket = memchr(node.data, ']', node.len);
        return bracket == NULL ? node
                               : (sl_span){node.data + 1,
                                           (size_t)(bracket - node.data) - 1};
    }
    if (colon != NULL &&
        is_port((sl_span){colon + 1, (size_t)(end - colon) - 1})) {
        node.len = (size_t)(colon - node.data);
    }
    return node;
}

static bool is_nickname(sl_span node)
{
    return sl_field_is(node, "unknown", 7) ||
           (node.len > 1 && *node.data == '_' &&
            sl_is_token(node.data, node.len));
}

/* Note one hop. True when it is a trusted proxy: the next entry counts too. */
static bool note_hop(sl_forwarded *found, sl_span entry,
                     const sl_networks *trusted)
{
    sl_span node = without_port(entry);
    sl_ip ip;

    if (sl_ip_parse(node.data, node.len, &ip)) {
        found->client = node;
        return sl_networks_hold(trusted, &ip);
    }
    if (is_nickname(node)) {
        found->client = node;
    }
    return false;
}

static sl_span valid_scheme(sl_span text)
{
    if (sl_field_is(text, "https", 5)) {
        return (sl_span){"https", 5};
    }
    return sl_field_is(text, "http", 4) ? (sl_span){"http", 4} : (sl_span){0};
}

static sl_span valid_host(sl_span text)
{
    return text.len > 0 && sl_is_authority(text) ? text : (sl_span){0};
}

/* --- Forwarded -------------------------------------------------------------------- */

/* The value of `name` in "for=...;proto=..."; escapes within quotes are left
 * alone, since nothing that is valid here needs any. */
static sl_span parameter(sl_span element, const char *name)
{
    size_t len = strlen(name);

    while (element.len > 0) {
        size_t start = start_of_last(element, ';');
        sl_span pair =
            trim((sl_span){element.data + start, element.len - start});

        element.len = start > 0 ? start - 1 : 0;
        if (pair.len > len && pair.data[len] == '=' &&
            sl_field_is((sl_span){pair.data, len}, name, len)) {
            pair = (sl_span){pair.data + len + 1, pair.len - len - 1};
            if (pair.len >= 2 && *pair.data == '"' &&
                pair.data[pair.len - 1] == '"') {
                pair = (sl_span){pair.data + 1, pair.len - 2};
            }
            return pair;
        }
    }
    return (sl_span){0};
}

static sl_forwarded read_standard(const entries *all,
                                  const sl_networks *trusted)
{
    sl_forwarded found = {{0}, {0}, {0}};
    bool goes_on = true;

    for (size_t i = 0; i < all->count && goes_on; i++) {
        sl_span node = parameter(all->items[i], "for");

        found.scheme = valid_scheme(parameter(all->items[i], "proto"));
        found.host = valid_host(parameter(all->items[i], "host"));
        goes_on = node.data != NULL && note_hop(&found, node, trusted);
    }
    return found;
}

/* --- X-Forwarded-* ------------------------------------------------------------------ */

/* The entry that the proxy made which is `hops` away; proxies that replace the
 * list instead of growing it leave one. */
static sl_span entry_at(const entries *all, size_t hops)
{
    if (all->count == 0) {
        return (sl_span){0};
    }
    return all->items[hops < all->count ? hops : all->count - 1];
}

static sl_forwarded read_customary(const sl_fields *fields,
                                   const sl_networks *trusted)
{
    entries nodes = entries_of(fields, "X-Forwarded-For");
    entries schemes = entries_of(fields, "X-Forwarded-Proto");
    entries hosts = entries_of(fields, "X-Forwarded-Host");
    sl_forwarded found = {{0}, {0}, {0}};
    size_t hops = 0;

    while (hops < nodes.count && note_hop(&found, nodes.items[hops], trusted)) {
        hops++;
    }
    found.scheme = valid_scheme(entry_at(&schemes, hops));
    found.host = valid_host(entry_at(&hosts, hops));
    return found;
}

sl_forwarded sl_forwarded_read(const sl_fields *fields,
                               const sl_networks *trusted)
{
    entries standard = entries_of(fields, "Forwarded");

    return standard.count > 0 ? read_standard(&standard, trusted)
                              : read_customary(fields, trusted);
}
