/* A conversation with a session: a fake client on one side, which takes as many
 * bytes as a test allows, and fake handlers on the other, chosen by path.
 *
 *   /hello       "hello"                /empty     nothing
 *   /stream      "ab", a flush, "cd"    /trailers  "ab" and a trailer field
 *   /declared    "abcd" of a declared length, in two writes with a flush
 *   /file        bytes 2 to 6 of a file between "<" and ">"
 *   /204 /205 /304   that status, with a body all the same
 *   /echo        the request's body, once it is complete
 *   /ignore      answers without reading the body
 *   /wait        does nothing until the test acts on talk.waiting
 *   /abort       "ab", a flush, and an abort
 *   /early       103, then "hello"
 *   /lent        "lent" from the script's own memory, asynchronously, with a
 *                flush in front of it
 *   /disconnect  "hello", and asks for the connection to end
 */
#ifndef SLUICE_TESTS_TALK_H
#define SLUICE_TESTS_TALK_H

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/session.h"

typedef struct talk {
    sl_pipeline *pipeline;
    sl_session_settings settings;
    sl_session_env env;
    sl_session *session;
    sl_exchange *queue[64]; /* handlers to run */
    int nqueue;
    sl_exchange *waiting; /* of /wait; holds SL_HOLD_HOST */
    sl_exchange *reading; /* of /echo, likewise */
    char echo[256];
    size_t echo_len;
    char out[1 << 16]; /* what the client got */
    size_t len;
    uint64_t allowed; /* bytes that it may still take */
    bool file_broken;
    char log[1024]; /* on_done, line by line */
    uint32_t events;
    unsigned dues;
    unsigned ends; /* batches behind which nothing comes */
    unsigned lent; /* anchors, out of hand */
    int file;
} talk;

/* --- Handlers ------------------------------------------------------------------- */

static inline void talk_write_bytes(sl_exchange *x, const char *data,
                                    size_t len, uint32_t flags)
{
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = data, .len = len};
    sl_operation op = {.flags = flags};

    CHECK(sl_response_write_entity_chunks(&x->response, x->response.generation,
                                          &chunk, 1, &op) == SL_OK);
}

static inline void talk_write(sl_exchange *x, const char *text, uint32_t flags)
{
    talk_write_bytes(x, text, strlen(text), flags);
}

static inline void talk_flush(sl_exchange *x)
{
    sl_operation op = {.flags = SL_MORE_DATA};
    sl_status rc = sl_response_flush(&x->response, x->response.generation, &op);

    CHECK(rc >= 0);
}

static inline void talk_set(sl_exchange *x, const char *name, const char *value)
{
    CHECK(sl_response_set_header(&x->response, x->response.generation, name,
                                 strlen(name), value, strlen(value),
                                 1) == SL_OK);
}

static inline void talk_over(sl_exchange *x)
{
    sl_exchange_handler_over(x, SL_OK);
    sl_exchange_release(x, SL_HOLD_HOST);
}

static inline void talk_file(const talk *t, sl_exchange *x)
{
    sl_chunk chunks[3] = {
        {.kind = SL_CHUNK_MEMORY, .data = "<", .len = 1},
        {.kind = SL_CHUNK_FILE, .fd = dup(t->file), .offset = 2, .extent = 5},
        {.kind = SL_CHUNK_MEMORY, .data = ">", .len = 1},
    };
    sl_operation op = {.flags = SL_MORE_DATA};

    CHECK(sl_response_write_entity_chunks(&x->response, x->response.generation,
                                          chunks, 3, &op) == SL_OK);
}

static inline void talk_trailers(sl_exchange *x)
{
    sl_field_spec field = {{"Sum", 3}, {"42", 2}};
    sl_chunk chunk = {
        .kind = SL_CHUNK_TRAILERS, .fields = &field, .nfields = 1};
    sl_operation op = {.flags = SL_MORE_DATA};

    CHECK(sl_response_write_entity_chunks(&x->response, x->response.generation,
                                          &chunk, 1, &op) == SL_OK);
}

