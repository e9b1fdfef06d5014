/* Ranges as a stage: what is sent of a body, and what its head says. */
#include "ranged.h"

#include <stdio.h>
#include <stdlib.h>

static void a_part_of_a_body_is_sent(void **state)
{
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=2-5");
    finish_with(&s, "0123456789");
    CHECK(sink_took(&s, "2345") && s.response->status == 206);
    CHECK(s.response->shaped == 4);
    CHECK(says(&s, "Content-Range", "bytes 2-5/10"));
    CHECK(says(&s, "Accept-Ranges", "bytes"));
    sink_close(&s);
}

static void without_a_range_the_stage_is_not_there(void **state)
{
    sink s;

    open_ranged(&s);
    finish_with(&s, "0123456789");
    CHECK(sink_took(&s, "0123456789") && s.response->stages == NULL);
    CHECK(says(&s, "Accept-Ranges", "bytes") && !s.response->reshaped);
    sink_close(&s);
}

static void operations_complete_with_what_was_skipped(void **state)
{
    static const uint32_t async = SL_ASYNC | SL_MORE_DATA;
    static const char *const texts[] = {"0123", "4567", "89ab"};
    sl_operation ops[3];
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=5-6");
    say(&s, "Content-Length", "12");
    for (int i = 0; i < 3; i++) {
        CHECK(sink_write(&s, texts[i], async, &ops[i]) == SL_PENDING);
    }
    s.allowed = 1;
    CHECK(sl_response_finish(s.response, s.generation) == SL_OK);
    sink_turn(&s, 1);
    for (int i = 0; i < 3; i++) {
        sl_completion done;
        sl_status rc = sink_collect(&s, ops[i].id, &done);

        CHECK(i == 0 ? rc == SL_OK && done.bytes == 4 : rc == SL_PENDING);
    }
    s.allowed = 100;
    sink_turn(&s, 1);
    for (int i = 1; i < 3; i++) {
        sl_completion done;

        CHECK(sink_collect(&s, ops[i].id, &done) == SL_OK && done.bytes == 4);
    }
    CHECK(sink_took(&s, "56") && s.response->phase == SL_PHASE_DONE);
    sink_close(&s);
}

static void open_whole(sink *s, const char *name, const char *value)
{
    sink_open(s, &sl_pipeline_defaults);
    s->exchange->request.parts[SL_PART_METHOD] = span("GET");
    ask(s, name, value);
}

static void offer_whole(sink *s)
{
    CHECK(sl_response_ranges(s->response, s->generation, SL_RANGES_WHOLE) ==
          SL_OK);
}

static void who_asks_for_all_of_a_whole_gets_it_without_a_stage(void **state)
{
    sink s;

    open_whole(&s, "Accept", "*/*");
    offer_whole(&s);
    CHECK(s.response->stages == NULL);
    CHECK(says(&s, "Accept-Ranges", "bytes"));
    finish_with(&s, "0123");
    CHECK(sink_took(&s, "0123"));
    sink_close(&s);

    open_whole(&s, "Range", "bytes=-1");
    offer_whole(&s);
    CHECK(s.response->stages != NULL);
    finish_with(&s, "0123");
    CHECK(sink_took(&s, "3") && says(&s, "Accept-Ranges", "bytes"));
    sink_close(&s);
}

static sl_status swallow(sl_stage *stage, sl_response *response,
                         uint32_t generation, uint32_t how, void *state)
{
    sl_chunk chunk;

    while (sl_stage_next(stage, generation, &chunk) == SL_OK) {
        CHECK(sl_stage_drop(stage, generation, SL_TO_END) == SL_OK);
    }
    return sl_stage_hold(stage, generation, 0);
}

