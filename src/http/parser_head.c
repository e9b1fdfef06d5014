#include <string.h>

#include "http/parser_state.h"

/* What a request line holds besides method and target. */
static const size_t line_overhead = sizeof("  HTTP/1.1\r\n") - 1;

/* Above it numbers are not exact in Lua. */
static const uint64_t most_body_bytes = (uint64_t)1 << 53;

/* --- The request line ------------------------------------------------------ */

static uint64_t place_of(const sl_parser *parser, const char *at)
{
    return parser->fed + (uint64_t)(at - parser->input);
}

/* The third byte before `at`, which may have come with an earlier call. */
static char third_before(const sl_parser *parser, const char *at)
{
    ptrdiff_t here = at - parser->input;

    return here >= 3 ? at[-3] : parser->last[here];
}

int sl_parser_on_target(llhttp_t *http, const char *at, size_t len)
{
    sl_parser *parser = sl_parser_of(http);
    sl_span *method = &parser->head.method;

    if (sl_parser_text_len(parser) == 0) {
        method->data = llhttp_method_name((llhttp_method_t)http->method);
        method->len = strlen(method->data);
        if (place_of(parser, at) != method->len + 1) {
            return sl_parser_refuse(parser, 400,
                                    "More than one space after the method.");
        }
    }
    sl_parser_add_text(parser, at, len);
    parser->target_end = place_of(parser, at + len);
    if (method->len + sl_parser_text_len(parser) + line_overhead >
        parser->limits->request_line_bytes) {
        return sl_parser_refuse(parser, 414, "The request line is too long.");
    }
    return 0;
}

int sl_parser_on_target_complete(llhttp_t *http)
{
    sl_parser *parser = sl_parser_of(http);

    parser->head.target = sl_parser_take_text(parser, &parser->head.arena);
    return 0;
}

/* llhttp skips spaces, and accepts the protocols RTSP and ICE. */
int sl_parser_on_version(llhttp_t *http, const char *at, size_t len)
{
    sl_parser *parser = sl_parser_of(http);
    uint64_t place = parser->target_end + sizeof(" HTTP/") - 1;

    (void)len;
    if (parser->has_version) { /* the rest of one that arrived in parts */
        return 0;
    }
    parser->has_version = true;
    if (place_of(parser, at) > place) {
        return sl_parser_refuse(parser, 400,
                                "More than one space after the target.");
    }
    if (place_of(parser, at) < place || third_before(parser, at) != 'T') {
        return sl_parser_refuse(parser, 400, "This is not HTTP.");
    }
    return 0;
}

/* llhttp would refuse versions that it does not know; a minor version above
 * ours is compatible by definition (RFC 9110, 2.5). */
int sl_parser_on_version_complete(llhttp_t *http)
{
    sl_parser *parser = sl_parser_of(http);

    if (http->http_major != 1) {
        return sl_parser_refuse(parser, 505, "Only HTTP/1 is spoken here.");
    }
    if (http->method == HTTP_PRI) {
        return sl_parser_refuse(parser, 400, "PRI is no request.");
    }
    parser->head.version = http->http_minor == 0 ? 10 : 11;
    return 0;
}

/* --- Field lines ------------------------------------------------------------ */

int sl_parser_on_text(llhttp_t *http, const char *at, size_t len)
{
    sl_parser *parser = sl_parser_of(http);

    parser->field_bytes += len;
    if (parser->field_bytes > parser->limits->header_bytes) {
        return sl_parser_refuse(parser, 431, "The header fields are too long.");
    }
    sl_parser_add_text(parser, at, len);
    return 0;
}

static sl_fields *fields_of(sl_parser *parser)
{
    return parser->section == SL_SECTION_HEAD ? &parser->head.fields
                                              : parser->trailers;
}

int sl_parser_on_name_complete(llhttp_t *http)
{
    sl_parser *parser = sl_parser_of(http);
    sl_fields *fields = fields_of(parser);

    if (++parser->field_count > parser->limits->header_count) {
        return sl_parser_refuse(parser, 431,
                                "There are too many header fields.");
    }
    if (fields == NULL) {
        sl_parser_drop_text(parser);
        return 0;
    }
    parser->name = sl_parser_take_text(parser, fields->arena);
    return 0;
}

int sl_parser_on_value_complete(llhttp_t *http)
{
    sl_parser *parser = sl_parser_of(http);
    sl_fields *fields = fields_of(parser);
    sl_span value;

    if (fields == NULL) {
        sl_parser_drop_text(parser);
        return 0;
    }
    value = sl_parser_take_text(parser, fields->arena);
    while (value.len > 0 && (value.data[value.len - 1] == ' ' ||
                             value.data[value.len - 1] == '\t')) {
        value.len--;
    }
    sl_fields_push(fields, parser->name, value);
    parser->field_bytes += sizeof(": \r\n") - 1;
    return 0;
}

int sl_parser_on_head_complete(llhttp_t *http)
{
    sl_parser *parser = sl_parser_of(http);
    bool chunked = (http->flags & F_CHUNKED) != 0;

    if (!parser->has_version) { /* llhttp takes it for HTTP/0.9 */
        return sl_parser_refuse(parser, 400, "The version is missing.");
    }
    if (http->content_length > most_body_bytes) {
        return sl_parser_refuse(parser, 413, "The body is too long.");
    }
    http->upgrade = 0; /* nothing is upgraded: what follows is HTTP */
    parser->head.body_bytes = chunked ? -1 : (int64_t)http->content_length;
    parser->refusal = sl_request_head_judge(&parser->head);
    if (parser->refusal.status != 0) {
        return -1;
    }
    parser->section = SL_SECTION_BODY;
    parser->field_bytes = 0;
    parser->field_count = 0;
    return sl_parser_pause_for(parser, SL_PARSER_HEAD);
}
