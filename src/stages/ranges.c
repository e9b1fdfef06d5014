/* Ranges as a stage: what is sent of a body. It is decided in ranges_head.c. */
#include "stages/ranges.h"

static sl_status drop(sl_stage *stage, uint32_t generation, double bytes)
{
    sl_status rc = sl_stage_drop(stage, generation, bytes);

    return rc < 0 ? rc : sl_stage_hold(stage, generation, 0);
}

/* The text in front of a part, or behind the last one. */
static sl_status put_text(const sl_sliced *s, sl_stage *stage,
                          uint32_t generation)
{
    char text[SL_PART_BYTES];
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = text};

    chunk.len = sl_part_head(s, s->at, text);
    return chunk.len > 0 ? sl_stage_put(stage, generation, &chunk, 1) : SL_OK;
}

/* Use up to `len` bytes of the chunk that comes next. */
static sl_status use(sl_sliced *s, sl_stage *stage, uint32_t generation,
                     uint64_t len)
{
    const sl_range *range;
    sl_status rc = SL_OK;

    if (s->at == s->count) {
        return drop(stage, generation, SL_TO_END);
    }
    range = &s->ranges[s->at];
    if (s->seen < range->first) {
        uint64_t left = range->first - s->seen;

        len = len < left ? len : left;
        s->seen += len;
        return drop(stage, generation, (double)len);
    }
    if (s->seen == range->first) {
        rc = put_text(s, stage, generation);
    }
    len = len < range->last + 1 - s->seen ? len : range->last + 1 - s->seen;
    s->seen += len;
    if (rc == SL_OK) {
        rc = sl_stage_pass(stage, generation, (double)len);
    }
    if (rc == SL_OK && s->seen == range->last + 1 && ++s->at == s->count) {
        rc = put_text(s, stage, generation);
    }
    return rc;
}

static sl_status push(sl_stage *stage, sl_response *response,
                      uint32_t generation, uint32_t how, void *state)
{
    sl_sliced *s = state;
    sl_chunk chunk;
    sl_status rc;

    while ((rc = sl_stage_next(stage, generation, &chunk)) == SL_OK) {
        uint64_t len = chunk.kind == SL_CHUNK_FILE ? (uint64_t)chunk.extent
                                                   : (uint64_t)chunk.len;

        rc = use(s, stage, generation, len);
        if (rc < 0) {
            return rc;
        }
    }
    return rc == SL_EMPTY || rc == SL_EAGAIN ? SL_OK : rc;
}

static void clear(sl_stage *stage, sl_response *response, uint32_t generation,
                  void *state)
{
    *(sl_sliced *)state = (sl_sliced){.off = ((sl_sliced *)state)->off};
}

static const sl_stage_type type = {
    .size = sizeof type,
    .name = "ranges",
    .order = -900,
    .headers = sl_ranges_headers,
    .push = push,
    .clear = clear,
};

sl_status sl_response_ranges(sl_response *res, uint32_t generation, int on)
{
    sl_exchange *exchange = sl_exchange_of_response(res);
    sl_sliced *s;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    s = sl_response_stage_state(res, &type);
    if (s == NULL && (!on || !sl_ranges_apply_to(&exchange->request))) {
        return SL_OK;
    }
    if (s == NULL) {
        s = sl_arena_take(&exchange->arena, sizeof *s);
        *s = (sl_sliced){.off = false};
        return sl_response_add_stage(res, generation, &type, s);
    }
    if (res->phase != SL_PHASE_HEAD || res->head_closed) {
        return SL_ECOMMITTED;
    }
    s->off = !on;
    return SL_OK;
}
