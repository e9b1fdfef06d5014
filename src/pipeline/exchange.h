/* One request and its response, whatever the protocol.
 *
 * A session creates an exchange for a request head that it has parsed, and
 * holds it until nothing more of it is on the wire. The script host holds it
 * from the start of its handler until the coroutines that it woke have run.
 * When neither holds it the slot is reused: the generation moves on, and old
 * handles get SL_EGONE.
 *
 * Data's way through a response:
 *
 *   write -> accepted -> stages -> ready -> (session frames) -> wire -> kernel
 *
 * `accepted` can be withdrawn. Nothing moves on from there before the session
 * pulls, at the end of a turn or when the send threshold is reached.
 */
#ifndef SLUICE_PIPELINE_EXCHANGE_H
#define SLUICE_PIPELINE_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include <sluice/request.h>
#include <sluice/response.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/slab.h"
#include "base/timers.h"
#include "http/fields.h"
#include "http/request_id.h"
#include "pipeline/operation.h"
#include "pipeline/phase.h"
#include "pipeline/queue.h"
#include "pipeline/seldom.h"
#include "pipeline/stage.h"
#include "pipeline/transport.h"

/* Who still needs the exchange. */
enum {
    SL_HOLD_SESSION = 1,
    SL_HOLD_HOST = 2,
    SL_HOLD_CALLBACK = 4 /* the pipeline's: a callback is still to be made */
};

/* What the host is told about an exchange, from the loop. */
enum {
    SL_EVENT_COMPLETION = 1, /* an operation has completed */
    SL_EVENT_ROOM = 2,       /* below the mark again, after await_room */
    SL_EVENT_BODY = 4,       /* body bytes, or its end, after SL_PENDING */
    SL_EVENT_ABORTED = 8     /* the client left, or the response was aborted */
};

typedef enum sl_body_state {
    SL_BODY_OPEN,     /* more of it will arrive */
    SL_BODY_COMPLETE, /* its end has arrived */
    SL_BODY_FAILED    /* it will never be complete */
} sl_body_state;

struct sl_request {
    uint32_t generation;
    uint8_t version;    /* 10 or 11 */
    uint8_t body_state; /* sl_body_state */
    bool is_head;
    bool body_wanted : 1; /* the handler has asked for it */
    bool body_awaited : 1;
    sl_span parts[SL_PART_LOCAL]; /* SL_PART_*, but those of `origin` */
    sl_origin *origin; /* NULL: nobody has asked, and it is the usual one */
    sl_fields headers;
    sl_fields *trailers; /* NULL: there are none */
    int64_t body_left;   /* declared bytes not yet arrived; -1: chunked */
    sl_inflow *inflow;   /* NULL: nothing has arrived, and nobody waits */
    uint64_t arrived_ms;
    uint64_t arrived_us; /* of pipeline->now_us */
};

struct sl_response {
    uint32_t generation;
    sl_phase phase;
    bool finished; /* nothing more is accepted */
    bool needs_disconnect;
    bool interim_ok; /* the client understands 1xx: HTTP/1.1 */
    bool flush_due;  /* a flush or the end wants everything out */
    bool room_awaited;
    bool is_stream;    /* its head left before its end was there */
    bool committed;    /* the head has left, whatever came afterwards */
    bool event_stream; /* stages are flushed wholly at each turn's end */
    bool trailers_ok;  /* false on HTTP/1.0: dropped and counted */
    bool mark_needed;  /* sync bytes since the last mark */
    bool head_closed;  /* the stages were asked about the head */
    bool reshaped;     /* by stages: the length is not the handler's */
    bool ended;        /* the END has passed into `wire` */
    uint8_t push;      /* sl_stage_push that the stages still owe */
    uint16_t status;
    sl_status failure;   /* the first one */
    uint32_t head_spent; /* bytes taken for texts of the head */
    sl_fields headers;
    sl_wording *wording; /* NULL: its head is a plain one */
    sl_fields *trailers; /* NULL: there were none yet */
    double declared;     /* Content-Length, kept here and not in `headers`;
                            -1: none */
    double shaped;       /* the length that stages make of it; -1: unknown */

