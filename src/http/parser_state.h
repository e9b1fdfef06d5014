/* What the parts of the request parser share; nobody else includes it.
 *
 *   parser.c       its life, and driving llhttp through a message
 *   parser_head.c  what llhttp reports of heads and trailers
 *   parser_text.c  texts that may arrive in parts
 */
#ifndef SLUICE_HTTP_PARSER_STATE_H
#define SLUICE_HTTP_PARSER_STATE_H

#include <llhttp.h>

#include "base/buffer.h"
#include "http/parser.h"

typedef enum sl_section {
    SL_SECTION_BEFORE, /* a message */
    SL_SECTION_HEAD,
    SL_SECTION_BODY /* trailers included */
} sl_section;

struct sl_parser {
    sl_parser *next; /* in a pool */
    llhttp_t http;
    const sl_parser_limits *limits;
    sl_request_head head;
    sl_fields *trailers;
    sl_section section;
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
    size_t extension_bytes; /* of chunks */
};

static inline sl_parser *sl_parser_of(llhttp_t *http)
{
    return http->data;
}

/* What a callback returns to refuse the request, or to pause for an event. */
static inline int sl_parser_refuse(sl_parser *parser, int status,
                                   const char *reason)
{
    parser->refusal = (sl_refusal){status, reason};
    return -1;
}

static inline int sl_parser_pause_for(sl_parser *parser, sl_parser_event event)
{
    parser->event = event;
    parser->idle = 0;
    return HPE_PAUSED;
}

/* --- parser_text.c ----------------------------------------------------------- */

/* A part of the text has come; it stays where it is while the input does. */
void sl_parser_add_text(sl_parser *parser, const char *at, size_t len);

/* The input goes: keep what came of the text so far. */
void sl_parser_keep_text(sl_parser *parser);

size_t sl_parser_text_len(const sl_parser *parser);

/* The text is complete: a copy of it in `arena`, or nothing. */
sl_span sl_parser_take_text(sl_parser *parser, sl_arena *arena);
void sl_parser_drop_text(sl_parser *parser);

/* --- parser_head.c: callbacks ------------------------------------------------- */

int sl_parser_on_target(llhttp_t *http, const char *at, size_t len);
int sl_parser_on_target_complete(llhttp_t *http);
int sl_parser_on_version(llhttp_t *http, const char *at, size_t len);
int sl_parser_on_version_complete(llhttp_t *http);
int sl_parser_on_text(llhttp_t *http, const char *at, size_t len);
int sl_parser_on_name_complete(llhttp_t *http);
int sl_parser_on_value_complete(llhttp_t *http);
int sl_parser_on_head_complete(llhttp_t *http);

#endif
