/* What a C handler is told, and when; sources. */
#include "sink.h"

#include <stdlib.h>

#include "native/native.h"

/* A handler whose steps the test takes, and what it heard. */
typedef struct world {
    sink sink;
    sl_native native;
    sl_status answer; /* of the handler */
    unsigned handled;
    unsigned drains;
    unsigned aborts;
    bool ended; /* the exchange was let go by the session */

    /* The source. */
    bool has_source;
    sl_status next;     /* what `proceed` returns */
    size_t write;       /* bytes of each call */
    unsigned last;      /* that call says SL_EMPTY; 0: none */
    bool resume_inside; /* resume while it is called */
    unsigned proceeds;
    unsigned stops;
    sl_status stopped;
} world;

static char bytes[200 * 1024];

static sl_status proceed(sl_response *response, uint32_t generation,
                         void *context)
{
    world *w = context;

    CHECK(w->stops == 0);
    CHECK(sl_response_await_room(response, generation) == SL_OK);
    w->proceeds++;
    if (w->write > 0) {
        sl_status rc = sl_response_write(response, generation, bytes, w->write);

        CHECK(rc == SL_OK);
    }
    if (w->resume_inside) {
        CHECK(sl_response_resume_source(response, generation) == SL_OK);
    }
    return w->proceeds == w->last ? SL_EMPTY : w->next;
}

static void stop(void *context, sl_status status)
{
    world *w = context;

    w->stops++;
    w->stopped = status;
}

static sl_status handle(sl_request *request, sl_response *response,
                        uint32_t generation, void *context)
{
    world *w = context;
    sl_body_source source = {.proceed = proceed, .stop = stop, .context = w};

    w->handled++;
    CHECK(&sl_exchange_of_response(response)->request == request);
    if (w->has_source) {
        CHECK(sl_response_set_source(response, generation, &source) == SL_OK);
        CHECK(sl_response_set_source(response, generation, &source) ==
              SL_EINVAL);
        CHECK(w->proceeds == 0);
    }
    return w->answer;
}

static void on_drain(sl_request *request, sl_response *response,
                     uint32_t generation, void *context)
{
    ((world *)context)->drains++;
}

static void on_abort(sl_request *request, sl_response *response,
                     uint32_t generation, void *context)
{
    ((world *)context)->aborts++;
}

static void begin(world *w, sl_status answer)
{
    char *error = NULL;
    sl_request *request;

    *w = (world){.answer = answer, .next = SL_OK, .write = 10};
    sl_native_init(&w->native);
    CHECK(sl_native_routes_add(&w->native.routes, "GET", "/", handle, w,
                               &error) == SL_OK);
    sink_open(&w->sink, &sl_pipeline_defaults);
    request = &w->sink.exchange->request;
    request->parts[SL_PART_METHOD] = (sl_span){"GET", 3};
    request->parts[SL_PART_PATH] = (sl_span){"/", 1};
    CHECK(sl_native_start(&w->native, w->sink.exchange));
    CHECK(w->handled == 0);
}

/* A turn as the worker makes it. */
static void turn(world *w)
{
    while (sl_native_run(&w->native, w->sink.pipeline->turn)) {
    }
    sink_turn(&w->sink, 1);
    if (w->sink.events != 0 && w->sink.exchange->is_native) {
        sl_native_on_events(w->sink.exchange, w->sink.events);
    }
    w->sink.events = 0;
}

/* The session lets go, as when its client leaves. */
static void leave(world *w)
{
    sl_exchange_release(w->sink.exchange, SL_HOLD_SESSION);
    w->ended = true;
    (void)sl_pipeline_deliver(w->sink.pipeline);
    if (w->sink.events != 0 && w->sink.exchange->is_native) {
        sl_native_on_events(w->sink.exchange, w->sink.events);
    }
    w->sink.events = 0;
    while (sl_native_run(&w->native, w->sink.pipeline->turn)) {
    }
}

