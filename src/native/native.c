#include "native/native.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "native/call.h"
#include "native/path.h"

void sl_native_init(sl_native *native)
{
    *native = (sl_native){0};
    sl_native_routes_init(&native->routes);
    sl_list_init(&native->live);
    sl_list_init(&native->queue);
    sl_list_init(&native->next);
}

void sl_native_deinit(sl_native *native)
{
    assert(sl_list_is_empty(&native->live));
    sl_native_routes_deinit(&native->routes);
    sl_native_visitors_deinit(native);
}

/* --- Answers without a handler ---------------------------------------------- */

void sl_native_answer(sl_exchange *exchange, int status, const char *text,
                      const char *allow)
{
    static const char type[] = "text/plain; charset=utf-8";
    sl_response *response = &exchange->response;
    uint32_t generation = response->generation;
    sl_status rc =
        sl_response_set_status(response, generation, status, NULL, 0);

    if (rc == SL_OK && allow != NULL) {
        rc = sl_response_set_header(response, generation, "Allow", 5, allow,
                                    strlen(allow), 1);
    }
    if (rc == SL_OK) {
        rc = sl_response_set_header(response, generation, "Content-Type", 12,
                                    type, sizeof type - 1, 1);
    }
    if (rc == SL_OK) {
        rc = sl_response_write(response, generation, text, strlen(text));
    }
    sl_exchange_handler_over(exchange, rc);
    sl_exchange_release(exchange, SL_HOLD_HOST);
}

static void refuse_method(sl_exchange *exchange, const sl_native_path *path)
{
    char allow[256] = "";

    (void)sl_native_path_allow(path, allow, sizeof allow);
    sl_native_answer(exchange, 405, "405 method not allowed\n", allow);
}

/* --- A handler begins --------------------------------------------------------- */

static uint16_t number_of(sl_traffic *traffic, const sl_native_path *path)
{
    char text[SL_ROUTE_TEXT];
    int len = snprintf(text, sizeof text, "%s%s", path->text,
                       path->is_prefix ? "*" : "");

    return (uint16_t)sl_traffic_route(traffic, text, (size_t)len);
}

static void begin(sl_native *native, sl_exchange *exchange,
                  const sl_native_route *route)
{
    sl_native_call *call = sl_arena_take(&exchange->arena, sizeof *call);

    *call = (sl_native_call){
        .native = native,
        .exchange = exchange,
        .route = route,
    };
    exchange->host = call;
    exchange->is_native = true;
    native->handlers++;
    sl_list_append(&native->live, &call->live_link);
    sl_list_append(&native->queue, &call->link);
}

static sl_span path_of(sl_exchange *exchange)
{
    sl_span path = exchange->request.parts[SL_PART_PATH];
    char *text;

    if (memchr(path.data, '%', path.len) == NULL) {
        return path;
    }
    text = sl_arena_take(&exchange->arena, path.len);
    return (sl_span){text, sl_native_path_normalize(path, text)};
}

bool sl_native_start(sl_native *native, sl_exchange *exchange)
{
    const sl_request *request = &exchange->request;
    sl_native_path *path =
        sl_native_routes_find(&native->routes, path_of(exchange));
    const sl_native_route *route;

    if (path == NULL) {
        return false;
    }
    route = sl_native_path_route(path, request->parts[SL_PART_METHOD]);
    if (route != NULL) {
        if (path->number == SL_ROUTE_NONE) {
            path->number = number_of(exchange->pipeline->traffic, path);
        }
        exchange->route = path->number;
        begin(native, exchange, route);
    } else {
        refuse_method(exchange, path);
    }
    return true;
}

/* --- Something happens ---------------------------------------------------------- */

void sl_native_on_events(sl_exchange *exchange, uint32_t events)
{
    sl_native_call *call = exchange->host;

    call->events |= events;
    if (events & (SL_EVENT_ROOM | SL_EVENT_ABORTED)) {
        sl_native_call_queue(call);
    }
}

static void tell(sl_native_call *call, sl_native_listener *listener)
{
    sl_exchange *exchange = call->exchange;
    sl_native_listener told = *listener;

    *listener = (sl_native_listener){0};
    if (told.fn != NULL && !call->over) {
        told.fn(&exchange->request, &exchange->response,
                exchange->response.generation, told.context);
    }
}

static void run_handler(sl_native_call *call)
{
    sl_exchange *exchange = call->exchange;
    sl_status rc;

    call->begun = true;
    rc = call->route->fn(&exchange->request, &exchange->response,
                         exchange->response.generation, call->route->context);
    if (rc < 0) {
        sl_native_call_end(call, rc);
    } else if (rc != SL_PENDING && !call->has_source) {
        sl_native_call_end(call, SL_OK);
    }
}

static void take_events(sl_native_call *call)
{
    uint32_t events = call->events;

    call->events = 0;
    if (events & SL_EVENT_ABORTED) {
        tell(call, &call->abort);
    }
    if (events & (SL_EVENT_ABORTED | SL_EVENT_ROOM)) {
        tell(call, &call->drain);
    }
}

/* The last that is done for a call: it is gone with its exchange. */
static void let_go(sl_native_call *call)
{
    sl_exchange *exchange = call->exchange;

    sl_native_source_stop(call, call->status);
    sl_list_remove(&call->link);
    sl_list_remove(&call->live_link);
    exchange->host = NULL;
    exchange->is_native = false;
    sl_exchange_release(exchange, SL_HOLD_HOST);
}

static void run(sl_native_call *call)
{
    if (!call->begun && !call->over) {
        run_handler(call);
    }
    take_events(call);
    if (call->has_source && !call->over) {
        sl_native_source_run(call);
    }
    if (call->over) {
        let_go(call);
    }
}

bool sl_native_run(sl_native *native, uint64_t turn)
{
    sl_list batch;
    sl_list *link;

    native->turn = turn;
    if (native->next_turn != turn) {
        sl_list_splice(&native->queue, &native->next);
    }
    if (sl_list_is_empty(&native->queue)) {
        return false;
    }
    sl_list_init(&batch);
    sl_list_splice(&batch, &native->queue);
    while ((link = sl_list_take(&batch)) != NULL) {
        run(SL_CONTAINER(link, sl_native_call, link));
    }
    return true;
}

bool sl_native_is_runnable(const sl_native *native)
{
    return !sl_list_is_empty(&native->queue) ||
           !sl_list_is_empty(&native->next);
}

/* --- The end ------------------------------------------------------------------- */

void sl_native_cancel_all(sl_native *native)
{
    for (sl_list *link = native->live.next; link != &native->live;
         link = link->next) {
        sl_native_call *call = SL_CONTAINER(link, sl_native_call, live_link);
        sl_response *response = &call->exchange->response;

        if (call->has_source || !call->begun) {
            sl_native_call_end(call, SL_ECANCELLED);
        } else {
            sl_status rc = sl_response_abort(response, response->generation);

            (void)rc; /* one that is over needs none */
        }
    }
}

void sl_native_end_all(sl_native *native)
{
    while (!sl_list_is_empty(&native->live)) {
        sl_native_call *call =
            SL_CONTAINER(native->live.next, sl_native_call, live_link);

        take_events(call);
        sl_native_call_end(call, SL_ECANCELLED);
        let_go(call);
    }
}
