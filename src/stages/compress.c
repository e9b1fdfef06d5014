/* Compression as a stage: what is compressed is decided in compress_head.c. */
#include "stages/compress.h"

#include <string.h>

#include "http/fields.h"

/* An encoder keeps as much of what it took; more is counted as if it were. */
enum { KEEPS_BYTES = 256 * 1024, KEEPS_MS = 100 };

static sl_status put(void *context, const char *data, size_t len)
{
    sl_compress *c = context;
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = data, .len = len};

    return sl_stage_put(c->stage, c->generation, &chunk, 1);
}

static sl_status code(sl_compress *c, sl_span bytes, sl_coding_step step)
{
    return sl_coders_code(&c->stages->coders, c->coder, bytes.data, bytes.len,
                          step, put, c);
}

/* Take what has come in. SL_EMPTY: all of it. */
static sl_status take_all(sl_compress *c)
{
    sl_span bytes;
    sl_status rc;

    while ((rc = sl_stage_next_bytes(c->stage, c->generation, &bytes)) ==
           SL_OK) {
        c->kept += bytes.len;
        c->kept = c->kept < KEEPS_BYTES ? c->kept : KEEPS_BYTES;
        rc = code(c, bytes, SL_CODING_MORE);
        if (rc == SL_OK) {
            rc = sl_stage_drop(c->stage, c->generation, SL_TO_END);
        }
        if (rc == SL_OK) {
            rc = sl_stage_hold(c->stage, c->generation, (double)c->kept);
        }
        if (rc < 0) {
            return rc;
        }
    }
    return rc;
}

/* To HEAD nobody sees the body. */
static sl_status pass_all(sl_compress *c)
{
    sl_chunk chunk;
    sl_status rc;

    while ((rc = sl_stage_next(c->stage, c->generation, &chunk)) == SL_OK) {
        rc = sl_stage_pass(c->stage, c->generation, SL_TO_END);
        if (rc < 0) {
            return rc;
        }
    }
    return rc == SL_EMPTY || rc == SL_EAGAIN ? SL_OK : rc;
}

static void let_go(sl_compress *c)
{
    if (c->coder != NULL) {
        sl_coders_give(&c->stages->coders, c->coding, c->coder);
        c->coder = NULL;
    }
}

static sl_status push(sl_stage *stage, sl_response *response,
                      uint32_t generation, uint32_t how, void *state)
{
    sl_compress *c = state;
    sl_status rc;

    c->stage = stage;
    c->generation = generation;
    if (c->coder == NULL) {
        return pass_all(c);
    }
    rc = take_all(c);
    if (rc == SL_EAGAIN) {
        return SL_OK; /* called again when there is room */
    }
    if (rc != SL_EMPTY) {
        return rc;
    }
    if (how == SL_STAGE_END) {
        rc = code(c, (sl_span){0}, SL_CODING_END);
    } else if (how == SL_STAGE_FLUSH && c->kept > 0) {
        rc = code(c, (sl_span){0}, SL_CODING_FLUSH);
    } else {
        return SL_OK;
    }
    c->kept = 0;
    if (rc == SL_OK && how == SL_STAGE_END) {
        let_go(c);
    }
    return rc < 0 ? rc : sl_stage_hold(stage, generation, 0);
}

static void clear(sl_stage *stage, sl_response *response, uint32_t generation,
                  void *state)
{
    sl_compress *c = state;

    let_go(c);
    c->kept = 0;
}

static void on_abort(sl_stage *stage, sl_response *response,
                     uint32_t generation, sl_status why, void *state)
{
    let_go(state);
}

static void end(void *state)
{
    let_go(state);
}

const sl_stage_type sl_compress_type = {
    .size = sizeof sl_compress_type,
    .name = "compress",
    .order = -1000,
    .holds_ms = KEEPS_MS,
    .holds_bytes = KEEPS_BYTES,
    .headers = sl_compress_headers,
    .push = push,
    .clear = clear,
    .abort = on_abort,
    .end = end,
};
