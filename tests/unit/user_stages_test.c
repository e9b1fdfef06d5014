/* Stages of <sluice/stage.h>. */
#include "sink.h"

#include <stdlib.h>

#include "pipeline/fragment.h"

static const uint32_t ASYNC = SL_ASYNC | SL_MORE_DATA;

/* What one stage of a test is told, and what it does. */
typedef struct note {
    char calls[64]; /* a letter each: h p f e c a x */
    sl_status headers;
    sl_status why;     /* of the abort */
    uint32_t keeps;    /* bytes kept back until a flush */
    bool waits;        /* at the next push */
    sl_stage *waiting; /* the stage, then */
    const char *adds;  /* put out at the end */
    char kept[16];
    size_t nkept;
} note;

static void call(note *n, char letter)
{
    size_t len = strlen(n->calls);

    if (len + 1 < sizeof n->calls) {
        n->calls[len] = letter;
    }
}

static sl_status on_headers(sl_stage *stage, sl_response *response,
                            uint32_t generation, void *state)
{
    note *n = state;

    call(n, 'h');
    if (n->headers == SL_PENDING) {
        n->waiting = stage;
    }
    return n->headers;
}

static void put(sl_stage *stage, uint32_t generation, const char *text,
                size_t len)
{
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = text, .len = len};

    CHECK(sl_stage_put(stage, generation, &chunk, 1) == SL_OK);
}

static void put_upper(sl_stage *stage, uint32_t generation, sl_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.data[i];

        c = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        put(stage, generation, &c, 1);
    }
}

/* Put all in capitals; the last `keeps` bytes only at a flush. */
static sl_status on_push(sl_stage *stage, sl_response *response,
                         uint32_t generation, uint32_t how, void *state)
{
    note *n = state;
    sl_span bytes;
    sl_status rc;

    call(n, "pfe"[how]);
    if (n->waits) {
        n->waits = false;
        n->waiting = stage;
        return SL_PENDING;
    }
    while ((rc = sl_stage_next_bytes(stage, generation, &bytes)) == SL_OK) {
        put_upper(stage, generation, (sl_span){n->kept, n->nkept});
        n->nkept = 0;
        if (n->keeps > 0 && bytes.len > n->keeps) {
            n->nkept = n->keeps;
            bytes.len -= n->keeps;
            memcpy(n->kept, bytes.data + bytes.len, n->nkept);
        }
        put_upper(stage, generation, bytes);
        CHECK(sl_stage_drop(stage, generation,
                            (double)(bytes.len + n->nkept)) == SL_OK);
    }
    if (rc < 0 && rc != SL_EAGAIN) {
        return rc;
    }
    if (how != SL_STAGE_PUSH) {
        put_upper(stage, generation, (sl_span){n->kept, n->nkept});
        n->nkept = 0;
    }
    if (how == SL_STAGE_END && rc == SL_EMPTY && n->adds != NULL) {
        put(stage, generation, n->adds, strlen(n->adds));
    }
    return sl_stage_hold(stage, generation, (double)n->nkept);
}

static void on_clear(sl_stage *stage, sl_response *response,
                     uint32_t generation, void *state)
{
    note *n = state;

    call(n, 'c');
    n->nkept = 0;
}

static void on_abort(sl_stage *stage, sl_response *response,
                     uint32_t generation, sl_status why, void *state)
{
    call(state, 'a');
    ((note *)state)->why = why;
}

static void on_end(void *state)
{
    call(state, 'x');
}

static const sl_stage_type upper = {
    .size = sizeof upper,
    .name = "upper",
    .holds_bytes = 8,
    .holds_ms = 50,
    .headers = on_headers,
    .push = on_push,
    .clear = on_clear,
    .abort = on_abort,
    .end = on_end,
};

static void open_with(sink *s, note *n)
{
    sink_open(s, &sl_pipeline_defaults);
    CHECK(sl_response_add_stage(s->response, s->generation, &upper, n) ==
          SL_OK);
}

