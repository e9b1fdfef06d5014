/* Several ranges of one body: the parts, their order, and what becomes of chunks that
 * are cut and moved for them. */
#include "ranged.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/range.h"

enum { BODY_BYTES = 1000 };

/* "000:001:002: ...", so that each byte tells where it is from. */
static const char *body(void)
{
    static char text[BODY_BYTES + 1];

    for (unsigned i = 0; i < BODY_BYTES / 4; i++) {
        (void)snprintf(text + i * 4, 5, "%03u:", i % 1000);
    }
    return text;
}

/* What was sent is these parts of the body, in this order, and nothing else. */
static void check_parts(const sink *s, const sl_range *ranges, int count)
{
    char boundary[33];
    char expected[8192];
    size_t len = 0;

    (void)snprintf(boundary, sizeof boundary, "%.32s", s->text + 2);
    for (int i = 0; i < count; i++) {
        int n = (int)(ranges[i].last - ranges[i].first + 1);

        len += (size_t)snprintf(
            expected + len, sizeof expected - len,
            "%s--%s\r\nContent-Range: bytes %d-%d/%d\r\n\r\n%.*s",
            i > 0 ? "\r\n" : "", boundary, (int)ranges[i].first,
            (int)ranges[i].last, BODY_BYTES, n, body() + ranges[i].first);
    }
    len += (size_t)snprintf(expected + len, sizeof expected - len,
                            "\r\n--%s--\r\n", boundary);
    CHECK(s->len == len && memcmp(s->text, expected, len) == 0);
    CHECK(s->response->status == 206 && s->response->shaped == (double)len);
    CHECK(says(s, "Content-Range", NULL));
}

static void parts_have_the_type_of_the_whole(void **state)
{
    char endless[600];
    sink s;

    open_ranged(&s);
    ask(&s, "Range", "bytes=0-1, 500-501");
    say(&s, "Content-Type", "text/plain");
    finish_with(&s, body());
    s.text[s.len] = '\0';
    CHECK(strstr(s.text, "\r\nContent-Type: text/plain\r\nContent-Range: bytes "
                         "0-1/1000\r\n\r\n00\r\n--") == s.text + 34);
    CHECK(strstr(s.text, "\r\nContent-Type: text/plain\r\nContent-Range: bytes "
                         "500-501/1000\r\n\r\n12\r\n--") != NULL);
    CHECK(s.response->shaped == (double)s.len);
    sink_close(&s);

    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    open_ranged(&s);
    ask(&s, "Range", "bytes=0-1, 500-501");
    say(&s, "Content-Type", endless);
    finish_with(&s, body());
    check_parts(&s, (sl_range[]){{0, 1}, {500, 501}}, 2);
    sink_close(&s);
}

static const char mixed_up[] = "bytes=900-903, 0-3, 500-503, -4, 502-509";
static const sl_range mixed[] = {{900, 903}, {0, 3}, {500, 509}, {996, 999}};
static const sl_range sorted[] = {{0, 3}, {500, 509}, {900, 903}, {996, 999}};

static void parts_of_a_whole_body_are_in_the_order_of_the_field(void **state)
{
    sink s;

    open_ranged(&s);
    ask(&s, "Range", mixed_up);
    finish_with(&s, body());
    check_parts(&s, mixed, 4);
    sink_close(&s);
}

/* What is still to come cannot be sent before what is there. */
static void parts_of_a_body_that_is_written_yet_are_in_its_order(void **state)
{
    sl_operation op;
    sink s;

    open_ranged(&s);
    ask(&s, "Range", mixed_up);
    say(&s, "Content-Length", "1000");
    for (int at = 0; at < BODY_BYTES; at += 100) {
        char text[101];

        (void)snprintf(text, sizeof text, "%s", body() + at);
        CHECK(sink_write(&s, text, SL_MORE_DATA, &op) == SL_OK);
        CHECK(sl_response_flush(
                  s.response, s.generation,
                  &(sl_operation){.flags = SL_MORE_DATA | SL_ASYNC}) >= 0);
        sink_turn(&s, 1);
    }
    CHECK(sl_response_finish(s.response, s.generation) == SL_OK);
    sink_turn(&s, 1);
    CHECK(s.response->phase == SL_PHASE_DONE);
    check_parts(&s, sorted, 4);
    sink_close(&s);
}

static void on_release(void *context, const char *data, size_t len)
{
    *(int *)context += 1;
}