static inline void talk_lend(talk *t, sl_exchange *x)
{
    sl_chunk chunk = {
        .kind = SL_CHUNK_BORROWED, .data = "lent", .len = 4, .anchor = 1};
    sl_operation op = {.flags = SL_ASYNC | SL_MORE_DATA};
    sl_status rc;

    rc = sl_response_flush(&x->response, x->response.generation, &op);
    CHECK(rc >= 0);
    rc = sl_response_write_entity_chunks(&x->response, x->response.generation,
                                         &chunk, 1, &op);
    CHECK(rc >= 0);
    t->lent++;
}

/* Read what is there; once the body is complete, the echo is. What does not
 * fit is left out. */
static inline void talk_echo(talk *t, sl_exchange *x)
{
    sl_status rc;

    do {
        char part[4];
        size_t room = sizeof t->echo - t->echo_len;
        sl_operation op = {0};
        size_t len;

        rc = sl_request_read(&x->request, x->request.generation, part,
                             sizeof part, &op);
        len = op.bytes < (double)room ? (size_t)op.bytes : room;
        memcpy(t->echo + t->echo_len, part, len);
        t->echo_len += len;
    } while (rc == SL_OK);
    t->reading = rc == SL_PENDING ? x : NULL;
    if (rc == SL_EABORTED) {
        sl_exchange_handler_over(x, SL_EABORTED);
        sl_exchange_release(x, SL_HOLD_HOST);
    } else if (rc == SL_EMPTY) {
        talk_write_bytes(x, t->echo, t->echo_len, 0);
        talk_over(x);
    }
    if (rc != SL_PENDING) {
        t->echo_len = 0;
    }
}

static inline void talk_handle(talk *t, sl_exchange *x)
{
    sl_response *res = &x->response;
    const char *path = x->request.parts[SL_PART_PATH].data;
    size_t len = x->request.parts[SL_PART_PATH].len;

    if (res->failure < 0) { /* over before it began */
        talk_over(x);
        return;
    }
#define AT(name) (len == sizeof(name) - 1 && memcmp(path, name, len) == 0)
    if (AT("/hello") || AT("/ignore") || AT("*")) {
        talk_write(x, "hello", 0);
    } else if (AT("/stream")) {
        talk_write(x, "ab", SL_MORE_DATA);
        talk_flush(x);
        talk_write(x, "cd", SL_MORE_DATA);
    } else if (AT("/declared")) {
        talk_set(x, "Content-Length", "4");
        talk_write(x, "ab", SL_MORE_DATA);
        talk_flush(x);
        talk_write(x, "cd", 0);
    } else if (AT("/trailers")) {
        talk_write(x, "ab", SL_MORE_DATA);
        talk_trailers(x);
    } else if (AT("/file")) {
        talk_file(t, x);
    } else if (AT("/lent")) {
        talk_lend(t, x);
    } else if (AT("/204") || AT("/205") || AT("/304")) {
        CHECK(sl_response_set_status(res, res->generation, atoi(path + 1), NULL,
                                     0) == SL_OK);
        talk_write(x, "body", SL_MORE_DATA);
    } else if (AT("/early")) {
        sl_field_spec link = {{"Link", 4}, {"</a>", 4}};

        CHECK(sl_response_informational(res, res->generation, 103, &link, 1) ==
              SL_OK);
        talk_write(x, "hello", SL_MORE_DATA);
    } else if (AT("/abort")) {
        talk_write(x, "ab", SL_MORE_DATA);
        talk_flush(x);
        CHECK(sl_response_abort(res, res->generation) == SL_OK);
    } else if (AT("/disconnect")) {
        CHECK(sl_response_set_need_disconnect(res, res->generation, 1) ==
              SL_OK);
        talk_write(x, "hello", SL_MORE_DATA);
    } else if (AT("/echo")) {
        talk_echo(t, x);
        return;
    } else if (AT("/wait")) {
        t->waiting = x;
        return;
    }
#undef AT
    talk_over(x);
}

