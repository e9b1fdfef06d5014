/* What the parts of an HTTP/1.1 session share; nobody else includes it.
 *
 *   http1.c            its life, and what becomes of the connection
 *   http1_settle.c     exchanges that come to their end
 *   http1_parser.c     which has a parser, and when
 *   http1_receive.c    bytes to exchanges and their bodies
 *   http1_refuse.c     answers that the session gives by itself
 *   http1_transport.c  what exchanges ask of the session
 *   http1_frame.c      from `ready` to `wire`: head, chunk lines, terminator
 *   http1_send.c       batches out, and what the kernel took of them
 *   http1_time.c       deadlines
 */
#ifndef SLUICE_SESSION_HTTP1_H
#define SLUICE_SESSION_HTTP1_H

#include "base/buffer.h"
#include "base/list.h"
#include "http/parser.h"
#include "session/session.h"

typedef enum sl_framing {
    SL_FRAMING_LENGTH,    /* Content-Length */
    SL_FRAMING_CHUNKED,   /* Transfer-Encoding: chunked */
    SL_FRAMING_CLOSE,     /* to the end of the connection */
    SL_FRAMING_SUPPRESSED /* there is no body on the wire */
} sl_framing;

/* The session's side of one exchange; lives in the exchange's arena. */
typedef struct sl_turn {
    sl_session *session;
    sl_exchange *exchange;
    uint64_t gathered; /* bytes of it in the last batch */
    uint64_t start;    /* the turn of the loop in which it began */
    double waiting;    /* bytes of its body in the session's count */
    uint16_t refused;  /* answered by the session with this status; 0: no */
    uint8_t framing;   /* sl_framing, chosen with the head */
    bool is_committed; /* the head was framed */
    bool keeps_alive;  /* as far as the request goes */
    bool continues;    /* the client waits for 100 Continue */
    bool is_ended;     /* its end was framed */
} sl_turn;

/* An answer of the session's own. */
typedef struct sl_own_answer {
    sl_buffer text; /* what of it was not sent yet */
    int status;     /* for the log; 0: none, or logged */
} sl_own_answer;

struct sl_session {
    sl_session_env *env;
    const sl_session_output *output;
    void *connection;
    sl_parser *parser;    /* NULL: nothing has begun to arrive */
    sl_buffer held;       /* received, and not looked at yet */
    sl_list exchanges;    /* in order of arrival, until they are sent */
    sl_exchange *current; /* it must be over before the next one starts */
    double waiting;       /* bytes of bodies that are finished and not sent */
    uint32_t count;       /* of exchanges */
    uint32_t served;      /* requests so far */

    sl_own_answer *refusal; /* the last one; NULL: none was needed */

    uint64_t drained; /* bytes of a body that nobody wants */
    uint64_t dropped; /* bytes that came while closing */

    uint64_t idle_since_ms;  /* when the last exchange ended */
    uint64_t head_since_ms;  /* first byte of a head */
    uint64_t body_since_ms;  /* the last byte of a body, or the wish for it */
    uint64_t stall_since_ms; /* the last byte taken; 0: no output waits */
    double slow_body_ms; /* when a body is too slow, unless more of it comes */
    double slow_out_ms;  /* when a reader is, unless it takes more */

    bool is_trusted;  /* a proxy, which speaks for others */
    bool takes_ids;   /* its X-Request-Id counts */
    bool in_message;  /* a head was complete, its message is not */
    bool is_last;     /* no request follows the current one */
    bool parts;       /* the client has said so, and sends nothing behind it */
    bool closing;     /* no further byte is looked at */
    bool fin;         /* the peer has finished sending */
    bool eof : 1;     /* and all of it was read */
    bool lost : 1;    /* the connection is gone */
    bool reset : 1;   /* it must end with a reset */
    bool is_over : 1; /* it was idle for too long */

    char peer[];
};

static inline sl_turn *sl_turn_of(sl_exchange *exchange)
{
    return exchange->session;
}

static inline sl_exchange *sl_session_first(const sl_session *session)
{
    return sl_list_is_empty(&session->exchanges)
               ? NULL
               : SL_CONTAINER(session->exchanges.next, sl_exchange,
                              session_link);
}

static inline uint64_t sl_session_now(const sl_session *session)
{
    return session->env->pipeline->now_ms;
}

static inline void sl_session_make_due(sl_session *session)
{
    session->output->due(session->connection);
}

/* --- http1_time.c ---------------------------------------------------------- */

/* From now on somebody waits for a body, or for the client to take output. */
void sl_session_await_body(sl_session *session);
void sl_session_await_taking(sl_session *session);

/* So many bytes of it came, or were taken: that is worth some time. */
void sl_session_credit_body(sl_session *session, uint64_t bytes);
void sl_session_credit_taking(sl_session *session, uint64_t bytes);

/* --- http1.c --------------------------------------------------------------- */

/* Look at nothing more of what arrives. */
void sl_session_stop_parsing(sl_session *session);

/* --- http1_parser.c --------------------------------------------------------- */

/* The parser, taken from those of the worker if need be. */
sl_parser *sl_session_parser(sl_session *session);

/* Give it back: nothing more is to be parsed for now. */
void sl_session_drop_parser(sl_session *session);

/* Has a head begun to arrive? */
bool sl_session_is_in_head(const sl_session *session);

/* The exchange that trailers would go to is over. */
void sl_session_forget_trailers(sl_session *session);

/* --- http1_settle.c --------------------------------------------------------- */

/* Let go of exchanges that are through, and note what that means for the
 * connection. Called at the end of whatever may have changed something. */
void sl_session_settle(sl_session *session);

/* Abort what is not done, and let go of everything. */
void sl_session_let_go(sl_session *session);

/* --- http1_receive.c -------------------------------------------------------- */

/* Has the turn come of what arrives or is held? */
bool sl_session_may_parse(const sl_session *session);

/* Parse what is held as far as its turn has come. */
void sl_session_parse_held(sl_session *session);

/* --- http1_refuse.c --------------------------------------------------------- */

/* Answer with `refusal` after the answers that are under way, and close. The
 * current exchange, if there is one, is answered by it unless its own answer
 * has begun. */
void sl_session_refuse(sl_session *session, sl_refusal refusal);

/* Bytes of the refusal that are to be sent. */
static inline size_t sl_session_refusal_len(const sl_session *session)
{
    return session->refusal != NULL ? sl_buffer_len(&session->refusal->text)
                                    : 0;
}

/* Log the refusal, once. */
void sl_session_log_refusal(sl_session *session);
void sl_session_drop_refusal(sl_session *session);

/* --- http1_transport.c ------------------------------------------------------ */

extern const sl_transport sl_http1_transport;

/* --- http1_frame.c ---------------------------------------------------------- */

/* Move what is due of a response to its wire. */
void sl_turn_frame(sl_turn *turn);

/* The Date line's text for now. */
sl_span sl_session_date(sl_session_env *env);

#endif
