#include "http/parser.h"

#include <string.h>

#include <llhttp.h>

#include "base/buffer.h"
#include "base/memory.h"

/* Empty lines in front of a request (RFC 9112, 2.2), and bytes that lead
 * nowhere (white space in a line, digits of a chunk size, extensions): what an
 * honest client sends of these is far less. */
enum { BLANK_BYTES = 8, IDLE_BYTES = 4096 };

/* What a request line holds besides method and target. */
static const size_t line_overhead = sizeof("  HTTP/1.1\r\n") - 1;

/* Above it numbers are not exact in Lua. */
static const uint64_t most_body_bytes = (uint64_t)1 << 53;

typedef enum section { BEFORE, HEAD, BODY } section;

struct sl_parser {
    llhttp_t http;
    const sl_parser_limits *limits;
    sl_arena_pool *pool;
    sl_request_head head;
    sl_fields *trailers;
    section section;
    sl_refusal refusal;
    sl_parser_event event;
    sl_span data;

    const char *input;   /* of the call under way */
    uint64_t fed;        /* bytes of this message before it */
    uint64_t target_end; /* in the message */
    bool has_version;
    char last[3];   /* bytes before the input */
    uint32_t blank; /* bytes of empty lines in front */
    size_t idle;    /* bytes since something came of them */

    sl_span text;      /* the part of a name or value that is in the input */
    sl_buffer earlier; /* its parts of earlier calls */
    sl_span name;      /* of the line whose value comes */
    size_t field_bytes;
    uint32_t field_count;
};

static sl_parser *parser_of(llhttp_t *http)
{
    return http->data;
}

static int refuse(sl_parser *parser, int status, const char *reason)
{
    parser->refusal = (sl_refusal){status, reason};
    return -1;
}

static int pause_for(sl_parser *parser, sl_parser_event event)
{
    parser->event = event;
    parser->idle = 0;
    return HPE_PAUSED;
}

/* --- Texts that may arrive in parts --------------------------------------- */

static size_t text_len(const sl_parser *parser)
{
    return sl_buffer_len(&parser->earlier) + parser->text.len;
}

static void keep_text(sl_parser *parser)
{
    sl_buffer_append(&parser->earlier, parser->text.data, parser->text.len);
    parser->text = (sl_span){0};
}

static void add_text(sl_parser *parser, const char *at, size_t len)
{
    if (parser->text.len > 0) {
        keep_text(parser);
    }
    parser->text = (sl_span){at, len};
    parser->idle = 0;
}

/* The whole text, copied to `arena`. */
static sl_span take_text(sl_parser *parser, sl_arena *arena)
{
    sl_span text = parser->text;
    size_t before = sl_buffer_len(&parser->earlier);

    if (before > 0) {
        keep_text(parser);
        text = (sl_span){sl_buffer_data(&parser->earlier),
                         sl_buffer_len(&parser->earlier)};
    }
    text.data = sl_arena_copy(arena, text.data, text.len);
    sl_buffer_consume(&parser->earlier, sl_buffer_len(&parser->earlier));
    parser->text = (sl_span){0};
    return text;
}

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

static int on_target(llhttp_t *http, const char *at, size_t len)
{
    sl_parser *parser = parser_of(http);
    const char *method = llhttp_method_name((llhttp_method_t)http->method);
    size_t method_len = strlen(method);

    if (text_len(parser) == 0 && place_of(parser, at) != method_len + 1) {
        return refuse(parser, 400, "More than one space after the method.");
    }
    add_text(parser, at, len);
    parser->target_end = place_of(parser, at + len);
    if (method_len + text_len(parser) + line_overhead >
        parser->limits->request_line_bytes) {
        return refuse(parser, 414, "The request line is too long.");
    }
    return 0;
}

static int on_target_complete(llhttp_t *http)
{
    sl_parser *parser = parser_of(http);
    const char *method = llhttp_method_name((llhttp_method_t)http->method);

    parser->head.method = (sl_span){method, strlen(method)};
    parser->head.target = take_text(parser, &parser->head.arena);
    return 0;
}

/* llhttp skips spaces, and accepts the protocols RTSP and ICE. */
static int on_version(llhttp_t *http, const char *at, size_t len)
{
    sl_parser *parser = parser_of(http);
    uint64_t place = parser->target_end + sizeof(" HTTP/") - 1;

    (void)len;
    if (parser->has_version) { /* the rest of one that arrived in parts */
        return 0;
    }
    parser->has_version = true;
    if (place_of(parser, at) > place) {
        return refuse(parser, 400, "More than one space after the target.");
    }
    if (place_of(parser, at) < place || third_before(parser, at) != 'T') {
        return refuse(parser, 400, "This is not HTTP.");
    }
    return 0;
}