static void end(world *w)
{
    if (!w->ended) {
        leave(w);
    }
    sl_native_end_all(&w->native);
    sl_native_deinit(&w->native);
    sl_pipeline_destroy(w->sink.pipeline);
}

/* --- Handlers ------------------------------------------------------------------ */

static void a_handler_runs_from_the_loop_and_its_return_ends_it(void **state)
{
    world w;

    begin(&w, SL_OK);
    CHECK(sl_native_is_runnable(&w.native) && w.native.handlers == 1);
    turn(&w);
    CHECK(w.handled == 1 && w.native.handlers == 0);
    CHECK(sl_response_is_done(w.sink.response));
    CHECK(!sl_native_is_runnable(&w.native));
    end(&w);
}

static void a_path_without_its_method_is_405_and_another_not_ours(void **state)
{
    world w;
    sl_span allow;

    begin(&w, SL_OK);
    w.sink.exchange->request.parts[SL_PART_PATH] = (sl_span){"/x", 2};
    CHECK(!sl_native_start(&w.native, w.sink.exchange));
    end(&w);

    sink_open(&w.sink, &sl_pipeline_defaults);
    sl_native_init(&w.native);
    CHECK(sl_native_routes_add(&w.native.routes, "PUT", "/", handle, &w,
                               NULL) == SL_OK);
    w.sink.exchange->request.parts[SL_PART_METHOD] = (sl_span){"GET", 3};
    w.sink.exchange->request.parts[SL_PART_PATH] = (sl_span){"/", 1};
    CHECK(sl_native_start(&w.native, w.sink.exchange));
    CHECK(w.sink.response->status == 405 && w.sink.response->finished);
    CHECK(sl_response_header(w.sink.response, w.sink.generation, "Allow", 5, 0,
                             &allow) == SL_OK);
    CHECK(allow.len == 3 && memcmp(allow.data, "PUT", 3) == 0);
    w.ended = false;
    end(&w);
}

static void a_handler_that_fails_is_a_500(void **state)
{
    world w;

    begin(&w, SL_ESYSTEM);
    turn(&w);
    CHECK(w.sink.response->status == 500);
    CHECK(sl_response_is_done(w.sink.response));
    end(&w);
}

static void a_pending_handler_ends_when_it_says_so(void **state)
{
    sl_response *response;
    uint32_t generation;
    world w;

    begin(&w, SL_PENDING);
    response = w.sink.response;
    generation = w.sink.generation;
    turn(&w);
    CHECK(w.native.handlers == 1 && !response->finished);
    CHECK(sl_response_write(response, generation, "late", 4) == SL_OK);
    CHECK(sl_response_indicate_completion(response, generation, SL_PENDING) ==
          SL_EINVAL);
    CHECK(sl_response_indicate_completion(response, generation, SL_OK) ==
          SL_OK);
    CHECK(sl_response_indicate_completion(response, generation, SL_OK) ==
          SL_EFINISHED);
    CHECK(sl_response_on_drain(response, generation, on_drain, &w) ==
          SL_EFINISHED);
    turn(&w);
    CHECK(sink_took(&w.sink, "late") && w.native.handlers == 0);
    leave(&w);
    CHECK(sl_response_indicate_completion(response, generation, SL_OK) ==
          SL_EGONE);
    CHECK(sl_response_on_abort(response, generation, on_abort, &w) == SL_EGONE);
    end(&w);
}

static void what_lua_answers_is_none_of_these(void **state)
{
    sl_body_source source = {.proceed = proceed};
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_indicate_completion(s.response, s.generation, SL_OK) ==
          SL_EINVAL);
    CHECK(sl_response_on_drain(s.response, s.generation, on_drain, NULL) ==
          SL_EINVAL);
    CHECK(sl_response_set_source(s.response, s.generation, &source) ==
          SL_EINVAL);
    sink_close(&s);
}