/* Where there are none nothing is said of them. */
static void a_whole_of_which_there_are_no_ranges_says_so(void **state)
{
    static const sl_stage_type in_front = {
        .size = sizeof in_front, .name = "swallow", .push = swallow};
    sl_operation op;
    sink s;

    open_whole(&s, "Accept", "*/*");
    CHECK(sl_response_add_stage(s.response, s.generation, &in_front, NULL) ==
          SL_OK);
    offer_whole(&s);
    finish_with(&s, "0123");
    CHECK(s.len == 0 && says(&s, "Accept-Ranges", NULL));
    sink_close(&s);

    open_whole(&s, "Accept", "*/*");
    say(&s, "Accept-Ranges", "none");
    offer_whole(&s);
    finish_with(&s, "0123");
    CHECK(sink_took(&s, "0123") && says(&s, "Accept-Ranges", "none"));
    sink_close(&s);

    open_whole(&s, "Accept", "*/*");
    CHECK(sink_write(&s, "0123", SL_MORE_DATA, &op) == SL_OK);
    CHECK(sl_response_ranges(s.response, s.generation, SL_RANGES_WHOLE) ==
          SL_ECOMMITTED);
    finish_with(&s, "4567");
    CHECK(sink_took(&s, "01234567") && says(&s, "Accept-Ranges", NULL));
    sink_close(&s);

    open_whole(&s, "Accept", "*/*");
    CHECK(sl_response_set_status(s.response, s.generation, 404, NULL, 0) ==
          SL_OK);
    offer_whole(&s);
    finish_with(&s, "0123");
    CHECK(sink_took(&s, "0123") && says(&s, "Accept-Ranges", NULL));
    sink_close(&s);
}

static void what_is_asked_for_in_vain_is_416(void **state)
{
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=10-");
    say(&s, "Content-Type", "text/plain");
    finish_with(&s, "0123456789");
    CHECK(s.len == 0 && s.response->status == 416 && s.response->shaped == 0);
    CHECK(says(&s, "Content-Range", "bytes */10"));
    CHECK(says(&s, "Content-Type", NULL));
    sink_close(&s);
}

static void a_body_that_is_known_already_is_not_sent(void **state)
{
    sink s;

    open_ranged(&s);
    ask(&s, "If-None-Match", "\"a\"");
    say(&s, "ETag", "\"a\"");
    finish_with(&s, "0123456789");
    CHECK(s.len == 0 && s.response->status == 304);
    sink_close(&s);
}

/* A 304 says where the body would be, other answers without one do not. */
static void what_is_said_of_a_body_goes_with_it(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        int status;
        const char *location;
    } table[] = {
        {"If-None-Match", "*", 304, "/a"},
        {"If-Match", "\"b\"", 412, NULL},
        {"Range", "bytes=10-", 416, NULL},
        {"Range", "bytes=9-", 206, "/a"},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        sink s;

        open_ranged(&s);
        ask(&s, table[i].name, table[i].value);
        say(&s, "Content-Location", "/a");
        say(&s, "Content-Language", "de");
        finish_with(&s, "0123456789");
        CHECK(s.response->status == table[i].status);
        CHECK(says(&s, "Content-Location", table[i].location));
        CHECK(
            says(&s, "Content-Language", table[i].status == 206 ? "de" : NULL));
        sink_close(&s);
    }
}

static void an_unknown_length_has_no_ranges(void **state)
{
    sl_operation op;
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=0-1");
    CHECK(sink_write(&s, "0123", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "0123") && s.response->status == 200);
    CHECK(says(&s, "Accept-Ranges", NULL));
    finish_with(&s, "4");
    sink_close(&s);
}

static void none_are_offered_and_none_after_all(void **state)
{
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=0-1");
    say(&s, "Accept-Ranges", "none");
    finish_with(&s, "0123");
    CHECK(sink_took(&s, "0123"));
    sink_close(&s);

    open_ranged(&s);
    ask(&s, "Range", "bytes=0-1");
    CHECK(sl_response_ranges(s.response, s.generation, 0) == SL_OK);
    finish_with(&s, "0123");
    CHECK(sink_took(&s, "0123") && says(&s, "Accept-Ranges", NULL));
    CHECK(sl_response_ranges(s.response, s.generation, 1) == SL_ECOMMITTED);
    sink_close(&s);
}

