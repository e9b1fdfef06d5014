#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

wired *wire_add(sink *s, wired_kind kind, uint64_t len)
{
    wired *w;

    if (s->first == s->count) {
        s->first = 0;
        s->count = 0;
    }
    if (s->count == s->capacity) {
        s->capacity = s->capacity > 0 ? 2 * s->capacity : 256;
        s->wire = realloc(s->wire, s->capacity * sizeof *s->wire);
    }
    w = &s->wire[s->count++];
    w->kind = kind;
    w->len = len;
    w->used = 0;
    w->text = NULL;
    w->mark = NULL;
    if (kind != WIRED_SUPPRESSED) {
        s->wire_left += len;
    }
    return w;
}

/* What has no bytes on the wire passes as soon as it is in front. */
static void settle(sink *s)
{
    for (; s->first < s->count; s->first++) {
        wired *w = &s->wire[s->first];

        switch (w->kind) {
        case WIRED_MARK:
            model_mark_passed(s->model, w->mark);
            break;
        case WIRED_SUPPRESSED:
            model_taken(s->model, NULL, w->len);
            break;
        case WIRED_END:
            s->done = true;
            break;
        default:
            if (w->used < w->len) {
                return;
            }
            break;
        }
    }
}

static void compare(sink *s, wired *w, const char *data, uint64_t len)
{
    const char *text = w->text != NULL ? w->text : w->own;

    switch (w->kind) {
    case WIRED_FRAMING:
        EXPECT(s->report, 4, memcmp(data, text + w->used, len) == 0,
               "framing of %llu bytes is not what was put there",
               (unsigned long long)w->len);
        model_took_wire(s->model, len);
        break;
    case WIRED_BODY:
        model_took_wire(s->model, len);
        model_taken(s->model, data, len);
        break;
    default: /* an interim response counts to no operation */
        s->model->wire_bytes += (double)len;
        break;
    }
}

/* The kernel took these bytes. */
static void take(sink *s, const char *data, uint64_t len)
{
    s->wire_left -= len;
    while (len > 0) {
        wired *w;
        uint64_t n;

        settle(s);
        EXPECT(s->report, 7, s->first < s->count,
               "%llu bytes are sent that nobody framed",
               (unsigned long long)len);
        w = &s->wire[s->first];
        n = w->len - w->used < len ? w->len - w->used : len;
        compare(s, w, data, n);
        w->used += n;
        data += n;
        len -= n;
    }
}

static void take_file(sink *s, const sl_batch *batch, uint64_t len)
{
    static char buffer[POOL_BYTES];
    ssize_t n;

    EXPECT(s->report, 4, len <= sizeof buffer, "a range beyond the file");
    n = pread(batch->fd, buffer, len, (off_t)batch->offset);
    EXPECT(s->report, 4, n == (ssize_t)len,
           "reading %llu bytes of descriptor %d gives %zd",
           (unsigned long long)len, batch->fd, n);
    take(s, buffer, len);
}

static uint64_t take_batch(sink *s, const sl_batch *batch, uint64_t budget)
{
    uint64_t left = budget;

    for (int i = 0; i < batch->count && left > 0; i++) {
        size_t n = batch->iov[i].iov_len;

        n = n < left ? n : (size_t)left;
        take(s, batch->iov[i].iov_base, n);
        left -= n;
    }
    if (batch->fd >= 0 && left > 0) {
        uint64_t n = batch->file_len < left ? batch->file_len : left;

        take_file(s, batch, n);
        left -= n;
    }
    return budget - left;
}

uint64_t wire_offer(sink *s, uint64_t budget)
{
    sl_batch batch;
    uint64_t offered;
    uint64_t taken;
    bool all;

    sl_batch_init(&batch);
    all = sl_queue_gather(&s->response->wire, &batch);
    offered = batch.bytes + (batch.fd >= 0 ? batch.file_len : 0);
    EXPECT(s->report, 7, offered > 0, "nothing is offered of %llu bytes",
           (unsigned long long)s->wire_left);
    EXPECT(s->report, 7, all == (offered == s->wire_left),
           "%llu bytes are offered of %llu, which are %sall",
           (unsigned long long)offered, (unsigned long long)s->wire_left,
           all ? "" : "not ");
    taken = take_batch(s, &batch, budget);
    wire_sent(s, taken);
    return taken;
}

void wire_sent(sink *s, uint64_t len)
{
    settle(s);
    TRACE(s->report, "  sink: sent %llu", (unsigned long long)len);
    sl_response_sent(s->response, len);
    EXPECT(s->report, 5, sl_response_is_done(s->response) == s->done,
           "the response says it is %sdone, which is not so",
           s->done ? "not " : "");
}