static void a_drain_is_told_once_and_only_below_the_mark(void **state)
{
    world w;

    begin(&w, SL_PENDING);
    turn(&w);
    CHECK(sl_response_on_drain(w.sink.response, w.sink.generation, on_drain,
                               &w) == SL_OK);
    w.sink.allowed = 0;
    CHECK(sl_response_write(w.sink.response, w.sink.generation, bytes,
                            sizeof bytes) == SL_OK);
    CHECK(sl_response_on_drain(w.sink.response, w.sink.generation, on_drain,
                               &w) == SL_PENDING);
    turn(&w);
    turn(&w);
    CHECK(w.drains == 0);
    w.sink.allowed = sizeof w.sink.text;
    turn(&w);
    w.sink.len = 0;
    w.sink.allowed = sizeof w.sink.text;
    turn(&w);
    CHECK(w.drains == 0); /* 200 KiB less 128 is 72, but not yet looked at */
    turn(&w);
    CHECK(w.drains == 1);
    turn(&w);
    CHECK(w.drains == 1);
    end(&w);
}

static void an_abort_is_told_once_and_also_afterwards(void **state)
{
    sl_response *response;
    uint32_t generation;
    world w;

    begin(&w, SL_PENDING);
    response = w.sink.response;
    generation = w.sink.generation;
    turn(&w);
    w.sink.allowed = 0;
    CHECK(sl_response_on_abort(response, generation, on_abort, &w) == SL_OK);
    CHECK(sl_response_write(response, generation, bytes, sizeof bytes) ==
          SL_OK);
    CHECK(sl_response_on_drain(response, generation, on_drain, &w) ==
          SL_PENDING);
    leave(&w);
    CHECK(w.aborts == 1 && w.drains == 1);
    CHECK(w.native.handlers == 1); /* it has still to end */
    CHECK(sl_response_write(response, generation, "x", 1) == SL_EABORTED);
    CHECK(sl_response_on_abort(response, generation, on_abort, &w) == SL_OK);
    CHECK(w.aborts == 1);
    turn(&w);
    CHECK(w.aborts == 2);
    CHECK(sl_response_indicate_completion(response, generation, SL_EABORTED) ==
          SL_OK);
    turn(&w);
    CHECK(sl_response_write(response, generation, "x", 1) == SL_EGONE);
    end(&w);
}

static void handlers_that_never_end_are_ended(void **state)
{
    world w;

    begin(&w, SL_PENDING);
    turn(&w);
    CHECK(sl_response_on_abort(w.sink.response, w.sink.generation, on_abort,
                               &w) == SL_OK);
    sl_native_cancel_all(&w.native);
    turn(&w);
    turn(&w);
    CHECK(w.aborts == 1 && w.native.handlers == 1);
    sl_native_end_all(&w.native);
    CHECK(w.native.handlers == 0);
    end(&w);
}

/* --- Sources ------------------------------------------------------------------- */

static void a_source_makes_the_body_and_its_end(void **state)
{
    world w;

    begin(&w, SL_OK);
    w.has_source = true;
    w.last = 3;
    turn(&w);
    CHECK(w.proceeds == 3 && w.stops == 1 && w.stopped == SL_OK);
    turn(&w);
    CHECK(w.sink.len == 30 && sl_response_is_done(w.sink.response));
    end(&w);
    CHECK(w.stops == 1);
}

static void a_source_never_fills_more_than_the_mark_and_one_write(void **state)
{
    uint64_t mark = sl_pipeline_defaults.high_water;
    world w;

    begin(&w, SL_PENDING);
    w.has_source = true;
    w.write = 1000;
    w.sink.allowed = 0;
    for (int i = 0; i < 10; i++) {
        turn(&w);
    }
    CHECK(w.proceeds >= mark / (w.write + 100));
    CHECK(w.proceeds <= mark / w.write + 1);
    for (int i = 0; i < 100; i++) {
        w.sink.allowed = 5000;
        w.sink.len = 0;
        turn(&w);
        CHECK(w.sink.response->accepted_bytes - w.sink.response->sent_bytes <=
              (double)(mark + w.write));
    }
    CHECK(w.proceeds >= 490);
    CHECK(w.stops == 0);
    leave(&w);
    CHECK(w.stops == 1 && w.stopped == SL_EABORTED);
    end(&w);
    CHECK(w.stops == 1);
}

