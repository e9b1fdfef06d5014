/* The head of a request, and the judgement of what a parser of bytes cannot
 * see: whether its lines make sense together (RFC 9110 and 9112).
 */
#ifndef SLUICE_HTTP_REQUEST_HEAD_H
#define SLUICE_HTTP_REQUEST_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "http/fields.h"

/* Why a request is not served: an HTTP status, and a sentence for its sender
 * in static memory. */
typedef struct sl_refusal {
    int status; /* 0: not refused */
    const char *reason;
} sl_refusal;

typedef struct sl_request_head {
    sl_arena arena; /* of all texts below */
    sl_span method; /* static memory */
    sl_span target;
    uint8_t version;    /* 10 or 11 */
    int64_t body_bytes; /* declared; 0: no body; -1: chunked */
    sl_fields fields;

    /* Filled in by the judgement. */
    sl_span path;  /* "*" of OPTIONS included */
    sl_span query; /* data NULL: none */
    sl_span host;  /* data NULL: none, which only HTTP/1.0 may do */
    bool keep_alive;
    bool expects_continue;
} sl_request_head;

/* Judge a head whose lines are well-formed one by one. */
sl_refusal sl_request_head_judge(sl_request_head *head);

#endif
