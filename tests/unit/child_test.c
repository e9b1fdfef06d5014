/* A request that a request makes, on a parent whose client is a fake sink. */
#include "session/child.h"

#include <stdlib.h>

#include "sink.h"

enum { MARK = 4096 };

static const uint32_t MORE = SL_MORE_DATA;

typedef struct family {
    sink parent;
    sl_child child;
    sl_response *response; /* of the child */
    uint32_t generation;
    char file[16];
    int dues;
} family;

static void on_due(sl_child *child)
{
    SL_CONTAINER(child, family, child)->dues++;
}

static sl_span span(const char *text)
{
    return (sl_span){text, strlen(text)};
}

static void open_family(family *f, const char *method, const char *target)
{
    sl_pipeline_settings settings = sl_pipeline_defaults;

    settings.high_water = MARK;
    settings.hard_limit = 4 * MARK;
    memset(&f->child, 0, sizeof f->child);
    f->dues = 0;
    f->child.on_due = on_due;
    sink_open(&f->parent, &settings);
    f->parent.exchange->request.version = 11;
    sl_request_set_id(&f->parent.exchange->request, "0123456789abcdef", 16);
    f->parent.exchange->request.parts[SL_PART_HOST] = span("a.example");
    CHECK(sl_child_open(&f->child, &f->parent.exchange->request, span(method),
                        span(target)) == SL_OK);
    sl_child_set_body(&f->child, span("body"));
    f->response = &f->child.exchange->response;
    f->generation = f->response->generation;
}

static void close_family(family *f)
{
    sl_exchange_release(f->child.exchange, SL_HOLD_HOST);
    sl_child_close(&f->child);
    sink_close(&f->parent);
}

static sl_status write_chunk(family *f, const sl_chunk *chunk, uint32_t flags,
                             sl_operation *op)
{
    *op = (sl_operation){.flags = flags};
    return sl_response_write_entity_chunks(f->response, f->generation, chunk, 1,
                                           op);
}

static sl_status write_text(family *f, const char *text)
{
    sl_chunk chunk = {
        .kind = SL_CHUNK_MEMORY, .data = text, .len = strlen(text)};
    sl_operation op;

    return write_chunk(f, &chunk, MORE, &op);
}

static sl_status splice(family *f)
{
    uint64_t bytes;
    sl_status rc = sl_response_splice(f->parent.response, f->parent.generation,
                                      &f->child.inbox, &bytes);

    sl_child_pull(&f->child);
    return rc;
}

/* --- The request ---------------------------------------------------------------- */

static void it_is_asked_with_what_its_parent_has(void **state)
{
    family f;
    sl_request *request;
    sl_span part;
    char body[8];
    sl_operation op = {0};

    open_family(&f, "POST", "/a/b?c=d");
    request = &f.child.exchange->request;
    CHECK(sl_request_part(request, f.generation, SL_PART_PATH, &part) == SL_OK);
    CHECK(part.len == 4 && memcmp(part.data, "/a/b", 4) == 0);
    CHECK(sl_request_part(request, f.generation, SL_PART_QUERY, &part) ==
          SL_OK);
    CHECK(part.len == 3 && memcmp(part.data, "c=d", 3) == 0);
    CHECK(sl_request_part(request, f.generation, SL_PART_HOST, &part) == SL_OK);
    CHECK(part.len == 9 && memcmp(part.data, "a.example", 9) == 0);
    CHECK(strcmp(sl_request_id(request), "0123456789abcdef") == 0);
    CHECK(sl_request_read(request, f.generation, body, 8, &op) == SL_OK);
    CHECK(op.bytes == 4 && memcmp(body, "body", 4) == 0);
    CHECK(sl_request_read(request, f.generation, body, 8, &op) == SL_EMPTY);
    close_family(&f);
}

static void what_no_client_could_ask_is_refused(void **state)
{
    static const char *const targets[] = {"", "a", "/a b", "/a\nb", "/a#b"};
    family f;
    sl_child other = {0};
    sl_request *parent;

    open_family(&f, "GET", "/");
    parent = &f.parent.exchange->request;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        CHECK(sl_child_open(&other, parent, span("GET"), span(targets[i])) ==
              SL_EINVAL);
    }
    CHECK(sl_child_open(&other, parent, span("GE T"), span("/")) == SL_EINVAL);
    CHECK(sl_child_set_field(&f.child, span("A b"), span("c")) == SL_EINVAL);
    CHECK(sl_child_set_field(&f.child, span("A"), span("b\r\nc")) == SL_EINVAL);
    CHECK(sl_child_set_field(&f.child, span("A"), span("b")) == SL_OK);
    CHECK(sl_child_set_field(&f.child, span("a"), span("c")) == SL_OK);
    CHECK(f.child.exchange->request.headers.count == 1);
    close_family(&f);
}