/* --- The worker's part ----------------------------------------------------------- */

static inline void talk_on_exchange(void *host, sl_exchange *exchange)
{
    talk *t = host;

    CHECK(t->nqueue < 64);
    t->queue[t->nqueue++] = exchange;
}

static inline void talk_on_done(void *host, sl_exchange *exchange, int refused,
                                const char *peer)
{
    talk *t = host;
    size_t len = strlen(t->log);

    CHECK(strcmp(peer, "client:1") == 0);
    (void)snprintf(
        t->log + len, sizeof t->log - len, "%.*s %d\n",
        exchange ? (int)exchange->request.parts[SL_PART_PATH].len : 1,
        exchange ? exchange->request.parts[SL_PART_PATH].data : "-", refused);
}

static inline void talk_on_events(void *host, sl_exchange *exchange,
                                  uint32_t events)
{
    talk *t = host;

    t->events |= events;
    if (exchange == t->reading) {
        talk_echo(t, exchange);
    }
}

static inline void talk_on_anchor(void *host, sl_lender *lender,
                                  uint32_t anchor)
{
    talk *t = host;

    CHECK(anchor == 1 && t->lent > 0);
    t->lent--;
}

static inline void talk_on_descriptor(void *host, int fd)
{
    close(fd);
}

static inline void talk_on_waiter(void *host, void *waiter)
{
}

/* --- The connection's part --------------------------------------------------------- */

static inline uint64_t talk_take(talk *t, const void *data, uint64_t len)
{
    uint64_t part = len < t->allowed ? len : t->allowed;

    CHECK(t->len + part < sizeof t->out);
    memcpy(t->out + t->len, data, part);
    t->len += part;
    t->allowed -= part;
    t->out[t->len] = '\0';
    return part;
}

static inline void talk_take_file(talk *t, const sl_batch *batch)
{
    char text[64];
    ssize_t n;

    CHECK(batch->file_len <= sizeof text);
    n = pread(batch->fd, text, batch->file_len, (off_t)batch->offset);
    if (t->file_broken || n <= 0) { /* an error, or it has become shorter */
        sl_session_file_failed(t->session);
        return;
    }
    sl_session_sent(t->session, talk_take(t, text, (uint64_t)n));
}

/* The socket was told that its end follows: it must. */
static inline void talk_check_end(const talk *t)
{
    CHECK(!sl_session_has_output(t->session));
    CHECK(sl_session_fate_of(t->session) != SL_FATE_OPEN);
}

static inline void talk_send(void *connection)
{
    talk *t = connection;
    bool was_all = false;
    sl_batch batch;

    while (sl_session_gather(t->session, &batch) && t->allowed > 0) {
        uint64_t taken = 0;

        CHECK(!was_all); /* else it would not have been asked for this */

        for (int i = 0; i < batch.count; i++) {
            taken += talk_take(t, batch.iov[i].iov_base, batch.iov[i].iov_len);
        }
        if (taken > 0) {
            sl_session_sent(t->session, taken);
        }
        if (batch.fd >= 0 && taken == batch.bytes) {
            talk_take_file(t, &batch);
        } else if (batch.last && taken == batch.bytes) {
            talk_check_end(t);
        }
        t->ends += batch.last;
        was_all = batch.all && taken == sl_batch_size(&batch);
    }
}

static inline void talk_due(void *connection)
{
    ((talk *)connection)->dues++;
}

/* The rest of a turn: handlers run until nothing starts any more; then what is
 * due is sent. */
static inline void talk_turn(talk *t)
{
    sl_pipeline_turn(t->pipeline, t->pipeline->now_ms);
    do {
        t->dues = 0;
        for (int i = 0; i < t->nqueue; i++) {
            talk_handle(t, t->queue[i]);
        }
        t->nqueue = 0;
        (void)sl_pipeline_deliver(t->pipeline);
        sl_session_advance(t->session);
    } while (t->nqueue > 0 || t->dues > 0 || sl_pipeline_has_news(t->pipeline));
    sl_session_end_turn(t->session);
    talk_send(t);
    (void)sl_pipeline_deliver(t->pipeline);
    if (t->dues > 0) {
        talk_turn(t);
    }
}

