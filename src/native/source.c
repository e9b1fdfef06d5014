/* Bodies that are made as they are sent. */
#include <sluice/source.h>

#include "native/call.h"

sl_status sl_response_set_source(sl_response *response, uint32_t generation,
                                 const sl_body_source *source)
{
    sl_status rc;
    sl_native_call *call = sl_native_call_of(response, generation, &rc);

    if (call == NULL) {
        return rc;
    }
    if (call->has_source || source->proceed == NULL) {
        return SL_EINVAL;
    }
    call->source = *source;
    call->has_source = true;
    sl_native_call_queue(call);
    return SL_OK;
}

sl_status sl_response_resume_source(sl_response *response, uint32_t generation)
{
    sl_status rc;
    sl_native_call *call = sl_native_call_of(response, generation, &rc);

    if (call == NULL) {
        return rc == SL_EFINISHED ? SL_EMPTY : rc;
    }
    if (!call->has_source) {
        return SL_EMPTY;
    }
    call->waits = false;
    sl_native_call_queue(call);
    return SL_OK;
}

void sl_native_source_stop(sl_native_call *call, sl_status status)
{
    if (call->has_source) {
        call->has_source = false;
        if (call->source.stop != NULL) {
            call->source.stop(call->source.context, status);
        }
    }
}

static void wait_a_turn(sl_native_call *call)
{
    sl_native *native = call->native;

    sl_list_remove(&call->link);
    sl_list_append(&native->next, &call->link);
    native->next_turn = native->turn;
}

static bool has_used_its_turn(const sl_native_call *call)
{
    const sl_pipeline *pipeline = call->exchange->pipeline;
    const sl_quota *quota = &call->quota;

    return quota->turn == pipeline->turn &&
           (quota->bytes >= pipeline->settings.quota_bytes ||
            quota->calls >= pipeline->settings.quota_calls);
}

/* One call. False: it wrote nothing. */
static bool proceed(sl_native_call *call)
{
    sl_exchange *exchange = call->exchange;
    sl_response *response = &exchange->response;
    sl_quota before = call->quota;
    sl_status rc;

    /* A resume from inside of the call is not lost. */
    call->waits = true;
    exchange->pipeline->quota = &call->quota;
    rc = call->source.proceed(response, response->generation,
                              call->source.context);
    exchange->pipeline->quota = NULL;
    if (rc < 0) {
        sl_native_call_end(call, rc);
    } else if (rc == SL_EMPTY) {
        sl_native_call_end(call, SL_OK);
    } else if (rc != SL_PENDING) {
        call->waits = false;
    }
    return call->quota.turn != before.turn || call->quota.calls > before.calls;
}

void sl_native_source_run(sl_native_call *call)
{
    sl_response *response = &call->exchange->response;

    while (!call->waits && !call->over) {
        if (response->failure < 0) {
            sl_native_call_end(call, response->failure);
        } else if (response->finished) {
            sl_native_call_end(call, SL_OK);
        } else if (sl_response_await_room(response, response->generation) ==
                   SL_PENDING) {
            return; /* an event tells when there is some */
        } else if (has_used_its_turn(call) || !proceed(call)) {
            break;
        }
    }
    if (!call->waits && !call->over) {
        wait_a_turn(call);
    }
}
