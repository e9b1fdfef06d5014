/* What a C handler may call beside the response's own functions. */
#include <sluice/handler.h>

#include <string.h>

#include "native/call.h"

sl_native_call *sl_native_call_of(sl_response *response, uint32_t generation,
                                  sl_status *rc)
{
    sl_exchange *exchange;
    sl_native_call *call;

    if (response->generation != generation) {
        *rc = SL_EGONE;
        return NULL;
    }
    exchange = sl_exchange_of_response(response);
    if (!exchange->is_native) {
        *rc = exchange->handler_over ? SL_EFINISHED : SL_EINVAL;
        return NULL;
    }
    call = exchange->host;
    if (call->over) {
        *rc = SL_EFINISHED;
        return NULL;
    }
    *rc = SL_OK;
    return call;
}

void sl_native_call_queue(sl_native_call *call)
{
    if (sl_list_is_empty(&call->link)) {
        sl_list_append(&call->native->queue, &call->link);
    }
}

/* A client that leaves is no failure of the handler. */
static void log_failure(const sl_native_call *call, sl_status status)
{
    const sl_request *request = &call->exchange->request;
    sl_span method = request->parts[SL_PART_METHOD];
    sl_span target = request->parts[SL_PART_TARGET];
    const char *why = sl_status_name(status);
    const sl_log_field fields[] = {
        {"status", why, strlen(why)},
        {"request", sl_request_id(request), request->parts[SL_PART_ID].len},
        {"method", method.data, method.len},
        {"target", target.data, target.len},
    };
    sl_log_level level =
        call->exchange->response.failure < 0 || status == SL_ECANCELLED
            ? SL_LOG_DEBUG
            : SL_LOG_ERROR;
    static const char message[] = "a C handler failed";

    sl_log_write(call->native->log, level, message, sizeof message - 1, fields,
                 sizeof fields / sizeof fields[0]);
}

void sl_native_call_end(sl_native_call *call, sl_status status)
{
    if (call->over) {
        return;
    }
    if (status < 0 && call->native->log != NULL) {
        log_failure(call, status);
    }
    call->over = true;
    call->status = status;
    call->native->handlers--;
    sl_exchange_handler_over(call->exchange, status);
    sl_native_call_queue(call);
}

sl_status sl_response_indicate_completion(sl_response *response,
                                          uint32_t generation, sl_status status)
{
    sl_status rc;
    sl_native_call *call = sl_native_call_of(response, generation, &rc);

    if (call == NULL) {
        return rc;
    }
    if (status == SL_PENDING) {
        return SL_EINVAL;
    }
    sl_native_call_end(call, status < 0 ? status : SL_OK);
    return SL_OK;
}

sl_status sl_response_on_drain(sl_response *response, uint32_t generation,
                               sl_event_fn *fn, void *context)
{
    sl_status rc;
    sl_native_call *call = sl_native_call_of(response, generation, &rc);

    if (call == NULL) {
        return rc;
    }
    call->drain = (sl_native_listener){0};
    rc = sl_response_await_room(response, generation);
    if (rc == SL_PENDING) {
        call->drain = (sl_native_listener){fn, context};
    }
    return rc;
}

sl_status sl_response_on_abort(sl_response *response, uint32_t generation,
                               sl_event_fn *fn, void *context)
{
    sl_status rc;
    sl_native_call *call = sl_native_call_of(response, generation, &rc);

    if (call == NULL) {
        return rc;
    }
    call->abort = (sl_native_listener){fn, context};
    if (response->failure < 0) { /* that event may have been taken already */
        call->events |= SL_EVENT_ABORTED;
        sl_native_call_queue(call);
    }
    return SL_OK;
}

sl_status sl_response_write(sl_response *response, uint32_t generation,
                            const char *data, size_t len)
{
    sl_operation operation = {.flags = SL_MORE_DATA};
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = data, .len = len};

    return sl_response_write_entity_chunks(response, generation, &chunk, 1,
                                           &operation);
}
