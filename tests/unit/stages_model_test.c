/* Random responses through random stages of <sluice/stage.h>, which wait, hold,
 * split, add, drop and fail, against what they are as functions of a body.
 *
 * Whatever they do, and whenever: the client sees what the functions make of what
 * was written; operations complete once, in their order, and not before all that was
 * made in front of their ends was taken; a stage that fails leaves no answer that
 * looks complete; nothing is left over. */
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "actor.h"

enum { SEQUENCES = 20000, ACTORS = 3, OPS = 200 };

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
static size_t expected(const trial *t, size_t len, bool at_end, char *out)
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

static void note_op(trial *t, const sl_operation *op, uint32_t bytes)
{
    t->ids[t->nops] = op->id;
    t->after[t->nops] = t->len;
    t->bytes[t->nops++] = bytes;
}

static void give_back(void *context, const char *data, size_t len)
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
static void lend(trial *t, sl_chunk *chunk)
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

static void take_back(const sl_chunk *chunk)
{
    if (chunk->kind == SL_CHUNK_BORROWED) {
        chunk->release(chunk->context, chunk->data, chunk->len);
    } else if (chunk->kind == SL_CHUNK_FILE) {
        close(chunk->fd);
    }
}

static void write_some(trial *t, bool is_last)
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

static void flush(trial *t)
{
    sl_operation op;

    if (t->nops + 1 < OPS &&
        sink_flush(&t->sink, SL_ASYNC | SL_MORE_DATA | SL_ALWAYS_POST, &op) >=
            0) {
        note_op(t, &op, UINT32_MAX);
    }
}

/* A mark passes behind all that was made in front of it, and no mark passes it. */
static void collect(trial *t)
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

static void clear(trial *t)
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

/* --- A sequence -------------------------------------------------------------------------- */

static void add_actor(trial *t, actor *a, bool may_fail)
{
    *a = (actor){
        .random = &t->random,
        .change = (change)rng_below(&t->random, 4),
        .lives = may_fail && rng_one_in(&t->random, 3)
                     ? rng_below(&t->random, 30) + 1
                     : 0,
        .type = {.size = sizeof a->type,
                 .name = "actor",
                 .holds_bytes = rng_below(&t->random, KEPT),
                 .holds_ms = rng_below(&t->random, 30),
                 .push = on_push,
                 .clear = on_clear,
                 .abort = on_abort,
                 .end = on_end},
    };
    if (rng_one_in(&t->random, 2)) {
        a->type.headers = on_headers;
    }
    if ((a->change == SAME || a->change == CHANGES) &&
        rng_one_in(&t->random, 2)) {
        a->type.flags = SL_STAGE_KEEPS_LENGTH;
    }
    a->stage = NULL;
    CHECK(sl_response_add_stage(t->sink.response, t->sink.generation, &a->type,
                                a) == SL_OK);
}

static void open_trial(trial *t, uint64_t seed)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    bool may_fail;

    *t = (trial){.file = t->file};
    rng_seed(&t->random, seed);
    settings.high_water = 200 + rng_below(&t->random, 2000);
    settings.hard_limit = 4 * settings.high_water;
    settings.send_threshold = rng_below(&t->random, 1000) + 1;
    settings.max_uncollected = OPS;
    sink_open(&t->sink, &settings);
    t->nactors = rng_below(&t->random, ACTORS) + 1;
    may_fail = rng_one_in(&t->random, 3);
    for (uint32_t i = t->nactors; i > 0; i--) { /* the last is the first */
        add_actor(t, &t->actors[i - 1], may_fail);
    }
}

static void turn(trial *t)
{
    t->sink.allowed =
        rng_one_in(&t->random, 3) ? rng_below(&t->random, 50) : UINT64_MAX;
    for (int i = 0; i < 4; i++) {
        sink_send(&t->sink);
    }
    sink_turn(&t->sink, rng_below(&t->random, 40));
    collect(t);
}

static void wake(trial *t)
{
    actor *a = &t->actors[rng_below(&t->random, t->nactors)];

    if (a->waits && !a->is_absent) {
        go_on(a);
    }
}

static void step(trial *t)
{
    switch (rng_below(&t->random, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        write_some(t, false);
        break;
    case 4:
        flush(t);
        break;
    case 5:
        if (rng_one_in(&t->random, 4)) {
            clear(t);
        }
        break;
    case 6:
    case 7:
    case 8:
        wake(t);
        break;
    default:
        turn(t);
        break;
    }
}

/* The answer is what it has to be, or cannot be taken for it. */
static void check_end(trial *t)
{
    static char text[1 << 16];
    size_t len = expected(t, t->len, true, text);
    const sl_response *res = t->sink.response;

    CHECK(t->first == t->nops);
    if (!t->has_failed) {
        CHECK(res->phase == SL_PHASE_DONE && t->sink.len == len);
        CHECK(memcmp(t->sink.text, text, len) == 0);
    } else if (res->phase == SL_PHASE_DONE) {
        CHECK(res->status == 500 && memcmp(t->sink.text, "500 ", 4) == 0);
    } else {
        CHECK(res->phase == SL_PHASE_ABORTED);
        len = expected(t, t->len, false, text);
        CHECK(t->sink.len <= len + 3 * ACTORS);
        len = len < t->sink.len ? len : t->sink.len;
        CHECK(memcmp(t->sink.text, text, len) == 0);
    }
}

static void run(trial *t, uint64_t seed)
{
    uint32_t steps;

    open_trial(t, seed);
    steps = rng_below(&t->random, 80) + 5;
    for (uint32_t i = 0; i < steps && !t->is_finished; i++) {
        step(t);
    }
    for (int i = 0; !t->is_finished && !t->has_failed && i < 10000; i++) {
        write_some(t, true);
        turn(t);
        wake(t);
    }
    for (int i = 0; t->sink.response->phase <= SL_PHASE_BODY && i < 20000;
         i++) {
        wake(t);
        turn(t);
    }
    turn(t);
    check_end(t);
    sink_close(&t->sink);
    CHECK(t->lent == 0);
    for (uint32_t i = 0; i < t->nactors; i++) {
        CHECK(t->actors[i].ends == 1 && t->actors[i].aborts <= 1);
    }
}

static uint64_t running;

static void whatever_stages_do_the_answer_is_theirs(void **state)
{
    static trial t;
    const char *seed = getenv("SLUICE_SEED");

    t.file = memfd_create("stages", MFD_CLOEXEC);
    CHECK(t.file >= 0);
    for (uint64_t i = 0; i < SEQUENCES; i++) {
        uint64_t n = i + (seed != NULL ? strtoull(seed, NULL, 10) : 0);

        running = n;
        run(&t, n);
    }
    close(t.file);
}

/* SLUICE_SEED repeats it. */
static int say_seed(void **state)
{
    print_message("the last seed was %llu\n", (unsigned long long)running);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(whatever_stages_do_the_answer_is_theirs,
                                  say_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
