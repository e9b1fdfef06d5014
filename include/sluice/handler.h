/* Handlers in C: after CHttpModule::OnExecuteRequestHandler and the completions
 * of IHttpContext and IHttpContext3 of the IIS native API.
 *
 * A handler is called once for each request of its route. It writes its answer
 * and returns SL_OK; or it returns SL_PENDING, keeps `request`, `response` and
 * `generation`, and goes on from the loop: from the callback of an operation,
 * from on_drain, from sl_server_post, from a timer of its own on the same loop.
 * It ends with sl_response_indicate_completion.
 *
 * Threads:    everything here belongs to the thread that runs the server's
 *             loop. Other threads use sl_server_post, and nothing else.
 * Ownership:  the server owns request and response. Both stay memory that may
 *             be touched as long as the server lives: a call that comes after
 *             the exchange has ended gets SL_EGONE, because `generation` tells.
 * Re-entry:   no function declared here calls back into the caller. Callbacks
 *             come from the loop, after the call that asked for them returned.
 */
#ifndef SLUICE_HANDLER_H
#define SLUICE_HANDLER_H

#include <sluice/request.h>
#include <sluice/response.h>

/* Answer a request.
 *
 * SL_OK       over: what was not finished is finished
 * SL_PENDING  not over: sl_response_indicate_completion ends it
 *             (RQ_NOTIFICATION_PENDING)
 * negative    failed: 500, or, when the head has left, an abort
 *
 * With a source (sluice/source.h) SL_OK and SL_PENDING mean the same: the
 * handler is over when the source is.
 */
typedef sl_status sl_handler_fn(sl_request *request, sl_response *response,
                                uint32_t generation, void *context);

/* End a handler that returned SL_PENDING, with what it could have returned
 * otherwise (IndicateCompletion). A read that is still under way completes with
 * SL_ECANCELLED; writes and flushes go on. SL_EFINISHED when the handler is
 * over already; SL_EINVAL when no C handler answers this exchange. */
SL_API SL_MUST_USE sl_status sl_response_indicate_completion(
    sl_response *response, uint32_t generation, sl_status status);

/* What a handler is told from the loop. */
typedef void sl_event_fn(sl_request *request, sl_response *response,
                         uint32_t generation, void *context);

/* Ask for a drain. SL_OK: the response holds less than its high-water mark, and
 * nobody will be called. SL_PENDING: `fn` is called once, when it does, or when
 * the response was aborted. It replaces what was asked before. */
SL_API SL_MUST_USE sl_status sl_response_on_drain(sl_response *response,
                                                  uint32_t generation,
                                                  sl_event_fn *fn,
                                                  void *context);

/* Have `fn` called once when the client leaves, or the response is aborted,
 * before the handler is over. The handler still has to end; operations that are
 * under way complete with SL_EABORTED. With NULL nobody is called. */
SL_API SL_MUST_USE sl_status sl_response_on_abort(sl_response *response,
                                                  uint32_t generation,
                                                  sl_event_fn *fn,
                                                  void *context);

/* Write `len` bytes, copied: a sync WriteEntityChunks of one chunk. */
SL_API SL_MUST_USE sl_status sl_response_write(sl_response *response,
                                               uint32_t generation,
                                               const char *data, size_t len);

#endif