/* --- The answer ------------------------------------------------------------------ */

static void a_flush_is_done_when_its_bytes_can_be_taken(void **state)
{
    family f;
    sl_operation op = {.flags = SL_ASYNC | SL_MORE_DATA};
    sl_completion done;

    open_family(&f, "GET", "/");
    CHECK(write_text(&f, "tea") == SL_OK);
    CHECK(sl_child_head(&f.child) == SL_PENDING);
    CHECK(sl_response_flush(f.response, f.generation, &op) == SL_PENDING);
    CHECK(f.dues > 0);
    sl_child_pull(&f.child);
    CHECK(sl_child_head(&f.child) == SL_OK);
    CHECK(sl_child_next(&f.child) == SL_OK && f.child.inbox.bytes == 3);
    CHECK(sl_response_get_completed_operation(f.response, f.generation, op.id,
                                              &done) == SL_OK);
    CHECK(done.status == SL_OK && done.bytes == 3);
    close_family(&f);
}

static void what_nobody_takes_makes_its_writer_wait(void **state)
{
    family f;
    char text[1024];
    sl_chunk chunk = {
        .kind = SL_CHUNK_MEMORY, .data = text, .len = sizeof text};
    sl_operation op;
    int writes = 0;

    memset(text, 'x', sizeof text);
    open_family(&f, "GET", "/");
    while (write_chunk(&f, &chunk, MORE | SL_AT_MARK, &op) == SL_OK) {
        sl_child_pull(&f.child);
        writes++;
    }
    CHECK(writes >= 8 && writes <= 12); /* two marks, and a write each */
    CHECK(sl_response_await_room(f.response, f.generation) == SL_PENDING);
    while (sl_child_next(&f.child) == SL_OK) {
        sl_child_take(&f.child, 1);
    }
    (void)sl_pipeline_deliver(f.parent.pipeline);
    CHECK(f.parent.events & SL_EVENT_ROOM);
    CHECK(sl_child_bytes(&f.child) == writes * 1024.0);
    close_family(&f);
}

static void its_end_is_seen_when_all_was_taken(void **state)
{
    family f;

    open_family(&f, "GET", "/");
    CHECK(write_text(&f, "tea") == SL_OK);
    sl_child_pull(&f.child);
    CHECK(!sl_child_is_whole(&f.child));
    CHECK(sl_child_end(&f.child) == SL_PENDING);
    sl_exchange_handler_over(f.child.exchange, SL_OK);
    sl_child_pull(&f.child);
    CHECK(sl_child_is_whole(&f.child) && sl_child_next(&f.child) == SL_OK);
    CHECK(sl_child_end(&f.child) == SL_OK);
    sl_child_take(&f.child, 3);
    CHECK(sl_child_next(&f.child) == SL_EMPTY);
    CHECK(sl_child_bytes(&f.child) == 3);
    close_family(&f);
}

static void of_head_the_body_counts_and_is_not_there(void **state)
{
    family f;

    open_family(&f, "HEAD", "/");
    CHECK(write_text(&f, "tea") == SL_OK);
    sl_exchange_handler_over(f.child.exchange, SL_OK);
    sl_child_pull(&f.child);
    CHECK(sl_child_next(&f.child) == SL_EMPTY);
    CHECK(sl_child_bytes(&f.child) == 3);
    close_family(&f);
}

static void an_abort_takes_back_what_was_not_taken(void **state)
{
    family f;
    sl_chunk lent = {
        .kind = SL_CHUNK_BORROWED, .anchor = 7, .data = "tea", .len = 3};
    sl_operation op;

    open_family(&f, "GET", "/");
    CHECK(write_chunk(&f, &lent, MORE, &op) == SL_OK);
    sl_child_pull(&f.child);
    CHECK(sl_child_next(&f.child) == SL_OK);
    CHECK(sl_response_abort(f.response, f.generation) == SL_OK);
    CHECK(sl_child_next(&f.child) == SL_EABORTED);
    close_family(&f); /* gives the anchor back, once */
    CHECK(f.parent.anchors == 1);
}

