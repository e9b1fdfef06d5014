/* The request of one exchange: after IHttpRequest of the IIS native API.
 *
 * Threads, ownership and generations as for the response. Spans returned here
 * are borrowed until the exchange ends.
 */
#ifndef SLUICE_REQUEST_H
#define SLUICE_REQUEST_H

#include <sluice/chunk.h>
#include <sluice/operation.h>

typedef struct sl_request sl_request;

/* Parts of a request, for sl_request_part. */
enum {
    SL_PART_METHOD = 0,
    SL_PART_TARGET = 1, /* as received */
    SL_PART_PATH = 2,   /* of the target; still percent-encoded; "*" */
    SL_PART_QUERY = 3,  /* after "?", without it; still encoded */
    SL_PART_HOST = 4,   /* authority: of an absolute target, else Host */
    SL_PART_PEER = 5,   /* address of the client, as text with its port; as
                           a trusted proxy says: mostly without */
    SL_PART_ID = 6,     /* request id: 16 hexadecimal digits, or as the
                           X-Request-Id of a trusted proxy says */
    SL_PART_LOCAL = 7,  /* address that the client called; like PEER */
    SL_PART_SCHEME = 8  /* "http", or "https" as a trusted proxy says */
};

/* One part of the request; an absent one is a span with data NULL. */
SL_API SL_MUST_USE sl_status sl_request_part(sl_request *req,
                                             uint32_t generation, uint32_t part,
                                             sl_span *out);

/* 10 or 11, for HTTP/1.0 and HTTP/1.1; negative: sl_status. */
SL_API int sl_request_version(sl_request *req, uint32_t generation);

/* The nth (from 0) value of a field, by case-insensitive name; SL_EMPTY when
 * there is none. */
SL_API SL_MUST_USE sl_status sl_request_header(sl_request *req,
                                               uint32_t generation,
                                               const char *name,
                                               size_t name_len, uint32_t nth,
                                               sl_span *value);

/* The nth (from 0) field line in order of arrival; SL_EMPTY past the end.
 * Trailer fields are asked for with `trailers` true, and exist once the body
 * was read to its end. */
SL_API SL_MUST_USE sl_status sl_request_field(sl_request *req,
                                              uint32_t generation, int trailers,
                                              uint32_t nth, sl_span *name,
                                              sl_span *value);

/* Read from the body, as ReadEntityBody: up to `capacity` bytes (at least 1)
 * that are there, to `buffer`; how many is op->bytes. The first call lets a
 * client that sent `Expect: 100-continue` go on.
 *
 * SL_OK        op->bytes bytes, at least 1; no completion will come
 * SL_EMPTY     the body is at its end; no completion will come
 * SL_PENDING   none there yet. With SL_ASYNC exactly one completion will come,
 *              of the kind SL_KIND_READ, and `buffer` is lent until then. Its
 *              status is SL_OK with the bytes; SL_EMPTY at the end;
 *              SL_EABORTED: the client left, or the response was aborted;
 *              SL_ECANCELLED: by sl_response_cancel, or the handler is over;
 *              SL_ETIMEDOUT. Without SL_ASYNC nothing is under way: the Lua
 *              library, which waits then, is told when to ask again
 * SL_EABORTED  the client left before the end
 * SL_ETOOBIG   as for an async write
 *
 * SL_ALWAYS_POST asks for a completion also where there would be none. Several
 * reads may be in flight; they complete in their order, independently of writes.
 * One that is cancelled has taken nothing: what arrives is for the next.
 */
SL_API SL_MUST_USE sl_status sl_request_read(sl_request *req,
                                             uint32_t generation, char *buffer,
                                             size_t capacity, sl_operation *op);

/* Bytes of the body still to be read, to *bytes; SL_EMPTY: not known, because
 * it is chunked and its end has not arrived; SL_EABORTED: not all of it came. */
SL_API SL_MUST_USE sl_status sl_request_remaining(sl_request *req,
                                                  uint32_t generation,
                                                  double *bytes);

#endif