static void an_answer_that_is_begun_again_is_asked_again(void **state)
{
    sink s;
    sl_operation op;

    open_ranged(&s);
    ask(&s, "Range", "bytes=-1");
    s.allowed = 0;
    CHECK(sink_write(&s, "0123", 0, &op) == SL_OK);
    CHECK(sl_response_clear(s.response, s.generation) == SL_OK);
    s.allowed = 100;
    finish_with(&s, "abcdef");
    CHECK(sink_took(&s, "f") && says(&s, "Content-Range", "bytes 5-5/6"));
    sink_close(&s);
}

/* The file has no descriptor that could be read: only what is asked for is. */
static void a_file_is_cut_and_not_read(void **state)
{
    char name[] = "/tmp/sluice-ranges-XXXXXX";
    int fd = mkstemp(name);
    sl_chunk file = {
        .kind = SL_CHUNK_FILE, .fd = fd, .offset = 0, .extent = 1e15};
    sl_operation op = {.flags = 0};
    sink s;

    CHECK(fd >= 0 && unlink(name) == 0);
    CHECK(pwrite(fd, "tea", 3, 1000000) == 3);
    open_ranged(&s);
    ask(&s, "Range", "bytes=1000000-1000002");
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, &file, 1,
                                          &op) == SL_OK);
    for (int i = 0; i < 4 && s.response->phase != SL_PHASE_DONE; i++) {
        sink_turn(&s, 1);
    }
    CHECK(sink_took(&s, "tea") && s.closed == 1);
    sink_close(&s);
}

static int asked(sink *s, const char *method, const char *tag, double modified)
{
    s->exchange->request.parts[SL_PART_METHOD] = span(method);
    s->exchange->request.is_head = strcmp(method, "HEAD") == 0;
    return sl_request_condition(&s->exchange->request, s->generation, tag,
                                tag != NULL ? strlen(tag) : 0, modified);
}

static void a_handler_asks_for_conditions_by_itself(void **state)
{
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(asked(&s, "GET", "\"a\"", -1) == SL_OK);
    ask(&s, "If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(asked(&s, "GET", NULL, 784111777) == 304);
    CHECK(asked(&s, "GET", NULL, 784111777.9) == 304);
    CHECK(asked(&s, "GET", NULL, 784111778) == SL_OK);
    CHECK(asked(&s, "GET", NULL, -1) == SL_OK);
    CHECK(asked(&s, "PUT", NULL, 784111777) == SL_OK);
    ask(&s, "If-None-Match", "\"a\"");
    CHECK(asked(&s, "GET", "\"a\"", -1) == 304);
    CHECK(asked(&s, "HEAD", "W/\"a\"", -1) == 304);
    CHECK(asked(&s, "GET", "\"b\"", 784111777) == SL_OK);
    CHECK(asked(&s, "PUT", "\"a\"", -1) == 412);
    CHECK(asked(&s, "PUT", "\"b\"", -1) == SL_OK);
    ask(&s, "If-Match", "\"b\"");
    CHECK(asked(&s, "PUT", "\"a\"", -1) == 412);
    CHECK(sl_request_condition(&s.exchange->request, s.generation + 1, NULL, 0,
                               -1) == SL_EGONE);
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_of_a_body_is_sent),
        cmocka_unit_test(without_a_range_the_stage_is_not_there),
        cmocka_unit_test(operations_complete_with_what_was_skipped),
        cmocka_unit_test(who_asks_for_all_of_a_whole_gets_it_without_a_stage),
        cmocka_unit_test(a_whole_of_which_there_are_no_ranges_says_so),
        cmocka_unit_test(what_is_asked_for_in_vain_is_416),
        cmocka_unit_test(a_body_that_is_known_already_is_not_sent),
        cmocka_unit_test(what_is_said_of_a_body_goes_with_it),
        cmocka_unit_test(an_unknown_length_has_no_ranges),
        cmocka_unit_test(none_are_offered_and_none_after_all),
        cmocka_unit_test(an_answer_that_is_begun_again_is_asked_again),
        cmocka_unit_test(a_file_is_cut_and_not_read),
        cmocka_unit_test(a_handler_asks_for_conditions_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