    sl_queue accepted; /* may be withdrawn */
    sl_stage *stages;  /* NULL: none */
    sl_stage *resting; /* stay out of this answer; until its head has left */
    sl_hold *hold;     /* NULL: they never held anything */
    sl_queue ready;    /* has passed the stages, waits for framing */
    sl_queue wire;     /* framed */

    uint64_t room_since_us;    /* that it is awaited */
    uint64_t first_us;         /* when the first byte was taken; 0: none was */
    uint64_t buffering;        /* bytes that may be held back */
    double accepted_bytes;     /* entity bytes accepted and not withdrawn */
    double sent_bytes;         /* entity bytes that the kernel took */
    double wire_bytes;         /* bytes that the kernel took */
    double segment_bytes;      /* entity bytes since the last mark went out */
    double segment_wire;       /* wire bytes since then */
    uint32_t chunks;           /* written */
    uint32_t sends;            /* in which the kernel took some of it */
    uint32_t dropped_trailers; /* fields */
    uint32_t moved_id;         /* operations up to it cannot be withdrawn */
    uint32_t awaited_id;       /* stages are to be flushed up to it; 0: none */
    sl_operations operations;
    struct sl_record *record; /* of development: see record.h; else NULL */
};

struct sl_exchange {
    sl_slab_slot slot;
    uint32_t number; /* of the slot, from 1; it stays when that is reused */
    uint8_t events;  /* SL_EVENT_*, not yet delivered */
    uint8_t holds;   /* SL_HOLD_* */
    uint16_t route;  /* set by the host: see traffic.h */
    sl_pipeline *pipeline;
    sl_request request;
    sl_response response;
    sl_arena arena;

    const sl_transport *transport;
    void *session;        /* given to the transport; NULL: the session let go */
    sl_list session_link; /* the session's own list of exchanges */
    sl_list event_link;   /* in the pipeline's list of exchanges with events */
    uint32_t callbacks;   /* completed operations still to be called back */
    bool handler_over;    /* set by the host through sl_exchange_handler_over */
    bool is_native;       /* set by the host: its handler is in C */
    bool is_watched;      /* set by the host: it wants to know of the end */
    uint8_t depth;        /* set by the host: a child of a child of ... */

    void *host; /* the host's own; NULL at the start */
};

/* A fresh exchange with both holds. The session then fills in the request. */
sl_exchange *sl_exchange_create(sl_pipeline *pipeline,
                                const sl_transport *transport, void *session);

/* Let go. The session's letting go aborts a response that is not done. When
 * the last hold goes the exchange is over: everything in it is released. */
void sl_exchange_release(sl_exchange *exchange, uint32_t hold);

/* The handler returned, or failed: with SL_OK an unfinished response is
 * finished; otherwise it is aborted, or, before the commit, replaced by a 500
 * with the request's id; by a 503 when it took too long (SL_ETIMEDOUT), or
 * never began because there was no room for it (SL_EAGAIN: try again). */
void sl_exchange_handler_over(sl_exchange *exchange, sl_status status);

/* A stage has failed before the head left: answer 500 without stages, or 503 when
 * it waited too long (SL_ETIMEDOUT). What the handler calls from now on says
 * SL_ESTAGE. */
void sl_exchange_stage_failed(sl_exchange *exchange, sl_status why);

/* Ask the session, if it still carries the exchange, to look at it when the
 * turn ends, or to send now. */
void sl_exchange_due(sl_exchange *exchange);
void sl_exchange_send(sl_exchange *exchange);

/* Note an event for the host. */
void sl_exchange_notify(sl_exchange *exchange, uint32_t events);

static inline sl_exchange *sl_exchange_of_response(sl_response *response)
{
    return SL_CONTAINER(response, sl_exchange, response);
}

/* Is it GET or HEAD? */
bool sl_request_only_looks(const sl_request *request);

static inline sl_exchange *sl_exchange_of_request(sl_request *request)
{
    return SL_CONTAINER(request, sl_exchange, request);
}

