/* The pipeline under test and its host. */
#include "world.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- The host ------------------------------------------------------------------ */

static void on_events(void *host, sl_exchange *exchange, uint32_t events)
{
    world *w = host;
    subject *s = exchange->host;
    model *m = &s->model;

    EXPECT(&w->report, 2, w->delivering && w->depth == 0,
           "an event comes inside a call");
    EXPECT(&w->report, 6,
           s->exchange == exchange && s->host_holds &&
               exchange->response.generation == s->generation,
           "an event for an exchange that the host does not hold");
    TRACE(&w->report, "%d: events %#x", subject_no(s), events);
    EXPECT(&w->report, 6,
           !(events & SL_EVENT_ABORTED) || (m->aborted && !s->told_of_abort),
           "the host is told of an abort that is none, or once more");
    s->told_of_abort |= (events & SL_EVENT_ABORTED) != 0;
    if (events & SL_EVENT_ROOM) {
        s->room_awaited = false;
    }
    for (uint32_t i = 0; (events & SL_EVENT_COMPLETION) && i < m->nops; i++) {
        m->ops[i].told |= m->ops[i].completed;
    }
}

static void expect_delivery(world *w)
{
    EXPECT(&w->report, 2, w->delivering && w->depth == 0,
           "something is released inside a call");
}

static void on_anchor(void *host, sl_lender *lender, uint32_t anchor)
{
    world *w = host;

    expect_delivery(w);
    loans_return_anchor(&w->loans, anchor);
}

static void on_descriptor(void *host, int fd)
{
    world *w = host;

    expect_delivery(w);
    loans_return_fd(&w->loans, fd);
}

/* A waiter is only queued, so this may come inside a call. */
static void on_waiter(void *host, void *waiter)
{
    model_op *op = waiter;

    EXPECT(op->model->report, 1, op->awaited && !op->woken,
           "who waits for operation %u is woken twice", op->id);
    op->woken = true;
}

static int64_t file_size(void *host, int fd)
{
    return POOL_BYTES;
}

static int64_t read_file(void *host, int fd, uint64_t offset, char *buffer,
                         size_t len)
{
    return pread(fd, buffer, len, (off_t)offset);
}

static const sl_pipeline_host host = {
    .on_events = on_events,
    .on_anchor = on_anchor,
    .on_descriptor = on_descriptor,
    .on_waiter = on_waiter,
    .file_size = file_size,
    .read_file = read_file,
};

/* --- Setting up ---------------------------------------------------------------- */

void world_init(world *w)
{
    rng random = {0};
    char *pool = malloc(POOL_BYTES);

    memset(w, 0, sizeof *w);
    rng_seed(&random, 1);
    for (uint32_t i = 0; i < POOL_BYTES; i++) {
        pool[i] = (char)rng_next(&random);
    }
    w->pool = pool;
    w->file = memfd_create("model", MFD_CLOEXEC);
    if (w->file < 0 || write(w->file, pool, POOL_BYTES) != POOL_BYTES) {
        abort();
    }
    for (int i = 0; i < SUBJECTS; i++) {
        w->subjects[i].world = w;
    }
}

void world_deinit(world *w)
{
    for (int i = 0; i < SUBJECTS; i++) {
        model_deinit(&w->subjects[i].model);
        sink_deinit(&w->subjects[i].sink);
    }
    close(w->file);
    free(w->pool);
}

/* Small limits, so that all of them are met. */
static void choose_settings(world *w)
{
    static const uint64_t marks[] = {400, 1000, 3000, 20000};
    static const uint64_t thresholds[] = {1, 200, 1000, 8000};
    rng *random = &w->random;
    sl_pipeline_settings *settings = &w->settings;

    *settings = sl_pipeline_defaults;
    settings->high_water = marks[rng_below(random, 4)];
    settings->hard_limit = 4 * settings->high_water;
    settings->send_threshold = thresholds[rng_below(random, 4)];
    settings->quota_bytes = rng_below(random, 4000) + 1;
    settings->quota_calls = rng_below(random, 12) + 1;
    settings->max_uncollected = rng_below(random, 6) + 1;
    if (rng_one_in(random, 4)) {
        settings->max_uncollected = 1024;
    }
}

void world_put_fragment(world *w)
{
    static const char *const names[FRAGMENTS] = {"a", "bb", "ccc", "d"};
    uint32_t which = rng_below(&w->random, FRAGMENTS);
    uint32_t len = rng_size(&w->random, 2000);
    uint32_t start = rng_below(&w->random, POOL_BYTES - len);
    sl_status rc;

    if (rng_one_in(&w->random, 4)) {
        rc = sl_fragments_remove(w->pipeline->fragments, names[which],
                                 strlen(names[which]));
        EXPECT(
            &w->report, CONTRACT,
            rc == (w->fragment_len[which] == UINT32_MAX ? SL_ENOTFOUND : SL_OK),
            "removing a fragment gives %d", rc);
        w->fragment_len[which] = UINT32_MAX;
        return;
    }
    rc = sl_fragments_put(w->pipeline->fragments, names[which],
                          strlen(names[which]), w->pool + start, len, 0);
    EXPECT(&w->report, CONTRACT, rc == SL_OK, "putting a fragment gives %d",
           rc);
    w->fragment_start[which] = start;
    w->fragment_len[which] = len;
}

void world_start(world *w)
{
    rng_seed(&w->random, w->report.seed);
    w->report.step = 0;
    w->now_ms = 1000;
    w->depth = 0;
    w->delivering = false;
    w->calm = false;
    w->nstale = 0;
    w->quota = -1;
    memset(w->quotas, 0, sizeof w->quotas);
    memset(w->quota_bytes, 0, sizeof w->quota_bytes);
    memset(w->quota_calls, 0, sizeof w->quota_calls);
    loans_init(&w->loans, &w->report);
    choose_settings(w);
    w->nsubjects = rng_below(&w->random, SUBJECTS) + 1;
    w->pipeline = sl_pipeline_create(&w->settings, &host, w);
    sl_pipeline_turn(w->pipeline, w->now_ms);
    for (int i = 0; i < FRAGMENTS; i++) {
        w->fragment_len[i] = UINT32_MAX;
    }
    world_put_fragment(w);
    TRACE(&w->report, "mark %llu, threshold %llu, quota %llu bytes, %u calls",
          (unsigned long long)w->settings.high_water,
          (unsigned long long)w->settings.send_threshold,
          (unsigned long long)w->settings.quota_bytes, w->settings.quota_calls);
}

bool world_deliver(world *w)
{
    bool any;

    w->delivering = true;
    any = sl_pipeline_deliver(w->pipeline);
    w->delivering = false;
    return any;
}

static void expect_nothing_left(world *w)
{
    loans_check_all_back(&w->loans);
    EXPECT(&w->report, 4, w->pipeline->exchanges.live == 0,
           "%zu exchanges are left", w->pipeline->exchanges.live);
    EXPECT(&w->report, 4, w->pipeline->operations.live == 0,
           "%zu operations are left", w->pipeline->operations.live);
    EXPECT(&w->report, 4, w->pipeline->pieces.live == 0, "%zu pieces are left",
           w->pipeline->pieces.live);
}

void world_stop(world *w)
{
    expect_nothing_left(w);
    sl_pipeline_destroy(w->pipeline);
    loans_deinit(&w->loans);
}
