/* A body that is made as it is sent: the other way round than writing.
 *
 * The server calls `proceed` from the loop whenever the response holds less than
 * its high-water mark, and never otherwise: a response holds at most the mark
 * and one write, however slow its client is. `proceed` writes some of the body
 * with sl_response_write_entity_chunks and tells what comes next. One source
 * gets a bounded share of each turn of the loop.
 *
 * Threads:    those of the handler.
 * Ownership:  the struct is copied. `context` is the caller's until `stop`.
 */
#ifndef SLUICE_SOURCE_H
#define SLUICE_SOURCE_H

#include <sluice/handler.h>

typedef struct sl_body_source {
    /* Write some of the body.
     *
     * SL_OK       go on when there is room
     * SL_PENDING  nothing to write now: sl_response_resume_source says when
     * SL_EMPTY    that was the last: the response is finished
     * negative    failed, as for a handler
     */
    sl_status (*proceed)(sl_response *response, uint32_t generation,
                         void *context);

    /* Called once from the loop, whatever happens: with SL_OK when `proceed` had
     * said that it was the last, else with why it is not called any more
     * (SL_EABORTED: the client left; SL_ECANCELLED: the server stops). The
     * response may be gone by then. May be NULL. */
    void (*stop)(void *context, sl_status status);

    void *context;
} sl_body_source;

/* Let `source` make the rest of the body. SL_EINVAL: it has a source, or no C
 * handler answers this exchange; SL_EFINISHED: the handler is over. `stop` is
 * called only for a source that was taken. */
SL_API SL_MUST_USE sl_status sl_response_set_source(
    sl_response *response, uint32_t generation, const sl_body_source *source);

/* Have `proceed` called again after it returned SL_PENDING. Harmless at other
 * times; SL_EMPTY when there is no source (any more). */
SL_API SL_MUST_USE sl_status sl_response_resume_source(sl_response *response,
                                                       uint32_t generation);

#endif