static inline const sl_session_output *talk_output(void)
{
    static const sl_session_output output = {
        .due = talk_due,
        .send = talk_send,
    };

    return &output;
}

static inline void talk_open_with(talk *t, const sl_session_settings *settings)
{
    static const sl_pipeline_host pipeline_host = {
        .on_events = talk_on_events,
        .on_anchor = talk_on_anchor,
        .on_descriptor = talk_on_descriptor,
        .on_waiter = talk_on_waiter,
    };
    static const sl_session_host host = {talk_on_exchange, talk_on_done};
    char name[] = "/tmp/sluice-talk-XXXXXX";

    memset(t, 0, sizeof *t);
    t->file = mkstemp(name);
    CHECK(t->file >= 0 && unlink(name) == 0);
    CHECK(write(t->file, "0123456789", 10) == 10);
    t->settings = *settings;
    t->allowed = UINT64_MAX;
    t->pipeline = sl_pipeline_create(&sl_pipeline_defaults, &pipeline_host, t);
    sl_pipeline_turn(t->pipeline, 1000);
    t->env = (sl_session_env){
        .pipeline = t->pipeline,
        .settings = &t->settings,
        .host = &host,
        .host_context = t,
    };
    t->session = sl_session_create(&t->env, talk_output(), t, "client:1");
}

static inline void talk_open(talk *t)
{
    sl_session_settings settings = sl_session_defaults;

    settings.server_header = false;
    talk_open_with(t, &settings);
}

static inline void talk_close(talk *t)
{
    sl_session_destroy(t->session);
    for (int i = 0; i < t->nqueue; i++) {
        talk_over(t->queue[i]);
    }
    if (t->waiting != NULL) {
        talk_over(t->waiting);
    }
    if (t->reading != NULL) {
        talk_over(t->reading);
    }
    t->reading = NULL;
    (void)sl_pipeline_deliver(t->pipeline);
    CHECK(t->lent == 0);
    CHECK(t->pipeline->exchanges.live == 0);
    CHECK(t->pipeline->operations.live == 0);
    CHECK(t->pipeline->pieces.live == 0);
    sl_pipeline_destroy(t->pipeline);
    close(t->file);
}

static inline void talk_receive(talk *t, const char *text, size_t len)
{
    /* A copy of its own size, so that a sanitizer sees a read past its end,
     * and garbage instead of it afterwards. */
    char *copy = malloc(len + 1);

    CHECK(copy != NULL);
    memcpy(copy, text, len);
    sl_session_receive(t->session, copy, len);
    memset(copy, '~', len);
    free(copy);
}

static inline void talk_say(talk *t, const char *text)
{
    talk_receive(t, text, strlen(text));
    talk_turn(t);
}

static inline void talk_eof(talk *t)
{
    sl_session_eof(t->session);
    talk_turn(t);
}

/* Time goes by; the session's deadline is kept. */
static inline void talk_pass(talk *t, uint64_t ms)
{
    uint64_t now = t->pipeline->now_ms + ms;

    sl_pipeline_turn(t->pipeline, now);
    if (sl_session_deadline(t->session) <= now) {
        sl_session_expire(t->session, now);
    }
    talk_turn(t);
}

/* What the client got, without the Date lines. */
static inline const char *talk_got(talk *t)
{
    static const char date[] = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
    size_t len = sizeof date - 1;
    char *line;

    while ((line = memmem(t->out, t->len, date, len)) != NULL) {
        memmove(line, line + len, t->len - (size_t)(line - t->out) - len + 1);
        t->len -= len;
    }
    return t->out;
}

static inline bool talk_is(talk *t, const char *expected)
{
    if (strcmp(talk_got(t), expected) == 0) {
        return true;
    }
    print_error("got:\n%s\nexpected:\n%s\n", talk_got(t), expected);
    return false;
}

#endif