/* llhttp would refuse versions that it does not know; a minor version above
 * ours is compatible by definition (RFC 9110, 2.5). */
static int on_version_complete(llhttp_t *http)
{
    sl_parser *parser = parser_of(http);

    if (http->http_major != 1) {
        return refuse(parser, 505, "Only HTTP/1 is spoken here.");
    }
    if (http->method == HTTP_PRI) {
        return refuse(parser, 400, "PRI is no request.");
    }
    parser->head.version = http->http_minor == 0 ? 10 : 11;
    return 0;
}

/* --- Field lines ------------------------------------------------------------ */

static int on_text(llhttp_t *http, const char *at, size_t len)
{
    sl_parser *parser = parser_of(http);

    parser->field_bytes += len;
    if (parser->field_bytes > parser->limits->header_bytes) {
        return refuse(parser, 431, "The header fields are too long.");
    }
    add_text(parser, at, len);
    return 0;
}

static sl_fields *fields_of(sl_parser *parser)
{
    return parser->section == HEAD ? &parser->head.fields : parser->trailers;
}

static void drop_text(sl_parser *parser)
{
    sl_buffer_consume(&parser->earlier, sl_buffer_len(&parser->earlier));
    parser->text = (sl_span){0};
}

static int on_name_complete(llhttp_t *http)
{
    sl_parser *parser = parser_of(http);
    sl_fields *fields = fields_of(parser);

    if (++parser->field_count > parser->limits->header_count) {
        return refuse(parser, 431, "There are too many header fields.");
    }
    if (fields == NULL) {
        drop_text(parser);
        return 0;
    }
    parser->name = take_text(parser, fields->arena);
    return 0;
}

static int on_value_complete(llhttp_t *http)
{
    sl_parser *parser = parser_of(http);
    sl_fields *fields = fields_of(parser);
    sl_span value;

    if (fields == NULL) {
        drop_text(parser);
        return 0;
    }
    value = take_text(parser, fields->arena);
    while (value.len > 0 && (value.data[value.len - 1] == ' ' ||
                             value.data[value.len - 1] == '\t')) {
        value.len--;
    }
    if (!sl_is_field_value(value.data, value.len)) {
        return refuse(parser, 400, "A field value has control characters.");
    }
    sl_fields_push(fields, parser->name, value);
    parser->field_bytes += sizeof(": \r\n") - 1;
    return 0;
}

static int on_head_complete(llhttp_t *http)
{
    sl_parser *parser = parser_of(http);
    bool chunked = (http->flags & F_CHUNKED) != 0;

    if (!parser->has_version) { /* llhttp takes it for HTTP/0.9 */
        return refuse(parser, 400, "The version is missing.");
    }
    if (http->content_length > most_body_bytes) {
        return refuse(parser, 413, "The body is too long.");
    }
    http->upgrade = 0; /* nothing is upgraded: what follows is HTTP */
    parser->head.body_bytes = chunked ? -1 : (int64_t)http->content_length;
    parser->refusal = sl_request_head_judge(&parser->head);
    if (parser->refusal.status != 0) {
        return -1;
    }
    parser->section = BODY;
    parser->field_bytes = 0;
    parser->field_count = 0;
    return pause_for(parser, SL_PARSER_HEAD);
}

/* --- The body ---------------------------------------------------------------- */

static int on_body(llhttp_t *http, const char *at, size_t len)
{
    sl_parser *parser = parser_of(http);

    if (len == 0) { /* called without input, to learn whether END is due */
        return 0;
    }
    parser->data = (sl_span){at, len};
    return pause_for(parser, SL_PARSER_DATA);
}

static int on_chunk(llhttp_t *http)
{
    parser_of(http)->idle = 0;
    return 0;
}

static int on_end(llhttp_t *http)
{
    return pause_for(parser_of(http), SL_PARSER_END);
}

static const llhttp_settings_t callbacks = {
    .on_url = on_target,
    .on_url_complete = on_target_complete,
    .on_version = on_version,
    .on_version_complete = on_version_complete,
    .on_header_field = on_text,
    .on_header_field_complete = on_name_complete,
    .on_header_value = on_text,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_head_complete,
    .on_chunk_header = on_chunk,
    .on_body = on_body,
    .on_message_complete = on_end,
};

/* --- Driving it ---------------------------------------------------------------- */

