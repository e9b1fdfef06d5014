/* The lives of the last responses, moment by moment: what development draws.
 *
 * A record is of one exchange. It sees what happens at few places, each of which
 * tests one pointer that is NULL without a recorder, and beside that stands between
 * the exchange and its transport, which is told of nearly everything anyway.
 *
 * Bounded: a recorder keeps SL_RECORDS of them, a record SL_RECORD_MOMENTS moments, of
 * which the first SL_RECORD_FIRST stay; behind them the oldest make room. What
 * is dropped is counted. An exchange that goes on is never dropped for a new
 * one, which is not recorded then: it is missed.
 *
 * Pure: whoever makes the recorder gives it a clock.
 */
#ifndef SLUICE_PIPELINE_RECORD_H
#define SLUICE_PIPELINE_RECORD_H

#include "base/buffer.h"
#include "pipeline/pipeline.h"

/* Keeps what is called at a hook out of the code around it. */
#define SL_RECORDS_ONLY __attribute__((cold, noinline))

enum {
    SL_RECORDS = 64,
    SL_RECORD_MOMENTS = 8192,
    SL_RECORD_FIRST = 2048,
    SL_RECORD_TEXT = 8192, /* bytes of a head */
    SL_RECORD_ID = 24
};

/* What `id`, `detail`, `a` and `b` of a moment are. Offsets count entity bytes
 * that were accepted. */
typedef enum sl_moment_kind {
    SL_MOMENT_RUN,   /* a task goes on: id; detail: it is the handler */
    SL_MOMENT_WAIT,  /* it waits: detail for what; a: of an operation its id,
                           of a sleep its milliseconds */
    SL_MOMENT_OVER,  /* it has ended: detail 0, or with an error */
    SL_MOMENT_CHUNK, /* detail: kind; id: operation, or 0; a bytes at b */
    SL_MOMENT_FRONT, /* likewise, in front of all others: at 0 */
    SL_MOMENT_OPERATION, /* accepted: id; detail: kind; a bytes; b is 1: when it
                            was last asked to send, and completes now */
    SL_MOMENT_ASKED,     /* to send now, not at the end of the turn */
    SL_MOMENT_FINISHED,  /* nothing more is accepted */
    SL_MOMENT_ANSWERED,  /* the handler is over, as its host said */
    SL_MOMENT_HEAD,      /* leaves: detail status */
    SL_MOMENT_FRAMED,    /* all in front of offset a has left the stages, which
                           made b bytes of it so far */
    SL_MOMENT_PASSED,    /* the end of operation `id` has, too */
    SL_MOMENT_SENT, /* the kernel took a bytes of the message; b of what the
                           stages made so far; detail: more was there */
    SL_MOMENT_COMPLETED, /* operation `id`: detail status, a bytes, b wire bytes */
    SL_MOMENT_WITHDRAWN, /* operation `id` was taken back: a bytes */
    SL_MOMENT_CLEARED,   /* all that was accepted was dropped */
    SL_MOMENT_RECEIVED,  /* a bytes of the request's body */
    SL_MOMENT_FAILED,    /* aborted: detail status */
    SL_MOMENT_LET_GO,    /* nothing more of it is on the wire */
    SL_MOMENT_KINDS
} sl_moment_kind;

typedef struct sl_moment {
    uint64_t at_ns; /* since the record began */
    double a;
    double b;
    uint32_t id;
    uint16_t kind;
    int16_t detail;
} sl_moment;

typedef struct sl_recorder sl_recorder;

typedef struct sl_record {
    sl_recorder *recorder;
    uint32_t number;       /* counts records; 0: never used */
    char id[SL_RECORD_ID]; /* by which it is asked for */
    sl_exchange *exchange; /* slots of exchanges are never freed, */
    uint32_t generation;   /* so that this says whether it is still there */
    const sl_transport *transport; /* the one behind us */

    uint64_t began_ns;
    int64_t unix_ms;
    char request_id[SL_REQUEST_ID];
    sl_buffer method; /* texts: of bounded size */
    sl_buffer target;
    sl_buffer request_head;
    sl_buffer response_head;
    sl_buffer stages; /* names, each with a line feed behind it */

    sl_moment *moments;
    uint32_t capacity;
    uint64_t count; /* of moments, those that were dropped included */

    /* What was seen last. */
    uint32_t last_id;
    uint64_t first_us; /* of the response, which gets it at the end */
    bool finished;
    bool over;
    double passed;

    /* The response as it was when it was looked at last. */
    sl_phase phase;
    sl_status failure;
    int status;
    uint32_t chunks;
    uint32_t sends;
    double accepted_bytes;
    double sent_bytes;
    double wire_bytes;
    bool is_done; /* the session has let go */
} sl_record;

struct sl_recorder {
    uint64_t (*now_ns)(void *context); /* monotonic */
    int64_t (*unix_ms)(void *context);
    void *context;
    char prefix[12]; /* of ids */
    uint32_t made;
    uint32_t missed;
    sl_record records[SL_RECORDS];
};

/* --- record.c ----------------------------------------------------------------- */

void sl_recorder_init(sl_recorder *recorder, const char *prefix);
void sl_recorder_deinit(sl_recorder *recorder);

/* Is its exchange still there? */
bool sl_record_is_live(const sl_record *record);

/* Of an exchange to which nothing has happened yet. NULL: missed. */
sl_record *sl_record_begin(sl_recorder *recorder, sl_exchange *exchange);

/* The one with that id, or of the request with that id; NULL: there is none. */
sl_record *sl_recorder_find(sl_recorder *recorder, const char *id);

SL_RECORDS_ONLY void sl_record_add(sl_record *record, sl_moment_kind kind,
                                   int detail, uint32_t id, double a, double b);

/* How many moments there are, how many were dropped (behind SL_RECORD_FIRST), and
 * the nth of those that there are. */
uint32_t sl_record_size(const sl_record *record);
uint64_t sl_record_dropped(const sl_record *record);
const sl_moment *sl_record_moment(const sl_record *record, uint32_t nth);

/* The lines of a head; the values of what looks like a secret are left out. */
void sl_record_copy_head(sl_buffer *text, const sl_fields *fields);

/* --- record_look.c: what is noted, from what can be seen ------------------------ */

/* Between an exchange and the transport behind it. */
extern const sl_transport sl_record_transport;

/* Note what is new about the exchange, and bring the record's own copy of the
 * response up to date. */
void sl_record_look(sl_record *record);

/* The session is about to let go of it. */
void sl_record_end(sl_record *record);

/* Chunks are about to be taken; the flags are those of their operation. */
SL_RECORDS_ONLY void sl_record_write(sl_response *response,
                                     const sl_chunk *chunks, size_t nchunks,
                                     uint32_t flags);
SL_RECORDS_ONLY void sl_record_insert(sl_response *response,
                                      const sl_chunk *chunks, size_t nchunks);

/* What is `ready` is about to be framed, with the head if that has not left. */
SL_RECORDS_ONLY void sl_record_framed(sl_response *response);

/* So many bytes of `wire` are about to be counted as taken. */
SL_RECORDS_ONLY void sl_record_sent(sl_response *response, uint64_t len);

/* An operation has completed; the pipeline host's on_completed. */
void sl_record_completed(sl_exchange *exchange, const sl_completion *done);

/* Something that happens seldom. */
static inline void sl_record_note(const sl_response *response,
                                  sl_moment_kind kind, int detail, uint32_t id,
                                  double a)
{
    if (response->record != NULL) {
        sl_record_add(response->record, kind, detail, id, a, 0);
    }
}

#endif
