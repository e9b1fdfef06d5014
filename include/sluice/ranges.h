/* Conditions and ranges for what is answered, of handlers and of files: a stage that
 * comes with the server, and the only place where the rules of RFC 9110, 13 and 14
 * are kept.
 *
 * For a GET or HEAD that would be answered with 200 it evaluates If-Match,
 * If-None-Match, If-Modified-Since and If-Unmodified-Since against the ETag and the
 * Last-Modified of the response: 304 or 412, without a body. A body whose
 * length is known when the head leaves (it is complete by then, or has a
 * Content-Length) says Accept-Ranges, and Range and If-Range are answered with 206
 * or 416; what is not asked for is dropped unread.
 *
 * Of several ranges those that overlap, or have less between them than a part costs,
 * are sent as one. The parts are in the order in which they were asked for when the
 * body is complete at the head: files are not read for that, nor texts copied. Those
 * of a body that is still being written are in the order of the body.
 *
 * The ranges are of the body as stages of an order above -900 make it, in front of
 * compression: a part is never compressed, and what is compressed has no ranges.
 */
#ifndef SLUICE_RANGES_H
#define SLUICE_RANGES_H

#include <sluice/request.h>
#include <sluice/response.h>

enum {
    SL_RANGES_OFF = 0,
    SL_RANGES_ON = 1,
    SL_RANGES_WHOLE =
        2 /* on, and the whole body is written next: Accept-Ranges is said
                           now, and who asks for all of it pays for no stage */
};

/* Do so for a response, or (SL_RANGES_OFF) do not. To be called before anything is
 * written; again, until the head leaves: the last call counts. SL_ECOMMITTED. */
SL_API SL_MUST_USE sl_status sl_response_ranges(sl_response *response,
                                                uint32_t generation, int how);

/* What the conditions of a request ask for, now that this is the entity tag (with its
 * quotes, and W/ in front of a weak one; NULL: none) and the time of the last change
 * (seconds since 1970; negative: nobody knows):
 *
 * SL_OK  answer as usual
 * 304    a GET or HEAD of who has it already
 * 412    another version is meant, or (methods but GET and HEAD) none that exists
 */
SL_API int sl_request_condition(sl_request *request, uint32_t generation,
                                const char *tag, size_t tag_len,
                                double modified);

#endif
