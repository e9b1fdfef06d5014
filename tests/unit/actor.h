/* Stages of <sluice/stage.h> with random manners: they wait, hold, split, add, drop
 * and fail. What one does to a body does not depend on where chunks are cut. */
#ifndef SLUICE_TESTS_ACTOR_H
#define SLUICE_TESTS_ACTOR_H

#include "check.h"

#include <string.h>

#include <sluice/stage.h>

#include "../model/rng.h"

enum { BODY = 3000, KEPT = 64 };

typedef enum change { SAME, ADDS, DROPS, CHANGES } change;

/* A stage of a test: a function of bytes, and its manners. */
typedef struct actor {
    rng *random;
    change change;
    sl_stage_type type;
    sl_stage *stage;
    uint32_t generation;
    uint32_t how;    /* of the push that waits */
    uint32_t lives;  /* pieces of work until it fails; 0: it never does */
    bool at_head;    /* waits in `headers` */
    bool waits;      /* for the test to go on */
    bool is_absent;  /* stays out of this answer */
    bool has_ended;  /* was told that nothing follows, and has said its last */
    char kept[KEPT]; /* taken, and not put out */
    uint32_t nkept;
    unsigned aborts;
    unsigned ends;
} actor;

/* --- What a stage is, as a function ------------------------------------------------ */

static inline size_t apply(change c, const char *in, size_t len, bool at_end,
                           char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (c != DROPS || in[i] % 8 != 1) {
            out[n++] = c == CHANGES ? (char)(in[i] ^ 32) : in[i];
        }
        if (c == ADDS && in[i] % 8 == 0) {
            out[n++] = '+';
        }
    }
    if (c == ADDS && at_end) {
        memcpy(out + n, "END", 3);
        n += 3;
    }
    return n;
}

/* --- What it does -------------------------------------------------------------------- */

static inline void put(actor *a, const char *data, size_t len, bool at_end)
{
    char out[2 * BODY + 16];
    size_t n = apply(a->change, data, len, at_end, out);
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = out, .len = n};

    if (n > 0) {
        CHECK(sl_stage_put(a->stage, a->generation, &chunk, 1) == SL_OK);
    }
}

static inline void put_kept(actor *a, bool at_end)
{
    put(a, a->kept, a->nkept, at_end);
    a->nkept = 0;
}

static inline void hold(actor *a)
{
    CHECK(sl_stage_hold(a->stage, a->generation, a->nkept) == SL_OK);
}

static inline uint32_t some_of(actor *a, double len)
{
    uint32_t all = len < BODY ? (uint32_t)len : BODY;

    return rng_one_in(a->random, 2) ? all : rng_below(a->random, all) + 1;
}

/* As it is: a part of memory, or of a file, which is not read. */
static inline void pass(actor *a, const sl_chunk *chunk)
{
    bool is_file = chunk->kind == SL_CHUNK_FILE;
    double len = is_file ? chunk->extent : (double)chunk->len;

    put_kept(a, false);
    CHECK(sl_stage_pass(a->stage, a->generation, some_of(a, len)) == SL_OK);
    hold(a);
}

static inline void use_bytes(actor *a, sl_span bytes)
{
    uint32_t n = some_of(a, (double)bytes.len);
    uint32_t room = (uint32_t)a->type.holds_bytes - a->nkept;
    char taken[BODY];

    CHECK(!a->has_ended);
    memcpy(taken, bytes.data, n);
    CHECK(sl_stage_drop(a->stage, a->generation, n) == SL_OK);
    if (n <= room && rng_one_in(a->random, 2)) {
        memcpy(a->kept + a->nkept, taken, n);
        a->nkept += n;
    } else {
        put_kept(a, false);
        put(a, taken, n, false);
    }
    hold(a);
}

/* Use some of the next chunk; what came of looking at it. */
static inline sl_status use(actor *a)
{
    sl_chunk chunk;
    sl_span bytes;
    sl_status rc;

    if (a->change == SAME && rng_one_in(a->random, 2)) {
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

static inline bool must_fail(actor *a)
{
    return a->lives > 0 && --a->lives == 0;
}

/* All that there is to do; `breaks`: it may stop in the middle of it. */
static inline sl_status work(actor *a, uint32_t how, bool breaks)
{
    sl_status rc = SL_OK;
    sl_chunk chunk;

    while (rc == SL_OK) {
        if (must_fail(a)) {
            return SL_ESYSTEM;
        }
        if (breaks && rng_one_in(a->random, 4)) {
            a->how = how;
            a->waits = true;
            return SL_PENDING;
        }
        if (breaks && rng_one_in(a->random, 8) &&
            sl_stage_next(a->stage, a->generation, &chunk) == SL_OK) {
            return SL_OK; /* with something left: it is called again */
        }
        rc = use(a);
    }
    if (rc != SL_EMPTY) {
        return rc == SL_EAGAIN ? SL_OK : rc;
    }
    if (how == SL_STAGE_END) {
        CHECK(!a->has_ended);
        a->has_ended = true;
    }
    if (how != SL_STAGE_PUSH) {
        put_kept(a, how == SL_STAGE_END);
    }
    hold(a);
    return SL_OK;
}

static inline sl_status on_headers(sl_stage *stage, sl_response *response,
                                   uint32_t generation, void *state)
{
    actor *a = state;

    a->stage = stage;
    a->generation = generation;
    if (rng_one_in(a->random, 8)) {
        a->is_absent = true;
        return SL_EMPTY;
    }
    if (rng_one_in(a->random, 3)) {
        a->waits = true;
        a->at_head = true;
        return SL_PENDING;
    }
    return must_fail(a) ? SL_ESYSTEM : SL_OK;
}

static inline sl_status on_push(sl_stage *stage, sl_response *response,
                                uint32_t generation, uint32_t how, void *state)
{
    actor *a = state;

    CHECK(!a->waits);
    a->stage = stage;
    a->generation = generation;
    return work(a, how, true);
}

static inline void on_clear(sl_stage *stage, sl_response *response,
                            uint32_t generation, void *state)
{
    actor *a = state;

    a->waits = false;
    a->at_head = false;
    a->is_absent = false;
    a->has_ended = false;
    a->nkept = 0;
}

static inline void on_abort(sl_stage *stage, sl_response *response,
                            uint32_t generation, sl_status why, void *state)
{
    actor *a = state;

    a->waits = false;
    a->aborts++;
}

static inline void on_end(void *state)
{
    ((actor *)state)->ends++;
}

/* Somebody else has done something for a stage that waits. */
static inline void go_on(actor *a)
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
    CHECK(sl_stage_resume(a->stage, a->generation, rc) == SL_OK);
}

#endif