/* The id of a request, for logs: "" when it has none. It is set and told as a copy. */
const char *sl_request_id(const sl_request *request);
void sl_request_copy_id(const sl_request *request, char id[SL_REQUEST_ID]);
void sl_request_set_id(sl_request *request, const char *id, size_t len);

/* The trailers of a response: an empty table when there are none. */
const sl_fields *sl_response_trailers(const sl_response *response);

/* --- For the session: the request's side --------------------------------- */

/* Bytes of the body that have arrived and were not read. */
static inline size_t sl_request_unread(const sl_request *request)
{
    return request->inflow != NULL ? sl_buffer_len(&request->inflow->bytes) : 0;
}

/* Body bytes have arrived; copied. */
void sl_request_receive(sl_request *request, const char *data, size_t len);

/* The body is complete, or (SL_BODY_FAILED) never will be. */
void sl_request_end(sl_request *request, sl_body_state state);

/* Complete the operations that wait for the body: nobody reads it any more. */
void sl_request_end_reads(sl_request *request, sl_status status);

/* Has all of it arrived that is still to be read, and does nobody else wait for
 * it? Then where it is, until it is dropped: read, but not copied. */
bool sl_request_is_whole(const sl_request *request, sl_span *body);
void sl_request_drop_whole(sl_request *request);

/* How much more of the body may be read from the socket? */
uint64_t sl_request_room(sl_request *request);

/* --- For the session: the response's side -------------------------------- */

/* Move what is due through the stages into `ready`. True when the session has
 * something to frame: pieces in `ready`, or a head that a flush wants out. */
bool sl_response_pull(sl_response *response);

/* Is there something that another pull may find? */
bool sl_response_holds_back(const sl_response *response);

/* Is the END in `ready` (or framed): is the body's length known? */
bool sl_response_is_complete(const sl_response *response);

/* The head leaves: status and headers are fixed from here on. */
void sl_response_commit(sl_response *response);

/* The kernel took `len` bytes from the front of `wire`. Completes operations.
 * Call it with 0 too after framing: marks with nothing left in front of them
 * complete. */
void sl_response_sent(sl_response *response, uint64_t len);

/* Do bytes for the kernel stand in front of everything, so that 0 of them would
 * complete nothing? */
static inline bool sl_response_is_to_be_sent(const sl_response *response)
{
    const sl_piece *first = response->wire.first;

    return first != NULL && sl_piece_has_bytes(first) && first->len > 0 &&
           first->role != SL_ROLE_SUPPRESSED;
}

/* Everything was taken, the end included. */
static inline bool sl_response_is_done(const sl_response *response)
{
    return response->phase == SL_PHASE_DONE;
}

/* Hand all that is in `wire` over to a queue of the session's, in which every piece
 * owns its bytes: to the response that is as if the kernel had taken them. What is
 * borrowed stays borrowed, a file stays a file. SL_ESYSTEM: a file cannot be read. */
sl_status sl_response_give(sl_response *from, sl_queue *to);

/* Move the first piece of such a queue to the end of what `to` has accepted.
 *
 * SL_OK       its *bytes were moved
 * SL_EMPTY    there is none
 * SL_EAGAIN   `to` is at its high-water mark, or the coroutine's share is spent
 * negative    as for a write to `to` */
sl_status sl_response_splice(sl_response *to, uint32_t generation,
                             sl_queue *from, uint64_t *bytes);

/* Abort with a status for the operations in flight; the transport is not told
 * (it is the one that knows). */
void sl_response_fail(sl_response *response, sl_status status);

/* Take an operation back, or end the wait for it, as cancel and timeouts do
 * (section 2.4 of the design). */
void sl_response_withdraw(sl_response *response, sl_op *op, sl_status status);

/* Does one of its stages wait for something? */
bool sl_response_awaits_stage(const sl_response *response);

/* A stage that waited can go on. */
void sl_response_resume(sl_response *response);

/* Put a stage at the end of the chain (nearest to the socket). Only before
 * anything was written. The response owns it. */
void sl_chain_append(sl_response *response, sl_stage *stage);

/* The state of the stage of that type; NULL: the response has none. */
void *sl_response_stage_state(const sl_response *response,
                              const sl_stage_type *type);

#endif
