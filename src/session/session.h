/* HTTP/1.1 on one connection: bytes in, exchanges and send batches out.
 *
 * Pure: no descriptor, no clock. The connection feeds what it received and
 * asks for batches; a test does the same with a fake sink. Requests of one
 * connection run one after the other: the next one starts when the handler of
 * the one before is over and its response is finished (not: sent), so that
 * the answers of pipelined requests leave together, unless those that wait
 * are many or more than the high-water mark.
 *
 * Threads:   the worker's.
 * Ownership: the connection owns the session. The session holds each exchange
 *            (SL_HOLD_SESSION) until nothing more of it is on the wire.
 * Re-entry:  no function here runs a handler. Calls of `output` only take
 *            note, except `send`, which may gather and report sent bytes.
 */
#ifndef SLUICE_SESSION_SESSION_H
#define SLUICE_SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/networks.h"
#include "http/parser.h"
#include "pipeline/batch.h"
#include "pipeline/exchange.h"
#include "pipeline/pipeline.h"

/* Whose X-Request-Id names a request; otherwise the server does. */
typedef enum sl_id_source {
    SL_ID_OWN,
    SL_ID_PROXIES, /* that are trusted */
    SL_ID_ANYBODY
} sl_id_source;

/* A timeout of 0 never comes. */
typedef struct sl_session_settings {
    uint32_t request_line_bytes; /* 414 above */
    uint32_t header_bytes;       /* 431 above; all field lines together */
    uint32_t header_count;       /* 431 above */
    uint32_t header_timeout_ms;  /* 408: from the first byte of a head */
    uint32_t body_timeout_ms;    /* 408: body stall, while it is wanted */
    uint32_t keepalive_timeout_ms;
    uint32_t write_timeout_ms; /* reset: the client takes nothing */
    uint32_t min_rate_in;      /* bytes/s of a wanted body; 408 below; 0: any */
    uint32_t min_rate_out;     /* bytes/s that a client takes; reset below */
    uint32_t linger_timeout_ms; /* after the last answer: the connection's */
    uint32_t linger_bytes;      /* read and dropped before and meanwhile */
    uint32_t drain_bytes;       /* unread request body read and dropped, so
                                   that the connection can be kept */
    uint32_t held_bytes;    /* of pipelined requests, before reading stops */
    uint32_t max_pipelined; /* finished responses not yet sent */
    uint32_t max_requests;  /* per connection; 0: no limit */
    uint32_t id_source;     /* sl_id_source */
    bool id_header;         /* send `X-Request-Id` */
    bool half_close;        /* a client's FIN is not leaving */
    bool server_header;     /* send `Server: sluice` */
} sl_session_settings;

extern const sl_session_settings sl_session_defaults;

/* What requests were refused and connections ended for, since the start. */
typedef struct sl_session_stat {
    uint32_t changes;      /* of any but the next */
    uint64_t requests;     /* whose head was well-formed */
    uint64_t malformed;    /* 400, 413, 417, 501, 505 */
    uint64_t long_lines;   /* 414 */
    uint64_t large_heads;  /* 431 */
    uint64_t late_heads;   /* 408 */
    uint64_t late_bodies;  /* 408: nothing came */
    uint64_t slow_bodies;  /* 408: less than min_rate_in */
    uint64_t idle;         /* closed between requests */
    uint64_t spent;        /* closed after max_requests */
    uint64_t held_up;      /* pauses of reading: held_size is used up */
    uint64_t write_stalls; /* reset: nothing was taken */
    uint64_t slow_readers; /* reset: less than min_rate_out */
    uint64_t prefaces;     /* closed: no PROXY header, or a malformed one */
} sl_session_stat;

/* What the sessions of a worker share. */
typedef struct sl_session_env {
    sl_pipeline *pipeline;
    const sl_session_settings *settings;
    const struct sl_session_host *host;
    void *host_context;
    int64_t date_s;     /* of date_text */
    char date_text[32]; /* formatted once a second */
    uint64_t next_id;   /* of requests */
    char id_text[17];   /* of the last one whose end was 00; "": none yet */
    bool draining;      /* answer with Connection: close from now on */
    sl_session_stat stat;
    sl_networks trusted; /* proxies that are believed; owned by the worker */

    uint32_t sessions;       /* that there are; with the last one go */
    sl_parser_pool parsers;  /* those that no session needs now */
    sl_parser_limits limits; /* of the settings */
} sl_session_env;

