#include "pipeline/exchange.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/pipeline.h"
#include "pipeline/response.h"

/* Generations are never zero, so that a freed slot matches no handle. */
static uint32_t next_generation(sl_pipeline *pipeline)
{
    if (++pipeline->next_generation == 0) {
        pipeline->next_generation = 1;
    }
    return pipeline->next_generation;
}

sl_exchange *sl_exchange_create(sl_pipeline *pipeline,
                                const sl_transport *transport, void *session)
{
    sl_exchange *exchange = sl_slab_take(&pipeline->exchanges);
    uint32_t generation = next_generation(pipeline);
    uint32_t number = exchange->number;

    *exchange = (sl_exchange){.number = number};
    if (number == 0) { /* the slot is a new one */
        exchange->number = ++pipeline->slots;
    }
    exchange->pipeline = pipeline;
    exchange->transport = transport;
    exchange->session = session;
    exchange->holds = SL_HOLD_SESSION | SL_HOLD_HOST;
    sl_arena_init(&exchange->arena, &pipeline->arenas);
    sl_list_init(&exchange->session_link);
    sl_list_init(&exchange->event_link);
    exchange->request.generation = generation;
    exchange->request.arrived_ms = pipeline->now_ms;
    exchange->request.arrived_us = pipeline->now_us;
    sl_fields_init(&exchange->request.headers, &exchange->arena);
    sl_response_init(&exchange->response, generation, &exchange->arena);
    return exchange;
}

static void destroy(sl_exchange *exchange)
{
    sl_pipeline *pipeline = exchange->pipeline;

    assert(sl_list_is_empty(&exchange->session_link));
    exchange->request.generation = 0;
    exchange->response.generation = 0;
    pipeline->streams -= exchange->response.is_stream;
    sl_response_deinit(&exchange->response);
    sl_list_remove(&exchange->event_link);
    sl_request_drop_whole(&exchange->request);
    sl_arena_reset(&exchange->arena);
    sl_slab_give(&pipeline->exchanges, exchange);
}

void sl_exchange_release(sl_exchange *exchange, uint32_t hold)
{
    assert(exchange->holds & hold);
    if (hold == SL_HOLD_SESSION) {
        if (exchange->request.body_state == SL_BODY_OPEN) {
            sl_request_end(&exchange->request, SL_BODY_FAILED);
        }
        sl_response_fail(&exchange->response, SL_EABORTED);
        exchange->session = NULL;
        exchange->transport = NULL;
    }
    if (hold == SL_HOLD_HOST) { /* nobody is left to be told */
        exchange->events = 0;
        sl_list_remove(&exchange->event_link);
    }
    /* Failing may have added the pipeline's own hold. */
    exchange->holds &= (uint8_t)~hold;
    if (exchange->holds == 0) {
        destroy(exchange);
    }
}

void sl_exchange_notify(sl_exchange *exchange, uint32_t events)
{
    exchange->events |= (uint8_t)events;
    if (sl_list_is_empty(&exchange->event_link) &&
        (exchange->holds & SL_HOLD_HOST)) {
        sl_list_append(&exchange->pipeline->with_events, &exchange->event_link);
    }
}

void sl_exchange_due(sl_exchange *exchange)
{
    if (exchange->transport != NULL) {
        exchange->transport->due(exchange->session, exchange);
    }
}

void sl_exchange_send(sl_exchange *exchange)
{
    if (exchange->transport != NULL) {
        if (exchange->response.first_us == 0) { /* it is to be noted now */
            sl_pipeline_refresh(exchange->pipeline);
        }
        exchange->transport->send(exchange->session, exchange);
    }
}

static void set(sl_response *response, const char *name, const char *value)
{
    sl_status rc =
        sl_response_set_header(response, response->generation, name,
                               strlen(name), value, strlen(value), 1);

    assert(rc == SL_OK);
    (void)rc;
}

/* Say that the handler failed, in place of whatever it had prepared. */
static void answer_failure(sl_exchange *exchange, sl_status status,
                           sl_status dropped)
{
    sl_response *response = &exchange->response;
    uint32_t generation = response->generation;
    bool is_busy = status == SL_EAGAIN || status == SL_ETIMEDOUT;
    char text[96];
    int len = snprintf(text, sizeof text, "%s\nrequest id: %s\n",
                       is_busy ? "503 Service Unavailable"
                               : "500 Internal Server Error",
                       sl_request_id(&exchange->request));
    sl_status rc;

    sl_response_discard(response, dropped);
    rc = sl_response_clear_headers(response, generation);
    assert(rc == SL_OK);
    rc = sl_response_set_status(response, generation, is_busy ? 503 : 500, NULL,
                                0);
    assert(rc == SL_OK);
    set(response, "Content-Type", "text/plain; charset=utf-8");
    if (status == SL_EAGAIN) {
        set(response, "Retry-After", "1");
    }
    sl_response_answer(response, text, (size_t)len);
    (void)rc;
}

void sl_exchange_stage_failed(sl_exchange *exchange, sl_status why)
{
    sl_response *response = &exchange->response;

    sl_chain_destroy(response, SL_ESTAGE);
    answer_failure(exchange, why == SL_ETIMEDOUT ? why : SL_ESTAGE, SL_ESTAGE);
    response->failure = SL_ESTAGE;
    sl_exchange_notify(exchange, SL_EVENT_ROOM | SL_EVENT_COMPLETION);
}

void sl_exchange_handler_over(sl_exchange *exchange, sl_status status)
{
    sl_response *response = &exchange->response;
    sl_status rc = SL_OK;

    exchange->handler_over = true;
    sl_request_end_reads(&exchange->request, SL_ECANCELLED);
    if (status >= 0) {
        rc = sl_response_finish(response, response->generation);
    } else if (response->phase == SL_PHASE_HEAD) {
        if (response->failure == SL_OK) { /* else it is answered already */
            answer_failure(exchange, status, SL_ECANCELLED);
        }
    } else {
        rc = sl_response_abort(response, response->generation);
    }
    (void)rc; /* a response that ended otherwise stays as it is */
    sl_exchange_due(exchange);
}