/* Its bytes are used in place until all of the parts have left. */
static void what_is_lent_is_given_back_behind_all_of_its_parts(void **state)
{
    int given_back[4] = {0};
    sl_operation op = {.flags = 0};
    sl_chunk chunks[4];
    sink s;

    for (int i = 0; i < 4; i++) {
        chunks[i] = (sl_chunk){.kind = SL_CHUNK_BORROWED,
                               .data = body() + i * 250,
                               .len = 250,
                               .release = on_release,
                               .context = &given_back[i]};
    }
    open_ranged(&s);
    ask(&s, "Range", mixed_up);
    s.allowed = 0;
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, 4,
                                          &op) == SL_OK);
    sink_turn(&s, 1);
    for (int left = 4096; left > 0 && s.response->phase < SL_PHASE_DONE;
         left--) {
        CHECK(given_back[3] + given_back[0] + given_back[2] == 0);
        s.allowed = 1;
        sink_turn(&s, 1);
    }
    sink_turn(&s, 1);
    for (int i = 0; i < 4; i++) {
        CHECK(given_back[i] == 1);
    }
    check_parts(&s, mixed, 4);
    sink_close(&s);
}

static int open_body(void)
{
    char name[] = "/tmp/sluice-ranges-XXXXXX";
    int fd = mkstemp(name);

    CHECK(fd >= 0 && unlink(name) == 0);
    CHECK(write(fd, body(), BODY_BYTES) == BODY_BYTES);
    return fd;
}

static void parts_of_files_and_fragments_are_moved_too(void **state)
{
    sl_operation op = {.flags = 0};
    sl_chunk chunks[3] = {
        {.kind = SL_CHUNK_FILE, .fd = open_body(), .extent = 502},
        {.kind = SL_CHUNK_FRAGMENT, .data = "f", .len = 1, .extent = SL_TO_END},
        {.kind = SL_CHUNK_FILE, .fd = open_body(), .offset = 902, .extent = 98},
    };
    sink s;

    open_ranged(&s);
    CHECK(sl_fragments_put(s.pipeline->fragments, "f", 1, body() + 502, 400,
                           0) == SL_OK);
    ask(&s, "Range", mixed_up);
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, 3,
                                          &op) == SL_OK);
    for (int i = 0; i < 20 && s.response->phase != SL_PHASE_DONE; i++) {
        CHECK(s.closed == 0);
        sink_turn(&s, 1);
    }
    sink_turn(&s, 1);
    CHECK(s.closed == 2);
    check_parts(&s, mixed, 4);
    sink_close(&s);
}

static void operations_complete_behind_what_was_moved(void **state)
{
    sl_operation ops[2];
    sl_completion done;
    char front[501];
    sink s;

    open_ranged(&s);
    ask(&s, "Range", mixed_up);
    (void)snprintf(front, sizeof front, "%s", body());
    s.allowed = 0;
    CHECK(sink_write(&s, front, SL_ASYNC | SL_MORE_DATA, &ops[0]) ==
          SL_PENDING);
    CHECK(sink_write(&s, body() + 500, SL_ASYNC, &ops[1]) == SL_PENDING);
    sink_turn(&s, 1);
    while (s.response->phase < SL_PHASE_DONE) {
        CHECK(sink_collect(&s, ops[0].id, &done) == SL_PENDING);
        s.allowed = 1;
        sink_turn(&s, 1);
    }
    for (int i = 0; i < 2; i++) {
        CHECK(sink_collect(&s, ops[i].id, &done) == SL_OK);
        CHECK(done.bytes == 500);
    }
    check_parts(&s, mixed, 4);
    sink_close(&s);
}

static void a_moved_body_that_is_aborted_gives_all_back(void **state)
{
    int given_back = 0;
    sl_operation op = {.flags = 0};
    sl_chunk chunks[2] = {
        {.kind = SL_CHUNK_FILE, .fd = open_body(), .extent = 600},
        {.kind = SL_CHUNK_BORROWED,
         .data = body() + 600,
         .len = 400,
         .release = on_release,
         .context = &given_back},
    };
    sink s;

    open_ranged(&s);
    ask(&s, "Range", mixed_up);
    s.allowed = 150;
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, 2,
                                          &op) == SL_OK);
    sink_turn(&s, 1);
    CHECK(s.response->phase == SL_PHASE_BODY);
    CHECK(sl_response_abort(s.response, s.generation) == SL_OK);
    sink_turn(&s, 1);
    sink_turn(&s, 1);
    CHECK(s.closed == 1 && given_back == 1);
    sink_close(&s);
}

