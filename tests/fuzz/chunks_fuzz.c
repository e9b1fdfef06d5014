/* What a handler writes, through framing and a socket that takes what it likes,
 * to a decoder of its own: the client must have the same bytes. */
#include "talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHUNKS_BYTES = 512, BODY_BYTES = 16384 };

typedef struct wanted {
    char body[BODY_BYTES];
    size_t len;
    bool has_trailers;
    bool ended;
} wanted;

static void write_some(talk *t, wanted *w, size_t len)
{
    char part[256];

    len = len < BODY_BYTES - w->len ? len : BODY_BYTES - w->len;
    for (size_t i = 0; i < len; i++) {
        part[i] = (char)("\r\n0;a"[(w->len + i) % 5]);
    }
    memcpy(w->body + w->len, part, len);
    w->len += len;
    talk_write_bytes(t->waiting, part, len, SL_MORE_DATA);
}

static void step(talk *t, wanted *w, uint8_t byte)
{
    switch (byte % 8) {
    case 0:
        talk_flush(t->waiting);
        break;
    case 1:
        t->allowed += byte / 8;
        break;
    case 2:
        talk_turn(t);
        break;
    case 3:
        if (!w->has_trailers) {
            talk_trailers(t->waiting);
            w->has_trailers = true;
        }
        break;
    default:
        write_some(t, w, byte);
        break;
    }
}

/* --- The decoder ---------------------------------------------------------------- */

/* Hexadecimal digits, at least one, and CRLF; RFC 9112, 7.1. */
static const char *size_line(const char *at, size_t *size)
{
    char *end;

    CHECK((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f'));
    CHECK(at[0] != '0' || at[1] == '\r');
    *size = strtoul(at, &end, 16);
    CHECK(strncmp(end, "\r\n", 2) == 0);
    return end + 2;
}

static const char *check_chunks(const char *at, const wanted *w)
{
    size_t done = 0;
    size_t size;

    while ((at = size_line(at, &size)), size > 0) {
        CHECK(size <= w->len - done);
        CHECK(memcmp(at, w->body + done, size) == 0);
        CHECK(strncmp(at + size, "\r\n", 2) == 0);
        done += size;
        at += size + 2;
    }
    CHECK(done == w->len);
    if (w->has_trailers) {
        CHECK(strncmp(at, "Sum: 42\r\n", 9) == 0);
        at += 9;
    }
    CHECK(strncmp(at, "\r\n", 2) == 0);
    return at + 2;
}

static const char *check_length(const char *head, const char *at,
                                const wanted *w)
{
    const char *field = strstr(head, "Content-Length: ");

    CHECK(field != NULL && field < at && !w->has_trailers);
    CHECK(strtoul(field + 16, NULL, 10) == w->len);
    CHECK(memcmp(at, w->body, w->len) == 0);
    return at + w->len;
}

static void check(const talk *t, const wanted *w)
{
    const char *body = strstr(t->out, "\r\n\r\n");
    const char *chunked = strstr(t->out, "Transfer-Encoding: chunked");

    CHECK(body != NULL);
    body += 4;
    body = chunked != NULL && chunked < body ? check_chunks(body, w)
                                             : check_length(t->out, body, w);
    CHECK(body == t->out + t->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static wanted w;
    static talk t;

    if (size > CHUNKS_BYTES) {
        return 0;
    }
    w = (wanted){.len = 0};
    talk_open(&t);
    t.allowed = 0;
    talk_say(&t, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    for (size_t i = 0; i < size; i++) {
        step(&t, &w, data[i]);
    }
    talk_over(t.waiting);
    t.waiting = NULL;
    t.allowed = UINT64_MAX / 2;
    talk_turn(&t);
    check(&t, &w);
    talk_close(&t);
    return 0;
}