static void a_source_that_waits_is_called_when_it_is_resumed(void **state)
{
    world w;

    begin(&w, SL_OK);
    w.has_source = true;
    w.next = SL_PENDING;
    turn(&w);
    turn(&w);
    CHECK(w.proceeds == 1 && !sl_native_is_runnable(&w.native));
    CHECK(sl_response_resume_source(w.sink.response, w.sink.generation) ==
          SL_OK);
    CHECK(w.proceeds == 1);
    turn(&w);
    CHECK(w.proceeds == 2);
    w.resume_inside = true; /* is not lost */
    w.last = 5;
    CHECK(sl_response_resume_source(w.sink.response, w.sink.generation) ==
          SL_OK);
    turn(&w);
    CHECK(w.proceeds == 5 && w.stops == 1 && w.stopped == SL_OK);
    end(&w);
}

static void a_source_that_writes_nothing_waits_a_turn(void **state)
{
    world w;

    begin(&w, SL_OK);
    w.has_source = true;
    w.write = 0;
    turn(&w);
    CHECK(w.proceeds == 1 && sl_native_is_runnable(&w.native));
    turn(&w);
    CHECK(w.proceeds == 2);
    end(&w);
}

static void a_source_has_a_share_of_the_turn(void **state)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    world w;

    begin(&w, SL_OK);
    w.has_source = true;
    w.write = sizeof w.sink.text / 8;
    settings.quota_bytes = 3 * w.write;
    w.sink.pipeline->settings.quota_bytes = settings.quota_bytes;
    turn(&w);
    CHECK(w.proceeds == 3);
    w.sink.len = 0;
    turn(&w);
    CHECK(w.proceeds == 6);
    end(&w);
}

static void a_source_that_fails_fails_the_handler(void **state)
{
    world w;

    begin(&w, SL_OK);
    w.has_source = true;
    w.next = SL_ESYSTEM;
    turn(&w);
    CHECK(w.stops == 1 && w.stopped == SL_ESYSTEM);
    CHECK(w.sink.response->status == 500); /* nothing had left */
    end(&w);
}

static void sources_stop_with_their_server(void **state)
{
    world w;

    begin(&w, SL_OK);
    w.has_source = true;
    w.next = SL_PENDING;
    turn(&w);
    sl_native_cancel_all(&w.native);
    CHECK(w.stops == 0);
    turn(&w);
    CHECK(w.stops == 1 && w.stopped == SL_ECANCELLED);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_runs_from_the_loop_and_its_return_ends_it),
        cmocka_unit_test(a_path_without_its_method_is_405_and_another_not_ours),
        cmocka_unit_test(a_handler_that_fails_is_a_500),
        cmocka_unit_test(a_pending_handler_ends_when_it_says_so),
        cmocka_unit_test(what_lua_answers_is_none_of_these),
        cmocka_unit_test(a_drain_is_told_once_and_only_below_the_mark),
        cmocka_unit_test(an_abort_is_told_once_and_also_afterwards),
        cmocka_unit_test(handlers_that_never_end_are_ended),
        cmocka_unit_test(a_source_makes_the_body_and_its_end),
        cmocka_unit_test(a_source_never_fills_more_than_the_mark_and_one_write),
        cmocka_unit_test(a_source_that_waits_is_called_when_it_is_resumed),
        cmocka_unit_test(a_source_that_writes_nothing_waits_a_turn),
        cmocka_unit_test(a_source_has_a_share_of_the_turn),
        cmocka_unit_test(a_source_that_fails_fails_the_handler),
        cmocka_unit_test(sources_stop_with_their_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
