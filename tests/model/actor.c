#include "actor.h"

#include <string.h>

enum { MOST = 4096 };

static uint32_t some_of(actor *a, double len)
{
    uint32_t all = len < MOST ? (uint32_t)len : MOST;

    return rng_one_in(a->random, 2) ? all : rng_below(a->random, all) + 1;
}

static bool must_fail(actor *a)
{
    return a->lives > 0 && --a->lives == 0;
}

/* --- What it does with chunks ------------------------------------------------ */

static void put_part(actor *a, const char *data, size_t len)
{
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = data, .len = len};
    sl_status rc = sl_stage_put(a->stage, a->generation, &chunk, 1);

    EXPECT(a->report, CONTRACT, rc == SL_OK, "a stage puts out: %d", rc);
}

/* In one or two parts. */
static void put(actor *a, const char *data, size_t len)
{
    size_t front = len > 1 && rng_one_in(a->random, 4)
                       ? rng_below(a->random, (uint32_t)len)
                       : 0;

    if (front > 0) {
        put_part(a, data, front);
    }
    if (len > front) {
        put_part(a, data + front, len - front);
    }
}

static void put_kept(actor *a)
{
    put(a, a->kept, a->nkept);
    a->nkept = 0;
}

static void hold(actor *a)
{
    sl_status rc = sl_stage_hold(a->stage, a->generation, a->nkept);

    EXPECT(a->report, CONTRACT, rc == SL_OK, "a stage holds: %d", rc);
}

static void take(actor *a, sl_status rc)
{
    EXPECT(a->report, CONTRACT, rc == SL_OK, "a stage takes: %d", rc);
    EXPECT(a->report, 5, !a->is_over, "bytes come behind the end");
}

/* As it is: a part of memory, or of a file, which is not read. */
static void pass(actor *a, const sl_chunk *chunk)
{
    double len =
        chunk->kind == SL_CHUNK_FILE ? chunk->extent : (double)chunk->len;

    put_kept(a);
    take(a, sl_stage_pass(a->stage, a->generation, some_of(a, len)));
    hold(a);
}

static void keep(actor *a, const char *data, uint32_t len)
{
    if (a->nkept == 0) {
        a->since = *a->now_ms;
    }
    memcpy(a->kept + a->nkept, data, len);
    a->nkept += len;
}

/* The memory is not there any more when its copy is put out. */
static void use_bytes(actor *a, sl_span bytes)
{
    uint32_t n = some_of(a, (double)bytes.len);
    uint32_t room = ACTOR_KEPT - a->nkept;
    char taken[MOST];

    if (a->nkept + n > a->type.holds_bytes && !rng_one_in(a->random, 8)) {
        room = 0; /* now and then it keeps more than it may */
    }
    memcpy(taken, bytes.data, n);
    take(a, sl_stage_drop(a->stage, a->generation, n));
    if (n <= room && rng_one_in(a->random, 2)) {
        keep(a, taken, n);
    } else {
        put_kept(a);
        put(a, taken, n);
    }
    hold(a);
}

/* Use some of the next chunk; what came of looking at it. */
static sl_status use(actor *a)
{
    sl_chunk chunk;
    sl_span bytes;
    sl_status rc;

    if (rng_one_in(a->random, 2)) {
        rc = sl_stage_next(a->stage, a->generation, &chunk);
        if (rc == SL_OK) {
            pass(a, &chunk);
        }
        return rc;
    }
    rc = sl_stage_next_bytes(a->stage, a->generation, &bytes);
    if (rc == SL_OK) {
        use_bytes(a, bytes);
    }
    return rc;
}

/* All that there is to do; `breaks`: it may stop in the middle of it. */
static sl_status work(actor *a, uint32_t how, bool breaks)
{
    sl_status rc = SL_OK;
    sl_chunk chunk;

    while (rc == SL_OK) {
        if (must_fail(a)) {
            return SL_ESYSTEM;
        }
        if (breaks && rng_one_in(a->random, 6)) {
            a->how = how;
            a->waits = true;
            return SL_PENDING;
        }
        if (breaks && rng_one_in(a->random, 16) &&
            sl_stage_next(a->stage, a->generation, &chunk) == SL_OK) {
            return SL_OK; /* with something left: it is called again */
        }
        rc = use(a);
    }
    if (rc == SL_EMPTY && how != SL_STAGE_PUSH) {
        put_kept(a);
        hold(a);
        a->is_over = how == SL_STAGE_END;
    }
    return rc == SL_EMPTY || rc == SL_EAGAIN ? SL_OK : rc;
}

