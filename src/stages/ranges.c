/* Ranges as a stage: what is sent of a body. It is decided in ranges_head.c. */
#include "stages/ranges.h"
#include "http/condition.h"

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

/* Where the next part begins, if it was moved to where it comes next. */
static void begin_part(sl_sliced *s)
{
    if (s->is_moved && s->at < s->count) {
        s->seen = s->ranges[s->at].first;
    }
}

/* Pass up to `len` bytes of a part on, and what stands around it. */
static sl_status send(sl_sliced *s, sl_stage *stage, uint32_t generation,
                      uint64_t len)
{
    const sl_range *range = &s->ranges[s->at];
    uint64_t left = range->last + 1 - s->seen;
    sl_status rc = SL_OK;

    if (s->seen == range->first) {
        rc = put_text(s, stage, generation);
    }
    len = len < left ? len : left;
    s->seen += len;
    if (rc == SL_OK) {
        rc = sl_stage_pass(stage, generation, (double)len);
    }
    if (rc < 0 || len < left) {
        return rc;
    }
    s->at++;
    begin_part(s);
    return s->at == s->count ? put_text(s, stage, generation) : SL_OK;
}

/* Use up to `len` bytes of the chunk that comes next. */
static sl_status use(sl_sliced *s, sl_stage *stage, uint32_t generation,
                     uint64_t len)
{
    uint64_t left;

    if (s->at == s->count) {
        return drop(stage, generation, SL_TO_END);
    }
    left = s->ranges[s->at].first;
    if (s->seen >= left) {
        return send(s, stage, generation, len);
    }
    left -= s->seen;
    len = len < left ? len : left;
    s->seen += len;
    return drop(stage, generation, (double)len);
}

/* The first push has all of the body that is to be moved. */
static void move(sl_sliced *s, sl_stage *stage)
{
    if (s->is_moved && !s->is_begun) {
        sl_stage_order(stage, s->ranges, s->count);
        begin_part(s);
    }
    s->is_begun = true;
}

static sl_status push(sl_stage *stage, sl_response *response,
                      uint32_t generation, uint32_t how, void *state)
{
    sl_sliced *s = state;
    sl_chunk chunk;
    sl_status rc;

    move(s, stage);
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

/* Can the whole body leave as it is, whatever becomes of it behind us? Stages in front
 * of us may make other bytes of it. */
static bool is_plain(const sl_response *res, const sl_request *request)
{
    return (res->stages == NULL || res->stages->order < type.order) &&
           !sl_condition_is_asked(&request->headers);
}

/* The body is written next; something in front of it would be a part of it. */
static sl_status offer(sl_response *res)
{
    return res->accepted_bytes > 0 ? SL_ECOMMITTED : sl_ranges_offer(res);
}

static sl_status add(sl_response *res, uint32_t generation)
{
    sl_sliced *s =
        sl_arena_take(&sl_exchange_of_response(res)->arena, sizeof *s);

    *s = (sl_sliced){.off = false};
    return sl_response_add_stage(res, generation, &type, s);
}

sl_status sl_response_ranges(sl_response *res, uint32_t generation, int how)
{
    const sl_request *request = &sl_exchange_of_response(res)->request;
    sl_sliced *s;

    if (res->generation != generation) {
        return SL_EGONE;
    }
    s = res->stages != NULL ? sl_response_stage_state(res, &type) : NULL;
    if (s == NULL &&
        (how == SL_RANGES_OFF || !sl_request_only_looks(request))) {
        return SL_OK;
    }
    if (s == NULL) {
        return how == SL_RANGES_WHOLE && is_plain(res, request)
                   ? offer(res)
                   : add(res, generation);
    }
    if (res->phase != SL_PHASE_HEAD || res->head_closed) {
        return SL_ECOMMITTED;
    }
    s->off = how == SL_RANGES_OFF;
    return SL_OK;
}