static void write_last(sink *s, const char *text)
{
    sl_operation op;

    CHECK(sink_write(s, text, 0, &op) == SL_OK);
}

static void a_stage_changes_a_body_and_is_told_each_step(void **state)
{
    note n = {.adds = "!"};
    sink s;

    open_with(&s, &n);
    write_last(&s, "abc");
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "ABC!") && s.response->phase == SL_PHASE_DONE);
    sink_close(&s);
    CHECK(strcmp(n.calls, "hex") == 0);
}

static void what_is_kept_completes_with_the_flush_that_puts_it_out(void **state)
{
    note n = {.keeps = 2};
    sl_operation write, flush;
    sl_completion done;
    sink s;

    open_with(&s, &n);
    CHECK(sink_write(&s, "abcd", ASYNC, &write) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "AB"));
    CHECK(sink_collect(&s, write.id, &done) == SL_PENDING);
    CHECK(sink_flush(&s, ASYNC, &flush) == SL_PENDING);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "ABCD"));
    CHECK(sink_collect(&s, write.id, &done) == SL_OK && done.bytes == 4);
    CHECK(sink_collect(&s, flush.id, &done) == SL_OK);
    sink_close(&s);
}

static void what_was_kept_long_enough_is_flushed(void **state)
{
    note n = {.keeps = 2};
    sl_operation op;
    sink s;

    open_with(&s, &n);
    CHECK(sink_write(&s, "abcd", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    sink_turn(&s, 60);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "ABCD"));
    sink_close(&s);
}

static void a_stage_that_keeps_more_than_declared_is_flushed(void **state)
{
    note n = {.keeps = 9};
    sl_operation op;
    sink s;

    open_with(&s, &n);
    CHECK(sink_write(&s, "0123456789abcdef", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "0123456789ABCDEF") && s.failed_stage == NULL);
    sink_close(&s);
}

static sl_status push_liar(sl_stage *stage, sl_response *response,
                           uint32_t generation, uint32_t how, void *state)
{
    sl_span bytes;

    while (sl_stage_next_bytes(stage, generation, &bytes) == SL_OK) {
        CHECK(sl_stage_drop(stage, generation, SL_TO_END) == SL_OK);
    }
    return sl_stage_hold(stage, generation, 9);
}

static void a_stage_that_never_gives_up_what_it_keeps_is_named(void **state)
{
    static const sl_stage_type liar = {.size = sizeof liar,
                                       .name = "liar",
                                       .holds_bytes = 8,
                                       .push = push_liar};
    sl_operation op;
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_add_stage(s.response, s.generation, &liar, NULL) ==
          SL_OK);
    CHECK(sink_write(&s, "123456789", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(s.failed_with == SL_ETOOBIG && strcmp(s.failed_stage, "liar") == 0);
    CHECK(s.response->status == 500);
    sink_close(&s);
}

static void a_stage_that_waits_before_the_head_keeps_it(void **state)
{
    note n = {.headers = SL_PENDING};
    sink s;

    open_with(&s, &n);
    write_last(&s, "abc");
    sink_turn(&s, 1);
    CHECK(s.len == 0 && s.response->phase == SL_PHASE_HEAD);
    CHECK(sl_response_set_status(s.response, s.generation, 201, NULL, 0) ==
          SL_OK);
    CHECK(sl_stage_resume(n.waiting, s.generation, SL_OK) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "ABC") && s.response->status == 201);
    CHECK(sl_stage_resume(n.waiting, s.generation, SL_OK) == SL_EINVAL);
    sink_close(&s);
    CHECK(strcmp(n.calls, "hex") == 0);
}

static void a_stage_that_does_not_take_part_is_taken_out(void **state)
{
    note n = {.headers = SL_EMPTY};
    sink s;

    open_with(&s, &n);
    write_last(&s, "abc");
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abc"));
    CHECK(strcmp(n.calls, "hx") == 0);
    sink_close(&s);
}

