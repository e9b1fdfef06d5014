/* An arena frees nothing before the exchange ends, and a head may be changed
 * as often as its handler likes. So what it still says is moved to a fresh
 * arena when what was taken is far more than a head can hold. */
#include "pipeline/response.h"

static sl_span copy(sl_arena *arena, sl_span text)
{
    if (text.data != NULL) {
        text.data = sl_arena_copy(arena, text.data, text.len);
    }
    return text;
}

static void move_head(sl_response *response)
{
    sl_wording *wording = sl_response_wording(response);
    sl_fields old = response->headers;
    sl_arena fresh;

    sl_arena_init(&fresh, &sl_response_pipeline(response)->arenas);
    sl_fields_init(&response->headers, &fresh);
    for (uint32_t i = 0; i < old.count; i++) {
        sl_fields_push(&response->headers, copy(&fresh, old.items[i].name),
                       copy(&fresh, old.items[i].value));
    }
    wording->reason = copy(&fresh, wording->reason);
    wording->description = copy(&fresh, wording->description);
    sl_arena_reset(&wording->arena);
    wording->arena = fresh;
    response->headers.arena = &wording->arena;
    response->head_spent = 0;
}

void sl_response_spend(sl_response *response, size_t bytes)
{
    response->head_spent += (uint32_t)bytes;
    if (response->head_spent >
        2 * sl_response_pipeline(response)->settings.header_bytes) {
        move_head(response);
    }
}