sl_parser *sl_parser_create(sl_arena_pool *pool, const sl_parser_limits *limits)
{
    sl_parser *parser = sl_calloc(1, sizeof *parser);

    parser->limits = limits;
    parser->pool = pool;
    sl_arena_init(&parser->head.arena, pool);
    llhttp_init(&parser->http, HTTP_REQUEST, &callbacks);
    llhttp_set_lenient_version(&parser->http, 1); /* on_version_complete */
    parser->http.data = parser;
    return parser;
}

void sl_parser_destroy(sl_parser *parser)
{
    sl_arena_reset(&parser->head.arena);
    sl_buffer_deinit(&parser->earlier);
    sl_free(parser);
}

static void start_message(sl_parser *parser)
{
    sl_arena arena = parser->head.arena;

    sl_arena_reset(&arena);
    parser->head = (sl_request_head){.arena = arena};
    sl_fields_init(&parser->head.fields, &parser->head.arena);
    parser->trailers = NULL;
    parser->has_version = false;
    parser->section = HEAD;
    parser->fed = 0;
    parser->blank = 0;
    parser->idle = 0;
    parser->field_bytes = 0;
    parser->field_count = 0;
}

/* Skip empty lines in front of a request; how many bytes. */
static size_t skip_blank_lines(sl_parser *parser, const char *data, size_t len)
{
    size_t at = 0;

    while (at < len && data[at] == "\r\n"[parser->blank % 2]) {
        at++;
        if (++parser->blank > BLANK_BYTES) {
            (void)refuse(parser, 400, "Too many empty lines.");
            return at;
        }
    }
    if (at < len && parser->blank % 2 != 0) {
        (void)refuse(parser, 400, "CR without LF.");
    }
    return at;
}

/* An unknown method is one that is spelled like a method. */
static sl_refusal refusal_of(const sl_parser *parser, llhttp_errno_t error)
{
    const char *reason = llhttp_get_error_reason(&parser->http);
    const char *at = llhttp_get_error_pos(&parser->http);

    if (error == HPE_INVALID_METHOD && (*at == ' ' || sl_is_token(at, 1))) {
        return (sl_refusal){501, "The method is unknown."};
    }
    return (sl_refusal){400, reason != NULL ? reason : "Malformed request."};
}

/* Keep what a later call will need of the bytes before it. */
static void note_fed(sl_parser *parser, const char *data, size_t len)
{
    size_t tail = len < sizeof parser->last ? len : sizeof parser->last;

    if (parser->text.len > 0) {
        keep_text(parser);
    }
    memmove(parser->last, parser->last + tail, sizeof parser->last - tail);
    memcpy(parser->last + sizeof parser->last - tail, data + len - tail, tail);
    parser->fed += len;
}

static size_t execute(sl_parser *parser, const char *data, size_t len)
{
    llhttp_errno_t error;

    parser->input = data;
    parser->event = SL_PARSER_MORE;
    parser->idle += len;
    llhttp_resume(&parser->http);
    error = llhttp_execute(&parser->http, data, len);
    if (error == HPE_PAUSED) {
        len = (size_t)(llhttp_get_error_pos(&parser->http) - data);
    } else if (error != HPE_OK && parser->refusal.status == 0) {
        parser->refusal = refusal_of(parser, error);
    }
    if (parser->idle > IDLE_BYTES && parser->refusal.status == 0) {
        (void)refuse(parser, 400, "A line is too long.");
    }
    note_fed(parser, data, len);
    return len;
}

size_t sl_parser_feed(sl_parser *parser, const char *data, size_t len,
                      sl_parser_event *event)
{
    size_t taken = 0;

    if (parser->section == BEFORE) {
        taken = skip_blank_lines(parser, data, len);
        *event = SL_PARSER_MORE;
        if (taken == len && parser->refusal.status == 0) {
            return taken;
        }
        start_message(parser);
    }
    if (parser->refusal.status == 0) {
        taken += execute(parser, data + taken, len - taken);
    }
    *event = parser->refusal.status != 0 ? SL_PARSER_REFUSED : parser->event;
    if (*event == SL_PARSER_END) {
        llhttp_reset(&parser->http);
        parser->section = BEFORE;
    }
    return taken;
}

bool sl_parser_is_in_head(const sl_parser *parser)
{
    return parser->section == HEAD;
}

sl_request_head *sl_parser_head(sl_parser *parser)
{
    return &parser->head;
}

void sl_parser_set_trailers(sl_parser *parser, sl_fields *trailers)
{
    parser->trailers = trailers;
}

sl_span sl_parser_data(const sl_parser *parser)
{
    return parser->data;
}

sl_refusal sl_parser_refusal(const sl_parser *parser)
{
    return parser->refusal;
}
