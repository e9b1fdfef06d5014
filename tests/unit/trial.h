/* A handler of random responses through actors, and what the client must see of them
 * and of its operations. */
#ifndef SLUICE_TESTS_TRIAL_H
#define SLUICE_TESTS_TRIAL_H

#include "sink.h"

#include <stdlib.h>

#include "actor.h"

enum { ACTORS = 3, OPS = 200 };

typedef struct trial {
    rng random;
    sink sink;
    actor actors[ACTORS]; /* the first sees the chunks first */
    uint32_t nactors;
    int file;
    char body[BODY + 1]; /* what was written */
    uint32_t len;
    uint32_t ids[OPS];   /* of operations in flight, in their order */
    uint32_t after[OPS]; /* bytes of the body up to its end */
    uint32_t bytes[OPS]; /* of its own; UINT32_MAX: a flush */
    uint32_t first;
    uint32_t nops;
    unsigned lent; /* borrowed, and not given back */
    bool is_finished;
    bool has_failed;
} trial;

/* What the client sees of the first `len` bytes of the body. */
static inline size_t expected(const trial *t, size_t len, bool at_end,
                              char *out)
{
    static char other[1 << 16];

    memcpy(out, t->body, len);
    for (uint32_t i = 0; i < t->nactors; i++) {
        if (!t->actors[i].is_absent) {
            memcpy(other, out, len);
            len = apply(t->actors[i].change, other, len, at_end, out);
        }
    }
    return len;
}

/* --- What a handler does ---------------------------------------------------------------- */

static inline void note_op(trial *t, const sl_operation *op, uint32_t bytes)
{
    t->ids[t->nops] = op->id;
    t->after[t->nops] = t->len;
    t->bytes[t->nops++] = bytes;
}

static inline void give_back(void *context, const char *data, size_t len)
{
    union {
        const char *lent;
        char *own;
    } memory = {.lent = data};

    ((trial *)context)->lent--;
    memset(memory.own, '?', len);
    free(memory.own);
}

/* The bytes as another kind of chunk. */
static inline void lend(trial *t, sl_chunk *chunk)
{
    size_t n = chunk->len;

    if (n > 0 && rng_one_in(&t->random, 3)) {
        char *lent = malloc(n);

        memcpy(lent, chunk->data, n);
        *chunk = (sl_chunk){.kind = SL_CHUNK_BORROWED,
                            .data = lent,
                            .len = n,
                            .release = give_back,
                            .context = t};
        t->lent++;
    } else if (n > 0 && rng_one_in(&t->random, 3)) {
        CHECK(pwrite(t->file, chunk->data, n, t->len) == (ssize_t)n);
        *chunk = (sl_chunk){.kind = SL_CHUNK_FILE,
                            .fd = dup(t->file),
                            .offset = t->len,
                            .extent = (double)n};
    }
}

static inline void take_back(const sl_chunk *chunk)
{
    if (chunk->kind == SL_CHUNK_BORROWED) {
        chunk->release(chunk->context, chunk->data, chunk->len);
    } else if (chunk->kind == SL_CHUNK_FILE) {
        close(chunk->fd);
    }
}

static inline void write_some(trial *t, bool is_last)
{
    uint32_t n = rng_size(&t->random, 200);
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = t->body + t->len};
    sl_operation op = {.flags = is_last ? 0 : SL_MORE_DATA};
    bool is_async = rng_one_in(&t->random, 2) && t->nops + 1 < OPS;

    n = n < BODY - t->len ? n : BODY - t->len;
    for (uint32_t i = 0; i < n; i++) {
        t->body[t->len + i] = (char)('@' + rng_below(&t->random, 60));
    }
    chunk.len = n;
    lend(t, &chunk);
    op.flags |= is_async ? SL_ASYNC | SL_ALWAYS_POST : 0;
    if (sl_response_write_entity_chunks(t->sink.response, t->sink.generation,
                                        &chunk, 1, &op) < 0) {
        take_back(&chunk);
        return;
    }
    t->len += n;
    t->is_finished = is_last;
    if (is_async) {
        note_op(t, &op, n);
    }
}

static inline void flush(trial *t)
{
    sl_operation op;

    if (t->nops + 1 < OPS &&
        sink_flush(&t->sink, SL_ASYNC | SL_MORE_DATA | SL_ALWAYS_POST, &op) >=
            0) {
        note_op(t, &op, UINT32_MAX);
    }
}

/* A mark passes behind all that was made in front of it, and no mark passes it. */
static inline void collect(trial *t)
{
    static char text[1 << 16];
    sl_completion done;

    t->has_failed = t->sink.failed_stage != NULL;
    while (t->first < t->nops && sink_collect(&t->sink, 0, &done) == SL_OK) {
        CHECK(done.id == t->ids[t->first]);
        if (done.status == SL_OK) {
            size_t len = expected(t, t->after[t->first], false, text);

            CHECK(t->sink.len >= len);
            CHECK(t->bytes[t->first] == UINT32_MAX ||
                  done.bytes == t->bytes[t->first]);
        } else {
            CHECK(t->has_failed);
        }
        t->first++;
    }
}

static inline void clear(trial *t)
{
    sl_completion done;

    collect(t);
    if (sl_response_clear(t->sink.response, t->sink.generation) < 0) {
        return;
    }
    while (t->first < t->nops) {
        CHECK(sink_collect(&t->sink, 0, &done) == SL_OK);
        CHECK(done.id == t->ids[t->first++] && done.status < 0);
    }
    t->len = 0;
    t->is_finished = false;
}

#endif