/* --- Into its parent -------------------------------------------------------------- */

static void what_is_lent_stays_lent_until_the_parent_has_sent_it(void **state)
{
    family f;
    sl_chunk lent = {
        .kind = SL_CHUNK_BORROWED, .anchor = 7, .data = "tea", .len = 3};
    sl_operation op;

    open_family(&f, "GET", "/");
    f.parent.allowed = 2;
    CHECK(write_chunk(&f, &lent, MORE, &op) == SL_OK);
    sl_child_pull(&f.child);
    CHECK(splice(&f) == SL_OK && splice(&f) == SL_EMPTY);
    CHECK(f.parent.response->accepted.first->data == lent.data);
    sink_turn(&f.parent, 1);
    CHECK(f.parent.anchors == 0);
    f.parent.allowed = 1;
    sink_turn(&f.parent, 1);
    CHECK(f.parent.anchors == 1 && sink_took(&f.parent, "tea"));
    close_family(&f);
    CHECK(f.parent.anchors == 1);
}

static int make_file(family *f, const char *text)
{
    int fd;

    (void)strcpy(f->file, "/tmp/slXXXXXX");
    fd = mkstemp(f->file);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    unlink(f->file);
    return fd;
}

static void a_file_stays_a_file(void **state)
{
    family f;
    sl_chunk chunk = {.kind = SL_CHUNK_FILE, .offset = 1, .extent = 3};
    sl_operation op;

    open_family(&f, "GET", "/");
    chunk.fd = make_file(&f, "[tea]");
    CHECK(write_chunk(&f, &chunk, MORE, &op) == SL_OK);
    sl_child_pull(&f.child);
    CHECK(splice(&f) == SL_OK);
    CHECK(f.parent.response->accepted.first->kind == SL_PIECE_FILE);
    CHECK(f.parent.response->accepted.first->fd == chunk.fd);
    sink_turn(&f.parent, 1);
    CHECK(sink_took(&f.parent, "tea") && f.parent.closed == 1);
    close_family(&f);
    CHECK(f.parent.closed == 1);
}

static void a_parent_that_is_full_takes_nothing(void **state)
{
    family f;
    char text[MARK + 1];
    sl_operation op;

    memset(text, 'x', MARK);
    text[MARK] = '\0';
    open_family(&f, "GET", "/");
    f.parent.allowed = 0;
    CHECK(sink_write(&f.parent, text, MORE, &op) == SL_OK);
    CHECK(write_text(&f, "tea") == SL_OK);
    sl_child_pull(&f.child);
    CHECK(splice(&f) == SL_EAGAIN && f.child.inbox.bytes == 3);
    close_family(&f);
}

static void what_exceeds_the_parents_length_is_refused(void **state)
{
    family f;

    open_family(&f, "GET", "/");
    CHECK(sl_response_set_header(f.parent.response, f.parent.generation,
                                 "Content-Length", 14, "2", 1, 1) == SL_OK);
    CHECK(write_text(&f, "tea") == SL_OK);
    sl_child_pull(&f.child);
    CHECK(splice(&f) == SL_ELENGTH && f.child.inbox.bytes == 3);
    close_family(&f);
}

/* --- At random --------------------------------------------------------------------- */

/* Passes one byte at a time, so that parts leave whose owners stay behind. */
static sl_status split_push(sl_stage *stage, sl_queue *in, sl_queue *out,
                            sl_stage_push how)
{
    sl_pipeline *pipeline = ((sink *)stage->ops->name)->pipeline;

    while (in->first != NULL) {
        sl_piece *piece = sl_queue_pop(in);

        if (sl_piece_has_bytes(piece) && piece->len > 1) {
            sl_queue_push(out, sl_piece_split(pipeline, piece, 1));
            sl_queue_push(out, piece);
        } else {
            sl_queue_push(out, piece);
        }
    }
    return SL_OK;
}

static void leave_stage(sl_stage *stage)
{
}

