/* The response of one exchange: after IHttpResponse and IHttpResponse2 of the
 * IIS native API.
 *
 * A handler writes body chunks, flushes, and collects completions. Framing
 * (Content-Length, chunked, close) is chosen when the head leaves.
 *
 * Threads:    call only on the worker that created the response.
 * Ownership:  the exchange owns the response; a handler borrows it until the
 *             exchange ends. `generation` is checked by every call; one that
 *             comes too late gets SL_EGONE. Memory of the caller is kept only
 *             for borrowed chunks, until they were sent.
 * Re-entry:   no function declared here calls back into the caller.
 * Errors:     a negative sl_status leaves the response as it was, except
 *             SL_EABORTED and SL_EFINISHED, which are final. Every function
 *             may return SL_EGONE. The first failure is kept: it is what
 *             later writes and flushes report.
 */
#ifndef SLUICE_RESPONSE_H
#define SLUICE_RESPONSE_H

#include <sluice/chunk.h>
#include <sluice/operation.h>

/* --- The three interfaces ---------------------------------------------- */

/* Append chunks to the body (IHttpResponse2::WriteEntityChunks).
 *
 * SL_OK        accepted (sync), or completed inline (async): op->bytes is
 *              final, and no completion will come
 * SL_PENDING   accepted; exactly one completion will come, also on abort
 * SL_EAGAIN    at the hard limit, the mark or the quota (see the flags);
 *              nothing was taken
 * SL_EINVAL    a chunk breaks its contract; trailers beside a declared length
 * SL_ENOTFOUND no fragment of that name
 * SL_ELENGTH   more than the declared Content-Length; nothing was taken
 * SL_ETOOBIG   trailers above the limit of a head; async, and too many failed
 *              completions wait uncollected; after 2^32 - 1 operations
 * SL_EABORTED, SL_EFINISHED
 */
SL_API SL_MUST_USE sl_status sl_response_write_entity_chunks(
    sl_response *res, uint32_t generation, const sl_chunk *chunks,
    size_t nchunks, sl_operation *op);

/* Send all buffered output, head included (IHttpResponse2::Flush).
 *
 * With SL_ASYNC the response is due in this turn of the loop; without it the
 * socket is tried now, and what could not be sent is an operation that is
 * collected by its id. Status as for a write.
 */
SL_API SL_MUST_USE sl_status sl_response_flush(sl_response *res,
                                               uint32_t generation,
                                               sl_operation *op);

/* Collect a completion: of operation `id`, or the oldest when `id` is 0
 * (IHttpCompletionInfo2).
 *
 * SL_OK        *done was filled in; it is collected now
 * SL_PENDING   not completed yet; *done is untouched
 * SL_EMPTY     nothing is in flight (id 0); or this operation was collected,
 *              or left the list after it succeeded; *done is untouched
 */
SL_API SL_MUST_USE sl_status sl_response_get_completed_operation(
    sl_response *res, uint32_t generation, uint32_t id, sl_completion *done);

/* --- Operations in flight ----------------------------------------------- */

/* Withdraw a write none of whose bytes has moved: it completes with
 * SL_ECANCELLED in its turn. Later, a write's cancel aborts the response, and
 * a flush's only ends the wait. SL_EMPTY when it has completed already. */
SL_API SL_MUST_USE sl_status sl_response_cancel(sl_response *res,
                                                uint32_t generation,
                                                uint32_t id);

/* Say that somebody waits for operation `id`: stages are flushed up to it at
 * the end of the turn. SL_OK when it has completed already. */
SL_API SL_MUST_USE sl_status sl_response_await(sl_response *res,
                                               uint32_t generation,
                                               uint32_t id);

/* --- Head ---------------------------------------------------------------- */

/* Set the status: 200 to 599, and a reason of at most 256 bytes or NULL for
 * the usual one. SL_ECOMMITTED, SL_EINVAL; SL_ELENGTH when the body is finished
 * and shorter than declared, which only 204 and 304 allow. */
SL_API SL_MUST_USE sl_status sl_response_set_status(sl_response *res,
                                                    uint32_t generation,
                                                    int status,
                                                    const char *reason,
                                                    size_t reason_len);

/* Set (replace) or add a header field. Names are tokens; values must not hold
 * CR, LF or NUL. Content-Length declares the body's length. Connection,
 * Transfer-Encoding, Trailer and Keep-Alive belong to the server: SL_EINVAL,
 * except `Connection: close`. SL_ECOMMITTED, SL_ETOOBIG. */
SL_API SL_MUST_USE sl_status sl_response_set_header(
    sl_response *res, uint32_t generation, const char *name, size_t name_len,
    const char *value, size_t value_len, int replace);