static void a_wait_goes_on_with_what_has_come_meanwhile(void **state)
{
    note n = {.waits = true};
    sl_operation op;
    sink s;

    open_with(&s, &n);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(s.len == 0 && n.waiting != NULL);
    write_last(&s, "de");
    sink_turn(&s, 1);
    CHECK(s.len == 0 && !sl_response_is_complete(s.response));
    CHECK(sl_stage_resume(n.waiting, s.generation, SL_EAGAIN) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "ABCDE") && s.response->phase == SL_PHASE_DONE);
    sink_close(&s);
}

static void a_wait_that_fails_fails_the_answer(void **state)
{
    note n = {.waits = true};
    sl_operation op;
    sink s;

    open_with(&s, &n);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sl_stage_resume(n.waiting, s.generation, SL_ESYSTEM) == SL_OK);
    sink_turn(&s, 1);
    CHECK(s.response->status == 500 && s.failed_with == SL_ESYSTEM);
    CHECK(n.why == SL_ESTAGE && strcmp(n.calls, "hpax") == 0);
    sink_close(&s);
}

static void a_wait_without_an_end_is_ended(void **state)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;
    note n = {.waits = true};
    sl_operation op;
    sink s;

    settings.stage_timeout_ms = 100;
    sink_open(&s, &settings);
    CHECK(sl_response_add_stage(s.response, s.generation, &upper, &n) == SL_OK);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    sink_turn(&s, 98);
    CHECK(sl_stage_resume(n.waiting, s.generation, SL_EAGAIN) == SL_OK);
    n.waits = true; /* another wait has all of its time again */
    sink_turn(&s, 1);
    sink_turn(&s, 98);
    sink_turn(&s, 1);
    CHECK(s.failed_stage == NULL);
    sink_turn(&s, 1);
    sink_turn(&s, 1);
    CHECK(s.failed_with == SL_ETIMEDOUT && s.response->status == 503);
    CHECK(sl_counter_see(&s.pipeline->tally->stuck) == 1);
    CHECK(n.why == SL_ESTAGE && strcmp(n.calls, "hppax") == 0);
    CHECK(sl_stage_resume(n.waiting, s.generation, SL_OK) == SL_EGONE);
    sink_close(&s);
}

/* It is the server that says that one took too long. */
static void a_stage_that_says_timed_out_has_failed(void **state)
{
    note n = {.waits = true};
    sl_operation op;
    sink s;

    open_with(&s, &n);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sl_stage_resume(n.waiting, s.generation, SL_ETIMEDOUT) == SL_OK);
    sink_turn(&s, 1);
    CHECK(s.response->status == 500 && s.failed_with == SL_ESTAGE);
    sink_close(&s);
}

static sl_status say_length(sl_stage *stage, sl_response *response,
                            uint32_t generation, void *state)
{
    CHECK(sl_stage_set_length(stage, generation, -1) == SL_EINVAL);
    return sl_stage_set_length(stage, generation, *(const double *)state);
}

static sl_status say_it_late(sl_stage *stage, sl_response *response,
                             uint32_t generation, uint32_t how, void *state)
{
    sl_chunk chunk;

    CHECK(sl_stage_set_length(stage, generation, 3) == SL_EINVAL);
    while (sl_stage_next(stage, generation, &chunk) == SL_OK) {
        CHECK(sl_stage_pass(stage, generation, SL_TO_END) == SL_OK);
    }
    return SL_OK;
}

static void a_length_that_a_stage_gives_is_kept(void **state)
{
    static const sl_stage_type type = {.size = sizeof type,
                                       .name = "measured",
                                       .headers = say_length,
                                       .push = say_it_late};
    double length = 3;
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_add_stage(s.response, s.generation, &type, &length) ==
          SL_OK);
    write_last(&s, "abc");
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abc") && s.response->shaped == 3);
    sink_close(&s);

    length = 4;
    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_add_stage(s.response, s.generation, &type, &length) ==
          SL_OK);
    write_last(&s, "abc");
    sink_turn(&s, 1);
    CHECK(s.failed_with == SL_ELENGTH && s.response->status == 500);
    sink_close(&s);
}

