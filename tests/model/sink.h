/* A session and a client in one: frames one response in the simplest way that
 * is like HTTP/1.1, and takes as many bytes of it as it likes.
 *
 * It keeps its own list of what it has put on the wire, predicts from it what
 * sl_response_sent must do, and tells the model.
 */
#ifndef SLUICE_MODEL_SINK_H
#define SLUICE_MODEL_SINK_H

#include "pipeline/exchange.h"
#include "pipeline/pipeline.h"

#include "model.h"
#include "rng.h"

typedef enum sink_framing {
    FRAME_CHUNKED,
    FRAME_LENGTH,
    FRAME_CLOSE
} sink_framing;

typedef enum wired_kind {
    WIRED_FRAMING,
    WIRED_BODY,
    WIRED_SUPPRESSED,
    WIRED_INTERIM,
    WIRED_MARK,
    WIRED_END
} wired_kind;

/* Something on the wire, in front of the kernel. */
typedef struct wired {
    wired_kind kind;
    uint64_t len;
    uint64_t used;
    const char *text; /* FRAMING; NULL: it is in `own` */
    char own[32];
    item *mark; /* MARK */
} wired;

typedef struct sink {
    report *report;
    rng *random;
    sl_pipeline *pipeline;
    sl_exchange *exchange; /* NULL: let go */
    sl_response *response;
    model *model;

    bool due;          /* the response has asked for a look */
    bool sending;      /* re-entry is a fault */
    uint32_t appetite; /* bytes per visit; 0: takes nothing */
    bool hungry;       /* may visit again in this turn */
    bool suppressed;   /* as after HEAD */
    sink_framing framing;
    bool committed;
    bool ended;        /* the end was framed */
    bool done;         /* and taken */
    double body_bytes; /* framed */
    double length;     /* FRAME_LENGTH: what the head says */

    wired *wire;
    size_t first;
    size_t count; /* from the start of the array */
    size_t capacity;
    uint64_t wire_left; /* bytes that the kernel has not taken */
} sink;

void sink_init(sink *s, report *r, rng *random, sl_pipeline *pipeline,
               sl_exchange *exchange, model *m);
void sink_deinit(sink *s);

/* Follow the response where it completes operations without bytes that need
 * not go through the sink. */
void sink_settle(sink *s);

/* Tell the model what stages of the public interface have taken. */
void sink_follow_stages(sink *s);

/* A 1xx response goes in front of the final one. */
void sink_informational(sink *s, int status);

/* Frame, and let the client take up to its appetite. */
void sink_run(sink *s);

/* A stage has failed before the head left: to who writes it is an abort. */
bool sink_is_replaced(const sink *s);
bool sink_is_aborted(const sink *s);

/* sink_frame.c: put what is ready on the wire. */
void sink_frame(sink *s);

/* Has it anything that the client could take? */
bool sink_has_output(const sink *s);

/* What the response and its stages hold, by the queues' own account. */
uint64_t sink_cost(const sink *s);
uint64_t sink_held_bytes(const sink *s);

#endif