/* Where new and finished exchanges go: the worker. */
typedef struct sl_session_host {
    /* A request head has arrived and its turn has come: queue its handler.
     * The host has SL_HOLD_HOST. */
    void (*on_exchange)(void *host, sl_exchange *exchange);

    /* Nothing more of the exchange is on the wire; for the access log. Called
     * just before the session lets go. `refused` is the status of an answer
     * that the session gave by itself (400, 408, 414, 431, ...); 0 otherwise.
     * `exchange` is NULL for a request that could not be parsed; `peer` is who
     * is connected, which may be a proxy. */
    void (*on_done)(void *host, sl_exchange *exchange, int refused,
                    const char *peer);
} sl_session_host;

/* What a session asks of its connection. */
typedef struct sl_session_output {
    /* Call sl_session_advance and gather at the end of this turn. */
    void (*due)(void *connection);
    /* Gather and send now. The session must survive it: a connection that is
     * lost meanwhile is destroyed later. */
    void (*send)(void *connection);
    /* Write the address that the peer called, as text, to `text` (at least
     * SL_SESSION_ADDRESS bytes). NULL: it is not known. */
    void (*local_address)(void *connection, char *text);
} sl_session_output;

enum { SL_SESSION_ADDRESS = 128 };

/* What the connection shall do when there is nothing left to send. */
typedef enum sl_session_fate {
    SL_FATE_OPEN,   /* go on */
    SL_FATE_LINGER, /* shut the sending side, read and drop for a while */
    SL_FATE_CLOSE,  /* close now: the peer's end has been read, or nothing
                       can follow what was */
    SL_FATE_RESET   /* close with a reset: the end must not look like one */
} sl_session_fate;

typedef struct sl_session sl_session;

/* `peer` is copied: address and port as text. */
sl_session *sl_session_create(sl_session_env *env,
                              const sl_session_output *output, void *connection,
                              const char *peer);

/* The peer is a trusted proxy: what its requests say of their client goes. */
void sl_session_trust(sl_session *session);

/* Let go of all exchanges: those not done are aborted. */
void sl_session_destroy(sl_session *session);

/* --- Input ---------------------------------------------------------------- */

/* Bytes have arrived. Takes all of them; what cannot be looked at yet is held,
 * and wants_read says when to stop. */
void sl_session_receive(sl_session *session, const char *data, size_t len);

/* The peer's FIN was announced, perhaps behind bytes that were not read yet. */
void sl_session_fin(sl_session *session);

/* The peer's FIN was read. */
void sl_session_eof(sl_session *session);

/* A reset, a write error: the connection is gone. Everything is aborted. */
void sl_session_lost(sl_session *session);

/* How many bytes may be read from the socket now; 0: none. Who keeps to it
 * never makes the session hold more than its limits. */
size_t sl_session_room(const sl_session *session);

static inline bool sl_session_wants_read(const sl_session *session)
{
    return sl_session_room(session) > 0;
}

/* --- Output --------------------------------------------------------------- */

/* Go on after handlers ran: start the next held request, drop finished
 * exchanges. Call it for every session that was `due`, before gathering. */
void sl_session_advance(sl_session *session);

/* All handlers had their turn: those of a client that has left are told. Call
 * it once for every session that was `due`, whether or not its socket takes
 * anything, before the last gathering of the turn. */
void sl_session_end_turn(sl_session *session);

/* Frame what is due and fill the batch. False when there is nothing to send
 * now. The batch is valid until the next call of any kind. */
bool sl_session_gather(sl_session *session, sl_batch *batch);

/* The kernel took `len` bytes of the last batch: first its iovecs, then its
 * file range. */
void sl_session_sent(sl_session *session, uint64_t len);

/* The file range of the last batch ended early or could not be read: its
 * response is aborted. */
void sl_session_file_failed(sl_session *session);

/* Has it framed bytes that wait for the socket? */
bool sl_session_has_output(const sl_session *session);

/* What to do with the connection once has_output is false (RESET: at once). */
sl_session_fate sl_session_fate_of(const sl_session *session);

/* Is no request under way and nothing held (an idle keep-alive)? */
bool sl_session_is_idle(const sl_session *session);

/* Call `visit` for each exchange, in the order of arrival. */
typedef void sl_exchange_visitor(void *context, const sl_exchange *exchange);
void sl_session_each_exchange(const sl_session *session,
                              sl_exchange_visitor *visit, void *context);

/* --- Time ----------------------------------------------------------------- */

/* When the session wants sl_session_expire; UINT64_MAX: never. It may change
 * with every call above. Write stalls count from the last byte taken. */
uint64_t sl_session_deadline(const sl_session *session);

/* `now_ms` has reached the deadline. */
void sl_session_expire(sl_session *session, uint64_t now_ms);

#endif