static void clearing_an_answer_begins_its_stages_again(void **state)
{
    note n = {.keeps = 1};
    sl_operation op;
    sink s;

    open_with(&s, &n);
    CHECK(sink_write(&s, "x", SL_MORE_DATA, &op) == SL_OK);
    n.waits = true;
    sink_turn(&s, 1);
    CHECK(sl_response_set_status(s.response, s.generation, 404, NULL, 0) ==
          SL_ECOMMITTED);
    CHECK(sl_response_clear(s.response, s.generation) == SL_OK);
    CHECK(sl_stage_resume(n.waiting, s.generation, SL_OK) == SL_EINVAL);
    CHECK(sl_response_set_status(s.response, s.generation, 404, NULL, 0) ==
          SL_OK);
    write_last(&s, "lost");
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "LOST") && s.response->status == 404);
    sink_close(&s);
    CHECK(strcmp(n.calls, "hpchex") == 0);
}

static void add(sink *s, int32_t order, note *n)
{
    static sl_stage_type types[3];
    sl_stage_type *type = &types[order];

    *type = upper;
    type->order = order / 2;
    CHECK(sl_response_add_stage(s->response, s->generation, type, n) == SL_OK);
}

/* Whatever became of the answer before: those that stayed out of it are asked
 * about the new one, in their old places. */
static void an_answer_that_begins_again_has_all_of_its_stages(void **state)
{
    note notes[3] = {{.adds = "0", .headers = SL_EMPTY},
                     {.adds = "1", .headers = SL_EMPTY},
                     {.adds = "2"}};
    sl_operation op;
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    for (int i = 0; i < 3; i++) { /* of the first two the order is the same */
        add(&s, i, &notes[i]);
    }
    notes[2].waits = true;
    CHECK(sink_write(&s, "x", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(strcmp(notes[0].calls, "h") == 0);
    CHECK(sl_response_clear(s.response, s.generation) == SL_OK);
    notes[0].headers = SL_OK;
    notes[1].headers = SL_OK;
    write_last(&s, "error");
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "ERROR210"));
    sink_close(&s);
    CHECK(strcmp(notes[0].calls, "hchex") == 0);
    CHECK(strcmp(notes[2].calls, "hpchex") == 0);
}

/* It had done all of its work for an answer that never left. */
static void a_stage_that_saw_the_end_sees_that_of_the_next_answer(void **state)
{
    note last = {.headers = SL_PENDING};
    note first = {.adds = "!"};
    sl_operation op;
    sink s;

    open_with(&s, &last);
    CHECK(sl_response_add_stage(s.response, s.generation, &upper, &first) ==
          SL_OK);
    CHECK(sink_write(&s, "x", 0, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sl_stage_resume(last.waiting, s.generation, SL_OK) == SL_OK);
    last.waits = true;
    sink_turn(&s, 1);
    CHECK(strcmp(first.calls, "he") == 0 && strcmp(last.calls, "he") == 0);
    CHECK(sl_response_clear(s.response, s.generation) == SL_OK);
    last.headers = SL_OK;
    write_last(&s, "again");
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "AGAIN!"));
    sink_close(&s);
    CHECK(strcmp(first.calls, "hechex") == 0);
}

static void an_abort_is_told_once_and_the_state_freed(void **state)
{
    note n = {.keeps = 1};
    sl_operation op;
    sink s;

    open_with(&s, &n);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(sl_response_abort(s.response, s.generation) == SL_OK);
    CHECK(strcmp(n.calls, "hpa") == 0 && n.why == SL_EABORTED);
    sink_close(&s);
    CHECK(strcmp(n.calls, "hpax") == 0);
}

