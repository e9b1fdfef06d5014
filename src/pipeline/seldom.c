#include "pipeline/response.h"

sl_origin *sl_request_origin(sl_request *request)
{
    if (request->origin == NULL) {
        request->origin = sl_arena_take(&sl_exchange_of_request(request)->arena,
                                        sizeof *request->origin);
        *request->origin = (sl_origin){0};
    }
    return request->origin;
}

sl_inflow *sl_request_inflow(sl_request *request)
{
    if (request->inflow == NULL) {
        request->inflow = sl_arena_take(&sl_exchange_of_request(request)->arena,
                                        sizeof *request->inflow);
        request->inflow->bytes = (sl_buffer){0};
        sl_list_init(&request->inflow->reads);
    }
    return request->inflow;
}

sl_wording *sl_response_wording(sl_response *response)
{
    if (response->wording == NULL) {
        response->wording =
            sl_arena_take(&sl_exchange_of_response(response)->arena,
                          sizeof *response->wording);
        *response->wording = (sl_wording){0};
    }
    return response->wording;
}

static void on_held_long(sl_timer *timer, uint64_t now_ms)
{
    sl_response *response = SL_CONTAINER(timer, sl_hold, timer)->response;

    if (sl_chain_holds_long(response, now_ms) && response->push == SL_PUSH) {
        response->push = SL_PUSH_FLUSH;
    }
    sl_exchange_due(sl_exchange_of_response(response));
}

void sl_response_hold_until(sl_response *response, uint64_t due_ms)
{
    sl_exchange *exchange = sl_exchange_of_response(response);

    if (response->hold == NULL) {
        response->hold =
            sl_arena_take(&exchange->arena, sizeof *response->hold);
        *response->hold =
            (sl_hold){.timer.on_due = on_held_long, .response = response};
    }
    sl_timer_start(&exchange->pipeline->timers, &response->hold->timer, due_ms);
}

void sl_response_end_hold(sl_response *response)
{
    if (response->hold != NULL) {
        sl_timer_stop(&sl_response_pipeline(response)->timers,
                      &response->hold->timer);
    }
}
