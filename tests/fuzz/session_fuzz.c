/* Arbitrary bytes to a session, for libFuzzer or tests/fuzz/replay.c.
 *
 * An input that starts with an even byte is a script: steps of an opcode, an
 * argument and, for what is received, bytes. One that starts with an odd byte
 * is what a client sends; however it is cut, the client must get the same. */
#include "talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 4096 };

static void act_on_waiting(talk *t, unsigned how)
{
    sl_exchange *x = t->waiting;
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = "data", .len = 4};
    sl_operation op = {.flags = SL_MORE_DATA};
    sl_status rc;

    if (x == NULL) {
        return;
    }
    switch (how % 4) {
    case 0:
        rc = sl_response_write_entity_chunks(
            &x->response, x->response.generation, &chunk, 1, &op);
        break;
    case 1:
        rc = sl_response_flush(&x->response, x->response.generation, &op);
        break;
    case 2:
        rc = sl_response_abort(&x->response, x->response.generation);
        break;
    default:
        t->waiting = NULL;
        talk_over(x);
        return;
    }
    (void)rc; /* a response that is over refuses, and that is fine */
}

/* Is the connection gone as far as the session is concerned? */
static bool is_gone(const talk *t)
{
    sl_session_fate fate = sl_session_fate_of(t->session);

    return fate == SL_FATE_RESET ||
           (fate != SL_FATE_OPEN && !sl_session_has_output(t->session));
}

static void step(talk *t, unsigned op, unsigned argument)
{
    switch (op % 8) {
    case 0:
        t->allowed += argument;
        break;
    case 1:
        talk_pass(t, argument * 400);
        return;
    case 2:
        if (sl_session_wants_read(t->session)) {
            sl_session_eof(t->session);
        }
        break;
    case 3:
        act_on_waiting(t, argument);
        break;
    default:
        return;
    }
    talk_turn(t);
}

static void play(const uint8_t *data, size_t size)
{
    talk t;

    talk_open(&t);
    t.settings.half_close = (data[0] & 2) != 0;
    t.settings.held_bytes = 256;
    t.file_broken = (data[0] & 4) != 0;
    t.allowed = (data[0] & 8) != 0 ? 0 : UINT64_MAX / 2;
    data++;
    size--;
    while (size >= 2 && !is_gone(&t)) {
        unsigned op = data[0];
        size_t len = data[1];

        data += 2;
        size -= 2;
        if (op % 8 < 4) {
            step(&t, op, (unsigned)len);
            continue;
        }
        len = len < size ? len : size;
        if (sl_session_wants_read(t.session)) {
            talk_receive(&t, (const char *)data, len);
        }
        if (op % 8 < 7) {
            talk_turn(&t);
        }
        data += len;
        size -= len;
    }
    talk_close(&t);
}

static void tell(talk *t, const uint8_t *data, size_t size, size_t part)
{
    talk_open(t);
    for (size_t at = 0; at < size; at += part) {
        size_t len = part < size - at ? part : size - at;

        talk_receive(t, (const char *)data + at, len);
        talk_turn(t);
    }
}

/* How much of what a client got does not depend on how its bytes were cut: all
 * in front of a refusal. Where a line has two faults, the cut decides which one
 * is named; where a body has one, whether its handler has answered before. */
static size_t settled_len(talk *t)
{
    static const char type[] = "Content-Type: text/plain";
    const char *got = talk_got(t); /* in which there may be any byte */
    const char *refusal = memmem(got, t->len, type, sizeof type - 1);

    if (refusal == NULL) {
        return t->len;
    }
    while (refusal > got && strncmp(refusal, "HTTP/1.1 ", 9) != 0) {
        refusal--;
    }
    return (size_t)(refusal - got);
}

static void compare(const uint8_t *data, size_t size)
{
    talk whole;
    talk split;
    size_t len;

    tell(&whole, data, size, 60000);
    tell(&split, data, size, 1);
    len = settled_len(&whole);
    if (settled_len(&split) < len) {
        len = settled_len(&split);
    }
    if (len == whole.len && len == split.len) {
        CHECK(len == split.len && memcmp(split.out, whole.out, len) == 0);
        CHECK(strcmp(split.log, whole.log) == 0);
    }
    CHECK(memcmp(split.out, whole.out, len) == 0);
    talk_close(&whole);
    talk_close(&split);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > MOST_BYTES) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        play(data, size);
    } else if (memmem(data, size, "100-", 4) == NULL) {
        /* Whether a client waits to continue does depend on the cut. */
        compare(data + 1, size - 1);
    }
    return 0;
}