static sl_chunk random_chunk(family *f, unsigned *anchors, unsigned *files)
{
    static const char text[] = "abcdefghijklmnopqrstuvwxyz";
    size_t from = (size_t)rand() % 20;
    size_t len = 1 + (size_t)rand() % 6;

    switch (rand() % 3) {
    case 0:
        return (sl_chunk){
            .kind = SL_CHUNK_MEMORY, .data = text + from, .len = len};
    case 1:
        ++*anchors;
        return (sl_chunk){.kind = SL_CHUNK_BORROWED,
                          .anchor = *anchors,
                          .data = text + from,
                          .len = len};
    default:
        ++*files;
        return (sl_chunk){.kind = SL_CHUNK_FILE,
                          .fd = make_file(f, text),
                          .offset = (double)from,
                          .extent = (double)len};
    }
}

static void note(char *expected, size_t *len, const sl_chunk *chunk)
{
    size_t n =
        chunk->kind == SL_CHUNK_FILE ? (size_t)chunk->extent : chunk->len;
    size_t from = chunk->kind == SL_CHUNK_FILE ? (size_t)chunk->offset : 0;

    for (size_t i = 0; i < n; i++) {
        expected[(*len)++] = chunk->kind == SL_CHUNK_FILE
                                 ? (char)('a' + from + i)
                                 : chunk->data[i];
    }
}

static bool has_room(family *f)
{
    sl_response_stat stat;

    CHECK(sl_response_describe(f->response, f->generation, &stat) == SL_OK);
    return stat.has_room;
}

static void run_at_random(unsigned seed, bool splits, bool aborts)
{
    family f;
    char expected[4096];
    size_t len = 0;
    unsigned anchors = 0;
    unsigned files = 0;
    sl_stage_ops ops = {.push = split_push, .destroy = leave_stage};
    sl_stage stage = {.ops = &ops, .reshapes = true};

    srand(seed);
    open_family(&f, "GET", "/");
    f.parent.allowed = 0;
    ops.name = (const char *)&f.parent;
    if (splits) {
        sl_chain_append(f.response, &stage);
    }
    for (int i = 0; i < 200; i++) {
        sl_operation op;

        if (rand() % 3 == 0 && has_room(&f)) {
            sl_chunk chunk = random_chunk(&f, &anchors, &files);

            CHECK(write_chunk(&f, &chunk, MORE, &op) == SL_OK);
            note(expected, &len, &chunk);
        } else if (rand() % 3 == 0) {
            sl_child_pull(&f.child);
        } else if (rand() % 3 == 0) {
            (void)splice(&f);
        } else {
            f.parent.allowed += (uint64_t)(rand() % 8);
            sink_turn(&f.parent, 1);
        }
    }
    if (aborts) {
        CHECK(sl_response_abort(f.response, f.generation) == SL_OK);
        CHECK(sl_child_next(&f.child) == SL_EABORTED);
    } else {
        sl_exchange_handler_over(f.child.exchange, SL_OK);
        sl_child_pull(&f.child);
    }
    f.parent.allowed = UINT64_MAX;
    while (!aborts && sl_child_next(&f.child) != SL_EMPTY) {
        sl_status rc = splice(&f);

        CHECK(rc == SL_OK || rc == SL_EAGAIN);
        sink_turn(&f.parent, 1);
    }
    for (int i = 0; i < 300; i++) {
        sink_turn(&f.parent, 1); /* one file each */
    }
    CHECK(memcmp(f.parent.text, expected, f.parent.len) == 0);
    CHECK(aborts ? f.parent.len <= len : f.parent.len == len);
    close_family(&f);
    CHECK(f.parent.anchors == anchors && f.parent.closed == files);
}

static void every_byte_passes_and_every_owner_is_told_once(void **state)
{
    for (unsigned seed = 1; seed <= 200; seed++) {
        run_at_random(seed, seed % 2 == 0, seed % 3 == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_asked_with_what_its_parent_has),
        cmocka_unit_test(what_no_client_could_ask_is_refused),
        cmocka_unit_test(a_flush_is_done_when_its_bytes_can_be_taken),
        cmocka_unit_test(what_nobody_takes_makes_its_writer_wait),
        cmocka_unit_test(its_end_is_seen_when_all_was_taken),
        cmocka_unit_test(of_head_the_body_counts_and_is_not_there),
        cmocka_unit_test(an_abort_takes_back_what_was_not_taken),
        cmocka_unit_test(what_is_lent_stays_lent_until_the_parent_has_sent_it),
        cmocka_unit_test(a_file_stays_a_file),
        cmocka_unit_test(a_parent_that_is_full_takes_nothing),
        cmocka_unit_test(what_exceeds_the_parents_length_is_refused),
        cmocka_unit_test(every_byte_passes_and_every_owner_is_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
