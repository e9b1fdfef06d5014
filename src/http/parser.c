#include "http/parser.h"

#include <string.h>

#include "base/memory.h"
#include "http/parser_state.h"

/* Empty lines in front of a request (RFC 9112, 2.2), and bytes that lead
 * nowhere (white space in a line, digits of a chunk size, extensions): what an
 * honest client sends of these is far less. */
enum { BLANK_BYTES = 8, IDLE_BYTES = 4096 };

enum { KEPT_PARSERS = 64 };

/* --- The body ---------------------------------------------------------------- */

static int on_body(llhttp_t *http, const char *at, size_t len)
{
    sl_parser *parser = sl_parser_of(http);

    if (len == 0) { /* called without input, to learn whether END is due */
        return 0;
    }
    parser->data = (sl_span){at, len};
    return sl_parser_pause_for(parser, SL_PARSER_DATA);
}

/* Nobody reads extensions, so nobody needs long ones. */
static int on_extension(llhttp_t *http, const char *at, size_t len)
{
    sl_parser *parser = sl_parser_of(http);

    (void)at;
    parser->extension_bytes += len;
    if (parser->extension_bytes > parser->limits->header_bytes) {
        return sl_parser_refuse(parser, 413, "The chunk extensions are long.");
    }
    return 0;
}

static int on_chunk(llhttp_t *http)
{
    sl_parser_of(http)->idle = 0;
    return 0;
}

static int on_end(llhttp_t *http)
{
    return sl_parser_pause_for(sl_parser_of(http), SL_PARSER_END);
}

static const llhttp_settings_t callbacks = {
    .on_url = sl_parser_on_target,
    .on_url_complete = sl_parser_on_target_complete,
    .on_version = sl_parser_on_version,
    .on_version_complete = sl_parser_on_version_complete,
    .on_header_field = sl_parser_on_text,
    .on_header_field_complete = sl_parser_on_name_complete,
    .on_header_value = sl_parser_on_text,
    .on_header_value_complete = sl_parser_on_value_complete,
    .on_headers_complete = sl_parser_on_head_complete,
    .on_chunk_extension_name = on_extension,
    .on_chunk_extension_value = on_extension,
    .on_chunk_header = on_chunk,
    .on_body = on_body,
    .on_message_complete = on_end,
};

/* --- Driving it ---------------------------------------------------------------- */

sl_parser *sl_parser_create(sl_arena_pool *pool, const sl_parser_limits *limits)
{
    sl_parser *parser = sl_calloc(1, sizeof *parser);

    parser->limits = limits;
    sl_arena_init(&parser->head.arena, pool);
    llhttp_init(&parser->http, HTTP_REQUEST, &callbacks);
    /* sl_parser_on_version_complete judges the version. */
    llhttp_set_lenient_version(&parser->http, 1);
    parser->http.data = parser;
    return parser;
}

void sl_parser_destroy(sl_parser *parser)
{
    sl_arena_reset(&parser->head.arena);
    sl_buffer_deinit(&parser->earlier);
    sl_free(parser);
}

sl_parser *sl_parser_take(sl_parser_pool *pool, sl_arena_pool *arenas,
                          const sl_parser_limits *limits)
{
    sl_parser *parser = pool->first;

    if (parser == NULL) {
        return sl_parser_create(arenas, limits);
    }
    pool->first = parser->next;
    pool->count--;
    return parser;
}

void sl_parser_give(sl_parser_pool *pool, sl_parser *parser)
{
    if (!sl_parser_is_fresh(parser) || pool->count >= KEPT_PARSERS) {
        sl_parser_destroy(parser);
        return;
    }
    parser->next = pool->first;
    pool->first = parser;
    pool->count++;
}

void sl_parser_pool_clear(sl_parser_pool *pool)
{
    while (pool->first != NULL) {
        sl_parser *parser = pool->first;

        pool->first = parser->next;
        sl_parser_destroy(parser);
    }
    pool->count = 0;
}

bool sl_parser_is_fresh(const sl_parser *parser)
{
    return parser->section == SL_SECTION_BEFORE && parser->blank == 0 &&
           parser->refusal.status == 0;
}

static void start_message(sl_parser *parser)
{
    sl_arena arena = parser->head.arena;

    sl_arena_reset(&arena);
    parser->head = (sl_request_head){.arena = arena};
    sl_fields_init(&parser->head.fields, &parser->head.arena);
    parser->trailers = NULL;
    parser->has_version = false;
    parser->section = SL_SECTION_HEAD;
    parser->fed = 0;
    parser->blank = 0;
    parser->idle = 0;
    parser->field_bytes = 0;
    parser->field_count = 0;
    parser->extension_bytes = 0;
}

/* Skip empty lines in front of a request; how many bytes. */
static size_t skip_blank_lines(sl_parser *parser, const char *data, size_t len)
{
    size_t at = 0;

    while (at < len && data[at] == "\r\n"[parser->blank % 2]) {
        at++;
        if (++parser->blank > BLANK_BYTES) {
            (void)sl_parser_refuse(parser, 400, "Too many empty lines.");
            return at;
        }
    }
    if (at < len && parser->blank % 2 != 0) {
        (void)sl_parser_refuse(parser, 400, "CR without LF.");
    }
    return at;
}

static bool has_begun(const sl_parser *parser, const char *at)
{
    return parser->fed + (uint64_t)(at - parser->input) > 0;
}

/* An unknown method is one that is spelled like a method. */
static sl_refusal refusal_of(const sl_parser *parser, llhttp_errno_t error)
{
    const char *reason = llhttp_get_error_reason(&parser->http);
    const char *at = llhttp_get_error_pos(&parser->http);

    if (error == HPE_INVALID_METHOD &&
        (sl_is_token(at, 1) || (*at == ' ' && has_begun(parser, at)))) {
        return (sl_refusal){501, "The method is unknown."};
    }
    return (sl_refusal){400, reason != NULL ? reason : "Malformed request."};
}

/* Keep what a later call will need of the bytes before it, which end within a
 * head. */
static void note_fed(sl_parser *parser, const char *data, size_t len)
{
    size_t tail = len < sizeof parser->last ? len : sizeof parser->last;

    if (parser->text.len > 0) {
        sl_parser_keep_text(parser);
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
        (void)sl_parser_refuse(parser, 400, "A line is too long.");
    }
    if (parser->section == SL_SECTION_HEAD || parser->text.len > 0) {
        note_fed(parser, data, len);
    }
    return len;
}

static void end_message(sl_parser *parser)
{
    llhttp_reset(&parser->http);
    sl_buffer_deinit(&parser->earlier); /* idle connections keep none */
    parser->section = SL_SECTION_BEFORE;
}

/* A head without a body is the whole message: llhttp, which waits behind it,
 * need not be asked. */
static bool is_whole(const sl_parser *parser)
{
    return parser->section == SL_SECTION_BODY && parser->head.body_bytes == 0;
}

size_t sl_parser_feed(sl_parser *parser, const char *data, size_t len,
                      sl_parser_event *event)
{
    size_t taken = 0;

    if (is_whole(parser)) {
        end_message(parser);
        *event = SL_PARSER_END;
        return 0;
    }
    if (parser->section == SL_SECTION_BEFORE) {
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
        end_message(parser);
    }
    return taken;
}

bool sl_parser_is_in_head(const sl_parser *parser)
{
    return parser->section == SL_SECTION_HEAD;
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
