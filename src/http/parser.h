/* An incremental parser for HTTP/1 requests, over llhttp.
 *
 * The caller feeds bytes and is told one event at a time, with how many bytes
 * it took; what follows stays with the caller. The parser is strict: what
 * llhttp could be told to tolerate is not tolerated, and the limits are kept
 * while the bytes arrive.
 *
 *   MORE* HEAD (MORE | DATA)* END, and again from the start; or REFUSED
 *
 * Ownership:  the creator's. Pool and limits outlive the parser.
 */
#ifndef SLUICE_HTTP_PARSER_H
#define SLUICE_HTTP_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/request_head.h"

typedef struct sl_parser_limits {
    uint32_t request_line_bytes; /* 414 above */
    uint32_t header_bytes;       /* 431 above; trailers likewise; chunk
                                    extensions together: 413 above */
    uint32_t header_count;       /* 431 above; trailers likewise */
} sl_parser_limits;

typedef enum sl_parser_event {
    SL_PARSER_MORE,   /* all bytes were taken, nothing is complete */
    SL_PARSER_HEAD,   /* sl_parser_head is complete, and judged */
    SL_PARSER_DATA,   /* body bytes: sl_parser_data */
    SL_PARSER_END,    /* the message is complete */
    SL_PARSER_REFUSED /* sl_parser_refusal; feed nothing more */
} sl_parser_event;

typedef struct sl_parser sl_parser;

sl_parser *sl_parser_create(sl_arena_pool *pool,
                            const sl_parser_limits *limits);
void sl_parser_destroy(sl_parser *parser);

/* Parsers that are between messages, kept for whoever has one next. Zeroed: a
 * pool with none. */
typedef struct sl_parser_pool {
    sl_parser *first;
    uint32_t count;
} sl_parser_pool;

/* A parser of the pool's, or a new one: those of one pool have the same arenas
 * and limits. Given back it is kept, unless it is in the middle of a message,
 * or others are kept enough. */
sl_parser *sl_parser_take(sl_parser_pool *pool, sl_arena_pool *arenas,
                          const sl_parser_limits *limits);
void sl_parser_give(sl_parser_pool *pool, sl_parser *parser);
void sl_parser_pool_clear(sl_parser_pool *pool);

/* Is it between messages, with nothing of the next one seen? */
bool sl_parser_is_fresh(const sl_parser *parser);

/* Take bytes up to the next event; how many were taken. After HEAD and DATA
 * call it again also when no bytes are left: END may be due. */
size_t sl_parser_feed(sl_parser *parser, const char *data, size_t len,
                      sl_parser_event *event);

/* Has the first byte of a head arrived, and its end not? */
bool sl_parser_is_in_head(const sl_parser *parser);

/* After HEAD. The caller may take the head's arena over; otherwise it is
 * reused when the next message starts. */
sl_request_head *sl_parser_head(sl_parser *parser);

/* After HEAD: where trailer fields go; NULL drops them. The parser holds the
 * pointer until END. */
void sl_parser_set_trailers(sl_parser *parser, sl_fields *trailers);

/* After DATA: within the bytes that were fed. */
sl_span sl_parser_data(const sl_parser *parser);

/* After REFUSED. */
sl_refusal sl_parser_refusal(const sl_parser *parser);

#endif