/* Delete a field; deleting an absent one is no error. */
SL_API SL_MUST_USE sl_status sl_response_delete_header(sl_response *res,
                                                       uint32_t generation,
                                                       const char *name,
                                                       size_t name_len);

/* The nth (from 0) value of a field; SL_EMPTY when there is none. *value is
 * borrowed until the next change of the head. */
SL_API SL_MUST_USE sl_status sl_response_header(sl_response *res,
                                                uint32_t generation,
                                                const char *name,
                                                size_t name_len, uint32_t nth,
                                                sl_span *value);

/* Drop what was buffered of the body, and reset status and headers, or reset
 * the headers only. SL_ECOMMITTED; for the body also SL_EFINISHED, once the
 * handler is over. Dropped operations complete with SL_ECANCELLED. */
SL_API SL_MUST_USE sl_status sl_response_clear(sl_response *res,
                                               uint32_t generation);
SL_API SL_MUST_USE sl_status sl_response_clear_headers(sl_response *res,
                                                       uint32_t generation);

/* Answer with a redirection: status 301, 302, 303, 307 or 308, Location, and
 * a body cleared of what was buffered. Refused as `clear` is; SL_EINVAL. */
SL_API SL_MUST_USE sl_status sl_response_redirect(sl_response *res,
                                                  uint32_t generation,
                                                  const char *url, size_t len,
                                                  int status);

/* A text for the log and for the error page of development; copied. */
SL_API SL_MUST_USE sl_status sl_response_set_error_description(
    sl_response *res, uint32_t generation, const char *text, size_t len);

/* Send an interim response (RFC 9110, 15.2) ahead of the final one: status 102
 * to 199 except 101. Nothing is sent to an HTTP/1.0 client. SL_ECOMMITTED;
 * SL_ETOOBIG when those that wait to be sent are as large as a head may be. */
SL_API SL_MUST_USE sl_status
sl_response_informational(sl_response *res, uint32_t generation, int status,
                          const sl_field_spec *fields, size_t nfields);

/* --- Body, further ------------------------------------------------------- */

/* Put chunks in front of what is buffered (WriteEntityChunkByReference with
 * position 0). Only while no byte of the body has left: SL_ECOMMITTED. */
SL_API SL_MUST_USE sl_status sl_response_insert_chunks(sl_response *res,
                                                       uint32_t generation,
                                                       const sl_chunk *chunks,
                                                       size_t nchunks);

/* How much may be held back at the end of a turn: 0 none (the default),
 * otherwise up to `bytes`. A flush and the end of the body always send. */
SL_API SL_MUST_USE sl_status sl_response_set_buffering(sl_response *res,
                                                       uint32_t generation,
                                                       double bytes);

/* Nothing more will be written (what returning from a handler does). Calling
 * it again is no error. A body shorter than its declared length aborts the
 * response: SL_ELENGTH. */
SL_API SL_MUST_USE sl_status sl_response_finish(sl_response *res,
                                                uint32_t generation);

/* End the exchange so that the client cannot take it for complete. Operations
 * in flight complete with SL_EABORTED. No error when it is over already. */
SL_API SL_MUST_USE sl_status sl_response_abort(sl_response *res,
                                               uint32_t generation);

/* Close the connection when this response is complete (SetNeedDisconnect). */
SL_API SL_MUST_USE sl_status sl_response_set_need_disconnect(
    sl_response *res, uint32_t generation, int disconnect);

/* --- State ---------------------------------------------------------------- */

typedef struct sl_response_stat {
    uint32_t status;         /* HTTP status code */
    int committed;           /* the head has left: GetResponseHeadersSent */
    int finished;            /* nothing more can be written */
    sl_status failure;       /* the first failure; SL_OK: none */
    uint32_t in_flight;      /* operations not completed */
    int has_room;            /* holds less than the high-water mark */
    double pending_bytes;    /* entity bytes accepted and not yet sent */
    double sent_bytes;       /* entity bytes that the kernel took */
    double wire_bytes;       /* the same with framing, head, interim */
    double dropped_trailers; /* trailer fields an HTTP/1.0 client cannot get */
} sl_response_stat;

/* Fill in *stat. */
SL_API SL_MUST_USE sl_status sl_response_describe(sl_response *res,
                                                  uint32_t generation,
                                                  sl_response_stat *stat);

/* Ask for a drain: SL_OK when the response holds less than its high-water mark
 * now, SL_PENDING when the host will be told (once) that it does. */
SL_API SL_MUST_USE sl_status sl_response_await_room(sl_response *res,
                                                    uint32_t generation);

#endif