static void the_stage_added_first_is_the_last_to_see_the_chunks(void **state)
{
    note first = {.adds = "1"}, second = {.adds = "2"}, outer = {.adds = "o"};
    sl_stage_type outermost = upper;
    sink s;

    outermost.order = -1;
    open_with(&s, &first);
    CHECK(sl_response_add_stage(s.response, s.generation, &outermost, &outer) ==
          SL_OK);
    CHECK(sl_response_add_stage(s.response, s.generation, &upper, &second) ==
          SL_OK);
    write_last(&s, "-");
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "-21O") || sink_took(&s, "-21o"));
    sink_close(&s);
}

/* --- Files ------------------------------------------------------------------------ */

static int file_of(const char *text)
{
    char name[] = "/tmp/stage-XXXXXX";
    int fd = mkstemp(name);

    CHECK(fd >= 0 && unlink(name) == 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    return fd;
}

static void write_file(sink *s, int fd, double extent)
{
    sl_chunk chunk = {.kind = SL_CHUNK_FILE, .fd = fd, .extent = extent};
    sl_operation op = {.flags = 0};

    CHECK(sl_response_write_entity_chunks(s->response, s->generation, &chunk, 1,
                                          &op) == SL_OK);
}

static void the_bytes_of_a_file_are_read_for_who_asks(void **state)
{
    note n = {0};
    sink s;

    open_with(&s, &n);
    write_file(&s, file_of("from a file"), SL_TO_END);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "FROM A FILE") && s.closed == 1);
    sink_close(&s);
}

static void a_file_that_is_too_short_fails_the_stage(void **state)
{
    note n = {0};
    sink s;

    open_with(&s, &n);
    write_file(&s, file_of("short"), 6);
    sink_turn(&s, 1);
    CHECK(s.response->status == 500 && s.failed_with == SL_ESYSTEM);
    CHECK(s.closed == 1);
    sink_close(&s);
}

/* Passes the first three bytes, drops one, passes the rest. */
static sl_status push_cut(sl_stage *stage, sl_response *response,
                          uint32_t generation, uint32_t how, void *state)
{
    sl_chunk chunk;
    int *nfiles = state;

    while (sl_stage_next(stage, generation, &chunk) == SL_OK) {
        *nfiles += chunk.kind == SL_CHUNK_FILE ? 1 : 0;
        if (sl_stage_pass(stage, generation, 3) == SL_OK) {
            CHECK(sl_stage_drop(stage, generation, 1) == SL_OK);
        }
        if (sl_stage_next(stage, generation, &chunk) == SL_OK) {
            CHECK(sl_stage_pass(stage, generation, chunk.extent + 1000) ==
                  SL_EINVAL);
            CHECK(sl_stage_pass(stage, generation, SL_TO_END) == SL_OK);
        }
    }
    return SL_OK;
}

static void a_stage_cuts_a_file_without_reading_it(void **state)
{
    static const sl_stage_type cut = {
        .size = sizeof cut, .name = "cut", .push = push_cut};
    int nfiles = 0;
    sink s;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_add_stage(s.response, s.generation, &cut, &nfiles) ==
          SL_OK);
    write_file(&s, file_of("abc-def"), SL_TO_END);
    sink_turn(&s, 1);
    sink_turn(&s, 1);
    CHECK(sink_took(&s, "abcdef") && nfiles == 1 && s.closed == 1);
    sink_close(&s);
}

/* --- Lengths ------------------------------------------------------------------------ */

/* Drops a byte, and puts as many as the test says in its place. */
static sl_status push_length(sl_stage *stage, sl_response *response,
                             uint32_t generation, uint32_t how, void *state)
{
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = "xy"};
    sl_span bytes;

    while (sl_stage_next_bytes(stage, generation, &bytes) == SL_OK) {
        sl_status rc = sl_stage_drop(stage, generation, 1);

        chunk.len = *(size_t *)state;
        if (rc == SL_OK) {
            rc = sl_stage_put(stage, generation, &chunk, 1);
        }
        if (rc < 0) {
            return rc;
        }
    }
    return SL_OK;
}

