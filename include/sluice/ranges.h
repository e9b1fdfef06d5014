/* Conditions and ranges for what a handler answers: a stage that comes with the
 * server.
 *
 * For a GET or HEAD that would be answered with 200 it evaluates If-Match,
 * If-None-Match, If-Modified-Since and If-Unmodified-Since against the ETag and the
 * Last-Modified that the handler has set: 304 or 412, without a body. A body whose
 * length is known when the head leaves (it is complete by then, or has a
 * Content-Length) says Accept-Ranges, and Range and If-Range are answered with 206
 * or 416; what is not asked for is dropped unread. Of several ranges the parts are
 * sent in the order of the body, and those that overlap or touch as one.
 *
 * The ranges are of the body as stages of an order above -900 make it, in front of
 * compression: a part is never compressed, and what is compressed has no ranges.
 */
#ifndef SLUICE_RANGES_H
#define SLUICE_RANGES_H

#include <sluice/response.h>

/* Do so for a response, or (`on` is 0) do not. To be called before anything is
 * written; again, until the head leaves: the last call counts. SL_ECOMMITTED. */
SL_API SL_MUST_USE sl_status sl_response_ranges(sl_response *response,
                                                uint32_t generation, int on);

#endif
