/* What a script hands to the head, the trailers and interim responses: nothing
 * in it starts a line of its own, or says where a message ends. */
#include "talk.h"

static const char *const bad_names[] = {
    "",    "X Y",  "X:",  "X\r", "X\nY", "X\tY", "X\x7f", "X\xff",
    "(X)", "X\"Y", "X/Y", "[X]", "X;Y",  "X,Y",  "X@Y",   "{X}",
};

/* Each with its length, because of the NUL. */
static const sl_span bad_values[] = {
    {"a\r", 2},          {"a\n", 2},    {"a\0", 2},   {"\0", 1},
    {"a\r\nB: c", 7},    {"a\x01", 2},  {"a\x1b", 2}, {"a\x7f", 2},
    {"a\r\n\r\nGET", 8}, {"a\n\nb", 4},
};

static const char *const owned[] = {
    "Content-Length", "content-length", "Transfer-Encoding", "Connection",
    "Keep-Alive",     "Trailer",        "Upgrade",           "TE",
};

enum {
    NAMES = sizeof bad_names / sizeof bad_names[0],
    VALUES = sizeof bad_values / sizeof bad_values[0],
    OWNED = sizeof owned / sizeof owned[0]
};

static sl_span span(const char *text)
{
    return (sl_span){text, strlen(text)};
}

static sl_response *open(talk *t)
{
    talk_open(t);
    talk_say(t, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    return &t->waiting->response;
}

static sl_status set(sl_response *res, sl_span name, sl_span value)
{
    return sl_response_set_header(res, res->generation, name.data, name.len,
                                  value.data, value.len, 0);
}

static sl_status trail(sl_response *res, sl_span name, sl_span value)
{
    sl_field_spec field = {name, value};
    sl_chunk chunk = {
        .kind = SL_CHUNK_TRAILERS, .fields = &field, .nfields = 1};
    sl_operation op = {.flags = SL_MORE_DATA};

    return sl_response_write_entity_chunks(res, res->generation, &chunk, 1,
                                           &op);
}

static sl_status hint(sl_response *res, sl_span name, sl_span value)
{
    sl_field_spec field = {name, value};

    return sl_response_informational(res, res->generation, 103, &field, 1);
}

typedef sl_status say_fn(sl_response *res, sl_span name, sl_span value);

static void check_refused(say_fn *say)
{
    talk t;
    sl_response *res = open(&t);

    for (size_t i = 0; i < NAMES; i++) {
        CHECK(say(res, span(bad_names[i]), span("v")) == SL_EINVAL);
    }
    for (size_t i = 0; i < VALUES; i++) {
        CHECK(say(res, span("X"), bad_values[i]) == SL_EINVAL);
    }
    for (size_t i = 0; i < OWNED; i++) {
        CHECK(say(res, span(owned[i]), span("x")) == SL_EINVAL);
    }
    CHECK(res->headers.count == 0 && sl_response_trailers(res)->count == 0);
    CHECK(sl_queue_is_empty(&res->wire));
    talk_close(&t);
}

static void no_header_field_of_a_script_breaks_the_head(void **state)
{
    (void)state;
    check_refused(set);
}

static void no_trailer_of_a_script_breaks_the_message(void **state)
{
    (void)state;
    check_refused(trail);
}

static void no_interim_response_of_a_script_breaks_the_next(void **state)
{
    (void)state;
    check_refused(hint);
}

static void no_reason_or_redirection_of_a_script_breaks_the_head(void **state)
{
    talk t;
    sl_response *res = open(&t);

    (void)state;
    for (size_t i = 0; i < VALUES; i++) {
        sl_span bad = bad_values[i];

        CHECK(sl_response_set_status(res, res->generation, 200, bad.data,
                                     bad.len) == SL_EINVAL);
        CHECK(sl_response_redirect(res, res->generation, bad.data, bad.len,
                                   302) == SL_EINVAL);
    }
    CHECK(sl_response_redirect(res, res->generation, "/a b", 4, 302) ==
          SL_EINVAL);
    CHECK(sl_response_set_status(res, res->generation, 100, NULL, 0) ==
          SL_EINVAL);
    CHECK(sl_response_set_status(res, res->generation, 600, NULL, 0) ==
          SL_EINVAL);
    talk_close(&t);
}

static void a_length_of_a_script_is_a_number(void **state)
{
    static const char *const lengths[] = {
        "",    "-1",  "+1",  "1 ",  " 1",
        "0x1", "1,1", "1.0", "1e1", "99999999999999999"};
    talk t;
    sl_response *res = open(&t);

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        CHECK(set(res, span("Content-Length"), span(lengths[i])) == SL_EINVAL);
    }
    talk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_header_field_of_a_script_breaks_the_head),
        cmocka_unit_test(no_trailer_of_a_script_breaks_the_message),
        cmocka_unit_test(no_interim_response_of_a_script_breaks_the_next),
        cmocka_unit_test(no_reason_or_redirection_of_a_script_breaks_the_head),
        cmocka_unit_test(a_length_of_a_script_is_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
