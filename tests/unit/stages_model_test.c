/* Random responses through random stages of <sluice/stage.h>, which wait, hold,
 * split, add, drop and fail, against what they are as functions of a body.
 *
 * Whatever they do, and whenever: the client sees what the functions make of what
 * was written; operations complete once, in their order, and not before all that was
 * made in front of their ends was taken; a stage that fails leaves no answer that
 * looks complete; nothing is left over. */
#include "trial.h"

#include <sys/mman.h>

enum { SEQUENCES = 20000 };

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
        CHECK(t->sink.len <= len + (size_t)3 * ACTORS);
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