/* --- Any parts of any body ------------------------------------------------------------ */

static uint32_t dice(uint32_t *state, uint32_t sides)
{
    *state = *state * 1664525U + 1013904223U;
    return (*state >> 8) % sides;
}

static void ask_anything(sink *s, uint32_t *state, char field[256])
{
    int n = 2 + (int)dice(state, 6);
    size_t len = (size_t)snprintf(field, 256, "bytes=");

    for (int i = 0; i < n; i++) {
        unsigned first = dice(state, BODY_BYTES);

        len += (size_t)snprintf(field + len, 256 - len, "%u-%u,", first,
                                first + dice(state, 150));
    }
    ask(s, "Range", field);
}

/* The body in chunks of any length and kind. Files are of the whole body. */
static size_t cut_anywhere(sink *s, uint32_t *state, sl_chunk chunks[16],
                           int *given_back)
{
    size_t n = 0;
    size_t at = 0;

    while (at < BODY_BYTES) {
        size_t len = 1 + dice(state, 300);
        sl_chunk *c = &chunks[n++];

        len = n == 16 || len > BODY_BYTES - at ? BODY_BYTES - at : len;
        *c = (sl_chunk){.kind = dice(state, 4)};
        if (c->kind == SL_CHUNK_FILE || c->kind == SL_CHUNK_FRAGMENT) {
            c->offset = (double)at;
            c->extent = (double)len;
            c->fd = c->kind == SL_CHUNK_FILE ? open_body() : -1;
            c->data = "whole";
            c->len = 5;
        } else {
            c->data = body() + at;
            c->len = len;
            c->release = c->kind == SL_CHUNK_BORROWED ? on_release : NULL;
            c->context = given_back;
        }
        at += len;
    }
    return n;
}

static unsigned count_kind(const sl_chunk *chunks, size_t n, uint32_t kind)
{
    unsigned found = 0;

    for (size_t i = 0; i < n; i++) {
        found += chunks[i].kind == kind ? 1 : 0;
    }
    return found;
}

static void send_anything(uint32_t *state)
{
    sl_range ranges[SL_MAX_RANGES];
    sl_operation op = {.flags = 0};
    sl_chunk chunks[16];
    char field[256];
    int given_back = 0;
    int count;
    size_t n;
    sink s;

    open_ranged(&s);
    CHECK(sl_fragments_put(s.pipeline->fragments, "whole", 5, body(),
                           BODY_BYTES, 0) == SL_OK);
    ask_anything(&s, state, field);
    n = cut_anywhere(&s, state, chunks, &given_back);
    s.allowed = dice(state, 2) * 1000;
    CHECK(sl_response_write_entity_chunks(s.response, s.generation, chunks, n,
                                          &op) == SL_OK);
    for (int i = 0; i < 1000 && s.response->phase < SL_PHASE_DONE; i++) {
        s.allowed += dice(state, 400);
        sink_turn(&s, 1);
    }
    sink_turn(&s, 1);
    count = sl_ranges_join(ranges,
                           sl_ranges_parse(span(field), BODY_BYTES, ranges));
    if (count > 1) {
        check_parts(&s, ranges, count);
    }
    CHECK(s.closed == count_kind(chunks, n, SL_CHUNK_FILE));
    CHECK((unsigned)given_back == count_kind(chunks, n, SL_CHUNK_BORROWED));
    sink_close(&s);
}

static void any_parts_of_any_body_are_in_the_order_of_the_field(void **state)
{
    uint32_t seed = 35;

    for (int i = 0; i < 300; i++) {
        send_anything(&seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_have_the_type_of_the_whole),
        cmocka_unit_test(parts_of_a_whole_body_are_in_the_order_of_the_field),
        cmocka_unit_test(parts_of_a_body_that_is_written_yet_are_in_its_order),
        cmocka_unit_test(what_is_lent_is_given_back_behind_all_of_its_parts),
        cmocka_unit_test(parts_of_files_and_fragments_are_moved_too),
        cmocka_unit_test(operations_complete_behind_what_was_moved),
        cmocka_unit_test(a_moved_body_that_is_aborted_gives_all_back),
        cmocka_unit_test(any_parts_of_any_body_are_in_the_order_of_the_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
