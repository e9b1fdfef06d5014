/* Stages of <sluice/stage.h> that wait while more is asked of them, or while the one
 * behind them does. Nobody looks at a response that did not ask for it. */
#include "sink.h"

#include <sluice/stage.h>

enum { THRESHOLD = 500 };

/* A stage that waits when it is told to, and takes what comes. */
typedef struct waiter {
    sl_stage_type type;
    bool waits;  /* at the next push */
    bool passes; /* what comes; else it is dropped */
    sl_stage *stage;
    unsigned pushes;
    uint32_t how; /* of the last one */
} waiter;

static sl_status take_all(const waiter *w, sl_stage *stage, uint32_t generation)
{
    sl_chunk chunk;
    sl_status rc;

    while ((rc = sl_stage_next(stage, generation, &chunk)) == SL_OK) {
        rc = w->passes ? sl_stage_pass(stage, generation, SL_TO_END)
                       : sl_stage_drop(stage, generation, SL_TO_END);
        CHECK(rc == SL_OK);
    }
    CHECK(rc == SL_EMPTY || rc == SL_EAGAIN);
    return sl_stage_hold(stage, generation, 0);
}

static sl_status on_push(sl_stage *stage, sl_response *response,
                         uint32_t generation, uint32_t how, void *state)
{
    waiter *w = state;

    w->stage = stage;
    w->pushes++;
    w->how = how;
    if (w->waits) {
        w->waits = false;
        return SL_PENDING;
    }
    return take_all(w, stage, generation);
}

static void add(sink *s, waiter *w)
{
    w->type = (sl_stage_type){.size = sizeof w->type,
                              .name = "waiter",
                              .holds_bytes = 3,
                              .holds_ms = 1000,
                              .push = on_push};
    CHECK(sl_response_add_stage(s->response, s->generation, &w->type, w) ==
          SL_OK);
}

static void resume(sink *s, waiter *w, sl_status status)
{
    s->dues = 0;
    CHECK(sl_stage_resume(w->stage, s->generation, status) == SL_OK);
}

/* Looks as long as the response asks for one; false: without an end. */
static bool look(sink *s)
{
    for (int i = 0; s->dues > 0 && i < 20; i++) {
        s->dues = 0;
        sink_send(s);
    }
    return s->dues == 0;
}

static void a_stage_is_told_of_the_end_that_came_while_it_waited(void **state)
{
    waiter w = {.waits = true};
    sl_operation op;
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    add(&s, &w);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    CHECK(sink_flush(&s, SL_ASYNC | SL_MORE_DATA, &op) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(w.how == SL_STAGE_FLUSH && s.response->phase == SL_PHASE_HEAD);
    CHECK(sink_write(&s, "", 0, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(take_all(&w, w.stage, s.generation) == SL_OK);
    resume(&s, &w, SL_OK); /* and nothing comes out of it */
    CHECK(look(&s));
    CHECK(w.pushes == 2 && w.how == SL_STAGE_END);
    CHECK(s.response->phase == SL_PHASE_DONE && s.len == 0);
    sink_close(&s);
}

static void fill(sink *s)
{
    char text[THRESHOLD + 1];
    sl_operation op;

    memset(text, 'x', sizeof text);
    text[THRESHOLD] = '\0';
    CHECK(sink_write(s, text, SL_MORE_DATA, &op) == SL_OK);
}

static void a_stage_without_room_is_left_alone_until_there_is_some(void **state)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    waiter outer = {.waits = true};
    waiter inner = {.passes = true};
    unsigned before;
    sink s;

    settings.send_threshold = THRESHOLD;
    sink_open(&s, &settings);
    add(&s, &outer);
    add(&s, &inner); /* the later one sees the chunks first */
    for (int i = 0; i < 3; i++) {
        fill(&s);
        sink_turn(&s, 1);
    }
    before = inner.pushes;
    CHECK(outer.pushes == 1);
    for (int i = 0; i < 5; i++) {
        sink_turn(&s, 1);
    }
    CHECK(inner.pushes == before);
    resume(&s, &outer, SL_EAGAIN); /* to drop all: no send would help */
    CHECK(look(&s));
    CHECK(inner.pushes > before && !sl_response_holds_back(s.response));
    sink_close(&s);
}

static void what_is_awaited_is_flushed_after_a_wait(void **state)
{
    waiter w = {.waits = true};
    sl_completion done;
    sl_operation op;
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    add(&s, &w);
    CHECK(sink_write(&s, "abc", SL_ASYNC | SL_MORE_DATA, &op) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(w.how == SL_STAGE_PUSH);
    CHECK(sl_response_await(s.response, s.generation, op.id) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sl_stage_drop(w.stage, s.generation, 3) == SL_OK);
    CHECK(sl_stage_hold(w.stage, s.generation, 3) == SL_OK);
    resume(&s, &w, SL_OK);
    CHECK(look(&s));
    CHECK(w.how == SL_STAGE_FLUSH);
    CHECK(sink_collect(&s, op.id, &done) == SL_OK && done.status == SL_OK);
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stage_is_told_of_the_end_that_came_while_it_waited),
        cmocka_unit_test(
            a_stage_without_room_is_left_alone_until_there_is_some),
        cmocka_unit_test(what_is_awaited_is_flushed_after_a_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
