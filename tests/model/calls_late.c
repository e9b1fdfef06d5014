/* Calls with handles whose exchange is over (invariant 9). */
#include "world.h"

static sl_status call_with(const stale *old, uint32_t which)
{
    sl_response *res = old->response;
    uint32_t generation = old->generation;
    sl_operation op = {.flags = SL_ASYNC};
    sl_chunk chunk = {.data = "x", .len = 1};
    sl_completion done;
    sl_response_stat stat;
    sl_span span;

    switch (which) {
    case 0:
        return sl_response_write_entity_chunks(res, generation, &chunk, 1, &op);
    case 1:
        return sl_response_flush(res, generation, &op);
    case 2:
        return sl_response_get_completed_operation(res, generation, 1, &done);
    case 3:
        return sl_response_cancel(res, generation, 1);
    case 4:
        return sl_response_await(res, generation, 1);
    case 5:
        return sl_response_await_room(res, generation);
    case 6:
        return sl_response_finish(res, generation);
    case 7:
        return sl_response_abort(res, generation);
    case 8:
        return sl_response_clear(res, generation);
    case 9:
        return sl_response_set_status(res, generation, 200, NULL, 0);
    case 10:
        return sl_response_describe(res, generation, &stat);
    case 11:
        return sl_response_insert_chunks(res, generation, &chunk, 1);
    case 12:
        return sl_request_part(old->request, generation, SL_PART_PATH, &span);
    case 13:
        return sl_request_read(old->request, generation, (char[4]){0}, 4, &op);
    default:
        return sl_response_informational(res, generation, 103, NULL, 0);
    }
}

void call_stale(world *w)
{
    uint32_t count = w->nstale < STALE ? w->nstale : STALE;
    uint32_t which = rng_below(&w->random, 15);
    sl_status rc;

    if (count == 0) {
        return;
    }
    enter(w);
    rc = call_with(&w->stale[rng_below(&w->random, count)], which);
    leave(w);
    if (which < 2) {
        spend_quota(w, 0); /* a call that fails counts too */
    }
    EXPECT(&w->report, 9, rc == SL_EGONE,
           "call %u of an exchange that is over gives %d", which, rc);
}