/* --- What the chain calls ------------------------------------------------------ */

static sl_status on_headers(sl_stage *stage, sl_response *response,
                            uint32_t generation, void *state)
{
    actor *a = state;

    EXPECT(a->report, CONTRACT, !a->is_asked && a->ends == 0,
           "a stage is asked about a head twice");
    a->stage = stage;
    a->generation = generation;
    a->is_asked = true;
    if (rng_one_in(a->random, 3)) {
        a->waits = true;
        a->at_head = true;
        return SL_PENDING;
    }
    if (rng_one_in(a->random, 8)) {
        return SL_EMPTY;
    }
    return must_fail(a) ? SL_ESYSTEM : SL_OK;
}

static sl_status on_push(sl_stage *stage, sl_response *response,
                         uint32_t generation, uint32_t how, void *state)
{
    actor *a = state;

    EXPECT(a->report, CONTRACT,
           !a->waits && a->stage == stage && a->aborts == 0 && a->ends == 0,
           "a stage is called that waits, or is over");
    return work(a, how, true);
}

static void begin(actor *a)
{
    a->waits = false;
    a->at_head = false;
    a->is_asked = false;
    a->is_over = false;
    a->nkept = 0;
}

static void on_clear(sl_stage *stage, sl_response *response,
                     uint32_t generation, void *state)
{
    begin(state);
}

static void on_abort(sl_stage *stage, sl_response *response,
                     uint32_t generation, sl_status why, void *state)
{
    actor *a = state;

    EXPECT(a->report, 1, a->aborts == 0 && why < 0,
           "a stage is told twice of an abort, or of none: %d", why);
    begin(a);
    a->aborts++;
}

static void on_end(void *state)
{
    actor *a = state;

    a->ends++;
    a->waits = false;
    a->nkept = 0;
}

/* --- What the test calls -------------------------------------------------------- */

void actor_add(actor *a, rng *random, report *r, const uint64_t *now_ms,
               sl_response *response, uint32_t generation)
{
    sl_status rc;

    *a = (actor){
        .random = random,
        .report = r,
        .now_ms = now_ms,
        .may_fail = rng_one_in(random, 8),
        .type = {.size = sizeof a->type,
                 .flags = SL_STAGE_KEEPS_LENGTH,
                 .name = "actor",
                 .order = (int32_t)rng_below(random, 3),
                 .holds_bytes = rng_below(random, ACTOR_KEPT),
                 .holds_ms = rng_below(random, 100) + 1,
                 .headers = on_headers,
                 .push = on_push,
                 .clear = on_clear,
                 .abort = on_abort,
                 .end = on_end},
    };
    a->lives = a->may_fail ? rng_below(random, 30) + 1 : 0;
    rc = sl_response_add_stage(response, generation, &a->type, a);
    EXPECT(r, CONTRACT, rc == SL_OK, "adding a stage gives %d", rc);
}

void actor_go_on(actor *a)
{
    sl_status rc = SL_EAGAIN;

    if (!a->at_head && rng_one_in(a->random, 3)) {
        (void)use(a); /* and it goes on waiting */
        return;
    }
    if (a->at_head) {
        rc = must_fail(a) ? SL_ESYSTEM : SL_OK;
    } else if (rng_one_in(a->random, 2)) {
        rc = work(a, a->how, false); /* all of it, as stages in Lua do */
    }
    a->waits = false;
    a->at_head = false;
    rc = sl_stage_resume(a->stage, a->generation, rc);
    EXPECT(a->report, CONTRACT, rc == SL_OK, "going on gives %d", rc);
}

bool actor_holds_long(const actor *a)
{
    return a->nkept > 0 && a->since + a->type.holds_ms < *a->now_ms;
}

void actor_check_end(const actor *a)
{
    EXPECT(a->report, 4, a->ends == 1, "a stage has ended %u times", a->ends);
}
