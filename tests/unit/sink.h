/* A response on a fake transport: what a session does, in its simplest form.
 *
 * Everything that is pulled goes to the wire without framing, and the sink
 * takes as many bytes as a test allows.
 */
#ifndef SLUICE_TESTS_SINK_H
#define SLUICE_TESTS_SINK_H

#include "check.h"

#include <string.h>
#include <unistd.h>

#include "pipeline/pipeline.h"

typedef struct sink {
    sl_pipeline *pipeline;
    sl_exchange *exchange;
    sl_response *response;
    uint32_t generation;
    char text[1 << 16]; /* what was taken */
    size_t len;
    uint64_t allowed; /* bytes that may still be taken */
    unsigned dues;    /* calls of transport->due */
    unsigned sends;   /* of transport->send */
    uint32_t events;  /* delivered */
    unsigned anchors; /* let go */
    unsigned closed;  /* descriptors */
    unsigned waiters;
    int64_t growth; /* bytes that a file grows by with every look */
    int64_t grown;
    const char *failed_stage; /* the last one */
    sl_status failed_with;
    uint64_t now_ms;
} sink;

/* Move what is due to the wire and take what is allowed. */
static inline void sink_send(sink *s)
{
    sl_response *response = s->response;
    sl_batch batch;

    if (sl_response_pull(response) && response->phase == SL_PHASE_HEAD) {
        sl_response_commit(response);
    }
    sl_queue_splice(&response->wire, &response->ready);
    if (response->phase > SL_PHASE_BODY) {
        return;
    }
    sl_response_sent(response, 0);
    sl_batch_init(&batch);
    (void)sl_queue_gather(&response->wire, &batch);
    for (int i = 0; i < batch.count && s->allowed > 0; i++) {
        size_t n = batch.iov[i].iov_len;

        n = n < s->allowed ? n : (size_t)s->allowed;
        memcpy(s->text + s->len, batch.iov[i].iov_base, n);
        s->len += n;
        s->allowed -= n;
        sl_response_sent(response, n);
    }
    if (batch.fd >= 0 && s->allowed >= batch.file_len) {
        ssize_t n = pread(batch.fd, s->text + s->len, (size_t)batch.file_len,
                          (off_t)batch.offset);

        CHECK(n == (ssize_t)batch.file_len);
        s->len += (size_t)n;
        sl_response_sent(response, (uint64_t)n);
    }
}

/* The end of a turn, and the beginning of the next, `ms` later. */
static inline void sink_turn(sink *s, uint64_t ms)
{
    sink_send(s);
    (void)sl_pipeline_deliver(s->pipeline);
    s->now_ms += ms;
    sl_pipeline_turn(s->pipeline, s->now_ms);
}

static inline void sink_on_due(void *session, sl_exchange *exchange)
{
    ((sink *)session)->dues++;
}

static inline void sink_want_body(void *session, sl_exchange *exchange)
{
}

static inline void sink_on_send(void *session, sl_exchange *exchange)
{
    sink *s = session;

    s->sends++;
    sink_send(s);
}

static inline void sink_on_interim(void *session, sl_exchange *exchange,
                                   int status, const sl_fields *fields)
{
}

static inline void sink_on_events(void *host, sl_exchange *exchange,
                                  uint32_t events)
{
    ((sink *)host)->events |= events;
}

static inline void sink_on_anchor(void *host, sl_lender *lender,
                                  uint32_t anchor)
{
    ((sink *)host)->anchors++;
}

static inline void sink_on_descriptor(void *host, int fd)
{
    ((sink *)host)->closed++;
    close(fd);
}

static inline void sink_on_waiter(void *host, void *waiter)
{
    ((sink *)host)->waiters++;
}

static inline int64_t sink_file_size(void *host, int fd)
{
    sink *s = host;
    int64_t size = lseek(fd, 0, SEEK_END) + s->grown;

    s->grown += s->growth;
    return size;
}

static inline int64_t sink_read_file(void *host, int fd, uint64_t offset,
                                     char *buffer, size_t len)
{
    return pread(fd, buffer, len, (off_t)offset);
}

static inline void sink_on_stage_failed(void *host, sl_exchange *exchange,
                                        const char *stage, sl_status why)
{
    sink *s = host;

    s->failed_stage = stage;
    s->failed_with = why;
}

static inline void sink_open(sink *s, const sl_pipeline_settings *settings)
{
    static const sl_transport transport = {
        .due = sink_on_due,
        .send = sink_on_send,
        .want_body = sink_want_body,
        .informational = sink_on_interim,
    };
    static const sl_pipeline_host host = {
        .on_events = sink_on_events,
        .on_anchor = sink_on_anchor,
        .on_descriptor = sink_on_descriptor,
        .on_waiter = sink_on_waiter,
        .file_size = sink_file_size,
        .read_file = sink_read_file,
        .on_stage_failed = sink_on_stage_failed,
    };

    memset(s, 0, sizeof *s);
    s->allowed = UINT64_MAX;
    s->pipeline = sl_pipeline_create(settings, &host, s);
    s->exchange = sl_exchange_create(s->pipeline, &transport, s);
    s->exchange->request.body_state = SL_BODY_COMPLETE;
    s->response = &s->exchange->response;
    s->generation = s->response->generation;
}

static inline void sink_close(sink *s)
{
    sl_exchange_release(s->exchange, SL_HOLD_SESSION);
    sl_exchange_release(s->exchange, SL_HOLD_HOST);
    sl_pipeline_destroy(s->pipeline);
}

static inline sl_status sink_write(sink *s, const char *text, uint32_t flags,
                                   sl_operation *op)
{
    sl_chunk chunk = {
        .kind = SL_CHUNK_MEMORY, .data = text, .len = strlen(text)};

    *op = (sl_operation){.flags = flags};
    return sl_response_write_entity_chunks(s->response, s->generation, &chunk,
                                           1, op);
}

static inline sl_status sink_flush(sink *s, uint32_t flags, sl_operation *op)
{
    *op = (sl_operation){.flags = flags};
    return sl_response_flush(s->response, s->generation, op);
}

static inline sl_status sink_collect(sink *s, uint32_t id, sl_completion *done)
{
    return sl_response_get_completed_operation(s->response, s->generation, id,
                                               done);
}

static inline bool sink_took(const sink *s, const char *text)
{
    return s->len == strlen(text) && memcmp(s->text, text, s->len) == 0;
}

#endif