static void keep_length(sink *s, size_t *len)
{
    static const sl_stage_type keeps = {.size = sizeof keeps,
                                        .flags = SL_STAGE_KEEPS_LENGTH,
                                        .name = "keeps",
                                        .push = push_length};

    sink_open(s, &sl_pipeline_defaults);
    CHECK(sl_response_add_stage(s->response, s->generation, &keeps, len) ==
          SL_OK);
    write_last(s, "abc");
    sink_turn(s, 1);
    CHECK(!s->response->reshaped);
}

static void a_stage_that_keeps_the_length_may_not_change_it(void **state)
{
    size_t len = 1;
    sink s;

    keep_length(&s, &len);
    CHECK(sink_took(&s, "xxx"));
    sink_close(&s);
    len = 2;
    keep_length(&s, &len);
    CHECK(s.response->status == 500 && s.failed_with == SL_ELENGTH);
    sink_close(&s);
    len = 0;
    keep_length(&s, &len);
    CHECK(s.response->status == 500 && s.failed_with == SL_ELENGTH);
    sink_close(&s);
}

static void calls_at_the_wrong_time_are_refused(void **state)
{
    note n = {.headers = SL_PENDING};
    sl_operation op;
    sl_stage *stage;
    sl_span bytes;
    sink s;

    open_with(&s, &n);
    CHECK(sink_write(&s, "abc", SL_MORE_DATA, &op) == SL_OK);
    CHECK(sl_response_add_stage(s.response, s.generation, &upper, &n) ==
          SL_ECOMMITTED);
    sink_turn(&s, 1);
    stage = n.waiting;
    CHECK(sl_stage_next_bytes(stage, s.generation + 1, &bytes) == SL_EGONE);
    CHECK(sl_response_abort(s.response, s.generation) == SL_OK);
    CHECK(sl_stage_next_bytes(stage, s.generation, &bytes) == SL_EGONE);
    CHECK(sl_stage_resume(stage, s.generation, SL_OK) == SL_EINVAL);
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stage_changes_a_body_and_is_told_each_step),
        cmocka_unit_test(
            what_is_kept_completes_with_the_flush_that_puts_it_out),
        cmocka_unit_test(what_was_kept_long_enough_is_flushed),
        cmocka_unit_test(a_stage_that_keeps_more_than_declared_is_flushed),
        cmocka_unit_test(a_stage_that_never_gives_up_what_it_keeps_is_named),
        cmocka_unit_test(a_stage_that_waits_before_the_head_keeps_it),
        cmocka_unit_test(a_wait_without_an_end_is_ended),
        cmocka_unit_test(a_stage_that_says_timed_out_has_failed),
        cmocka_unit_test(a_length_that_a_stage_gives_is_kept),
        cmocka_unit_test(a_stage_that_does_not_take_part_is_taken_out),
        cmocka_unit_test(a_wait_goes_on_with_what_has_come_meanwhile),
        cmocka_unit_test(a_wait_that_fails_fails_the_answer),
        cmocka_unit_test(clearing_an_answer_begins_its_stages_again),
        cmocka_unit_test(an_answer_that_begins_again_has_all_of_its_stages),
        cmocka_unit_test(a_stage_that_saw_the_end_sees_that_of_the_next_answer),
        cmocka_unit_test(an_abort_is_told_once_and_the_state_freed),
        cmocka_unit_test(the_stage_added_first_is_the_last_to_see_the_chunks),
        cmocka_unit_test(the_bytes_of_a_file_are_read_for_who_asks),
        cmocka_unit_test(a_file_that_is_too_short_fails_the_stage),
        cmocka_unit_test(a_stage_cuts_a_file_without_reading_it),
        cmocka_unit_test(a_stage_that_keeps_the_length_may_not_change_it),
        cmocka_unit_test(calls_at_the_wrong_time_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
