#include "http/head.h"

#include "http/status.h"

#define PUT(at, literal) sl_put(at, literal, sizeof(literal) - 1)
#define IS(name, literal) sl_field_is(name, literal, sizeof(literal) - 1)

/* Above the sum of all fixed texts of a head. */
enum { FIXED_BYTES = 160, NUMBER_BYTES = 20 };

char *sl_put_number(char *at, uint64_t number)
{
    char digits[NUMBER_BYTES];
    size_t first = sizeof digits;

    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return sl_put(at, digits + first, sizeof digits - first);
}

static sl_span reason_of(const sl_head *head)
{
    const char *usual;

    if (head->reason.data != NULL) {
        return head->reason;
    }
    usual = sl_status_reason(head->status);
    return (sl_span){usual, strlen(usual)};
}

static char *put_status_line(char *at, int status, sl_span reason)
{
    at = PUT(at, "HTTP/1.1 ");
    at = sl_put_number(at, (uint64_t)status);
    at = PUT(at, " ");
    at = sl_put(at, reason.data, reason.len);
    return PUT(at, "\r\n");
}

static bool is_framing(sl_span name)
{
    switch (name.len) {
    case 10:
        return IS(name, "Connection");
    case 14:
        return IS(name, "Content-Length");
    case 17:
        return IS(name, "Transfer-Encoding");
    default:
        return false;
    }
}

/* The lines of the handler; notes which of the server's own they replace. */
static char *put_fields(char *at, const sl_fields *fields, bool *date,
                        bool *server)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        const sl_field *field = &fields->items[i];

        if (is_framing(field->name)) {
            continue;
        }
        *date = *date && !IS(field->name, "Date");
        *server = *server && !IS(field->name, "Server");
        at = sl_put_field(at, field->name, field->value);
    }
    return at;
}

/* Each name once (RFC 9110, 6.6.2). */
static char *put_trailer(char *at, const sl_fields *trailers)
{
    at = PUT(at, "Trailer: ");
    for (uint32_t i = 0; i < trailers->count; i++) {
        sl_span name = trailers->items[i].name;

        if (sl_fields_find(trailers, name.data, name.len, 0) !=
            &trailers->items[i]) {
            continue;
        }
        at = i > 0 ? PUT(at, ", ") : at;
        at = sl_put(at, name.data, name.len);
    }
    return PUT(at, "\r\n");
}

static bool has_trailers(const sl_head *head)
{
    return head->trailers != NULL && head->trailers->count > 0;
}

static char *put_framing(char *at, const sl_head *head)
{
    if (head->length >= 0) {
        at = PUT(at, "Content-Length: ");
        at = sl_put_number(at, (uint64_t)head->length);
        at = PUT(at, "\r\n");
    }
    if (head->chunked) {
        at = PUT(at, "Transfer-Encoding: chunked\r\n");
    }
    if (has_trailers(head)) {
        at = put_trailer(at, head->trailers);
    }
    if (head->connection.len > 0) {
        at = PUT(at, "Connection: ");
        at = sl_put(at, head->connection.data, head->connection.len);
        at = PUT(at, "\r\n");
    }
    return at;
}

sl_span sl_head_render(sl_arena *arena, const sl_head *head)
{
    sl_span reason = reason_of(head);
    bool date = head->date.len > 0;
    bool server = head->server;
    size_t names =
        has_trailers(head) ? sl_fields_line_bytes(head->trailers) : 0;
    char *text = sl_arena_take_text(
        arena, FIXED_BYTES + reason.len + sl_fields_line_bytes(head->fields) +
                   head->date.len + head->id.len + head->connection.len +
                   names + head->after.len);
    char *at = put_status_line(text, head->status, reason);

    at = put_fields(at, head->fields, &date, &server);
    if (date) {
        at = PUT(at, "Date: ");
        at = sl_put(at, head->date.data, head->date.len);
        at = PUT(at, "\r\n");
    }
    if (server) {
        at = PUT(at, "Server: sluice\r\n");
    }
    if (head->id.len > 0) {
        at = PUT(at, "X-Request-Id: ");
        at = sl_put(at, head->id.data, head->id.len);
        at = PUT(at, "\r\n");
    }
    at = put_framing(at, head);
    at = PUT(at, "\r\n");
    if (head->after.len > 0) {
        at = sl_put(at, head->after.data, head->after.len);
    }
    return (sl_span){text, (size_t)(at - text)};
}

sl_span sl_head_render_interim(sl_arena *arena, int status,
                               const sl_fields *fields)
{
    const char *reason = sl_status_reason(status);
    size_t lines = fields != NULL ? sl_fields_line_bytes(fields) : 0;
    char *text = sl_arena_take_text(arena, FIXED_BYTES + lines);
    char *at = put_status_line(text, status, (sl_span){reason, strlen(reason)});
    bool unused = false;

    if (fields != NULL) {
        at = put_fields(at, fields, &unused, &unused);
    }
    at = PUT(at, "\r\n");
    return (sl_span){text, (size_t)(at - text)};
}
