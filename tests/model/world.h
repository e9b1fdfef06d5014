/* The pipeline under test, its host, and the responses that are exercised. */
#ifndef SLUICE_MODEL_WORLD_H
#define SLUICE_MODEL_WORLD_H

#include "pipeline/exchange.h"
#include "pipeline/pipeline.h"

#include "actor.h"
#include "loans.h"
#include "model.h"
#include "report.h"
#include "rng.h"
#include "sink.h"
#include "stages.h"

enum { SUBJECTS = 3, MAX_STAGES = 3, QUOTAS = 2, FRAGMENTS = 4, STALE = 8 };

/* One exchange, from its creation until both sides let go. */
typedef struct subject {
    struct world *world;
    sl_exchange *exchange; /* NULL: this place is free */
    sl_response *response;
    uint32_t generation;
    model model;
    sink sink;
    test_stage stages[MAX_STAGES];
    uint32_t nstages;
    actor actors[MAX_STAGES]; /* of the public interface: either or */
    uint32_t nactors;
    bool session_holds;
    bool host_holds;
    bool over; /* the handler is */
    bool deaf; /* its session leaves sends to the end of the turn */
    bool room_awaited;
    bool told_of_abort; /* the event has come */
    uint32_t awaited;   /* an operation that somebody waits for */
    double buffering;
    bool event_stream; /* its Content-Type says so */
    int status;        /* of HTTP */
    double dropped_trailers;
} subject;

/* A handle whose exchange is over. */
typedef struct stale {
    sl_response *response;
    sl_request *request;
    uint32_t generation;
} stale;

typedef struct world {
    report report;
    rng random;
    char *pool;
    int file; /* holds the pool */
    sl_pipeline_settings settings;
    sl_pipeline *pipeline;
    loans loans;
    uint64_t now_ms;
    int depth;       /* of calls into the core that have not returned */
    bool delivering; /* the only time for callbacks */
    subject subjects[SUBJECTS];
    uint32_t nsubjects; /* in use in this sequence */
    sl_quota quotas[QUOTAS];
    double quota_bytes[QUOTAS]; /* the same, counted here */
    uint32_t quota_calls[QUOTAS];
    int quota; /* whose turn it is; -1: nobody's */
    uint32_t fragment_start[FRAGMENTS];
    uint32_t fragment_len[FRAGMENTS]; /* UINT32_MAX: not there */
    stale stale[STALE];
    uint32_t nstale;
    bool calm; /* the sequence is ending: only what brings it to its end */
} world;

static inline int subject_no(const subject *s)
{
    return (int)(s - s->world->subjects);
}

/* Every call into the core stands between these two. */
static inline void enter(world *w)
{
    w->depth++;
}

static inline void leave(world *w)
{
    w->depth--;
}

/* A write or flush counts to the quota of whoever runs. */
static inline void spend_quota(world *w, double bytes)
{
    if (w->quota >= 0) {
        w->quota_calls[w->quota]++;
        w->quota_bytes[w->quota] += bytes;
    }
}

/* --- world.c ---------------------------------------------------------------- */

void world_init(world *w);
void world_deinit(world *w);

/* An empty pipeline with random settings, from w->report.seed. */
void world_start(world *w);

/* Nothing may be left in it. */
void world_stop(world *w);

/* Put, replace or remove a random fragment. */
void world_put_fragment(world *w);

/* Deliver once; false when there was nothing. */
bool world_deliver(world *w);

/* --- sequence.c ------------------------------------------------------------- */

/* One sequence of random steps, from an empty pipeline to a destroyed one. */
void sequence_run(world *w);

/* --- subject.c -------------------------------------------------------------- */

void subject_open(world *w, subject *s);
void subject_close(subject *s);
void subject_release_session(subject *s);
void subject_release_host(subject *s);

/* A known id, often a recent one; or one that nobody has. */
uint32_t subject_random_id(const subject *s);

/* --- checks.c ----------------------------------------------------------------- */

/* What must hold after every step. */
void subject_check(subject *s);
/* What must hold when a turn has ended. */
void subject_check_turn(subject *s);
/* The model follows an abort that the running call has caused; one that may
 * not happen is a fault. True: there was one. */
bool subject_follow_abort(subject *s, bool may_abort);

/* Has it a stage that fails? */
bool subject_may_fail(const subject *s);
bool subject_has_stages(const subject *s);
/* Were all stages asked about the head, so that it does not change any more? */
bool subject_is_closed(const subject *s);
/* HEAD, 204, 304. */
bool subject_is_bodiless(const subject *s);
/* Is anything in the stages? */
bool subject_stages_hold(const subject *s);

/* --- calls_*.c: one random call each ------------------------------------------ */

void call_write(subject *s);
void call_flush(subject *s);
void call_insert(subject *s);
void call_collect(subject *s);
/* All that is there to be collected. */
void call_collect_all(subject *s);
void call_cancel(subject *s);
void call_await(subject *s);
void call_await_room(subject *s);
void call_finish(subject *s);
void call_abort(subject *s);
void call_clear(subject *s);
void call_head(subject *s);
void call_buffering(subject *s);
void call_informational(subject *s);
void call_handler_over(subject *s, sl_status status);
void call_stale(world *w);

/* Time has passed: what was due is withdrawn, or has aborted the response. */
void call_timeouts(subject *s);

/* Completions of operations with a callback come here. */
void on_completion(sl_response *response, uint32_t generation,
                   const sl_completion *done, void *context);

/* --- draft.c: the chunks of one call ------------------------------------------ */

enum { MAX_CHUNKS = 160, MAX_FIELDS = 2 };

typedef struct draft {
    world *world;
    sl_chunk chunks[MAX_CHUNKS];
    loan *lent[MAX_CHUNKS];
    uint32_t count;
    uint32_t ndropped; /* trailer fields that the client cannot get */
    double bytes;
    uint32_t refusals; /* statuses, as bits, that its chunks deserve */
    char *scratch;     /* copied memory: spoiled after the call */
    size_t scratch_used;
} draft;

/* Random chunks, added to the model of `s` as bytes of the running call. */
void draft_fill(draft *d, subject *s);
/* The call has returned: spoil what was to be copied, settle the loans. */
void draft_close(draft *d, bool taken);

#endif
