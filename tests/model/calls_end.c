/* Random calls that end a response, or begin it anew. */
#include "world.h"

void call_finish(subject *s)
{
    world *w = s->world;
    model *m = &s->model;
    bool is_short = !m->finished && m->accepted_bytes < m->declared &&
                    !subject_is_bodiless(s);
    sl_status expected = m->aborted ? m->failure : SL_OK;
    sl_status rc;

    if (!m->aborted && is_short) {
        expected = SL_ELENGTH;
    }
    enter(w);
    rc = sl_response_finish(s->response, s->generation);
    leave(w);
    TRACE(&w->report, "%d: finish: %d", subject_no(s), rc);
    EXPECT(&w->report, CONTRACT, rc == expected, "finish gives %d, not %d", rc,
           expected);
    if (rc == SL_ELENGTH) {
        model_abort(m, SL_ELENGTH);
    } else if (rc == SL_OK && !m->finished) {
        model_begin(m);
        model_add_end(m);
    }
}

/* An abort of what the client has in full already is an end. */
static bool is_whole(const subject *s)
{
    const model *m = &s->model;

    return s->sink.committed && m->accepted_bytes == m->sent_bytes &&
           s->sink.wire_left == 0 &&
           (subject_is_bodiless(s) ||
            (m->declared >= 0 && m->sent_bytes == m->declared));
}

void call_abort(subject *s)
{
    world *w = s->world;
    model *m = &s->model;
    sl_status rc;

    enter(w);
    rc = sl_response_abort(s->response, s->generation);
    leave(w);
    TRACE(&w->report, "%d: abort: %d", subject_no(s), rc);
    EXPECT(&w->report, CONTRACT, rc == SL_OK, "abort gives %d", rc);
    if (m->aborted || s->sink.done || sink_is_aborted(&s->sink)) {
        subject_follow_abort(s, !s->sink.done);
        return;
    }
    EXPECT(&w->report, 5, is_whole(s), "abort did not abort");
    if (!m->finished) {
        model_begin(m);
        model_add_end(m);
    }
}

void call_handler_over(subject *s, sl_status status)
{
    world *w = s->world;
    model *m = &s->model;
    bool was_short = !m->aborted && !m->finished &&
                     m->accepted_bytes < m->declared && !subject_is_bodiless(s);
    bool page = status < 0 && !m->aborted && !s->sink.committed;

    s->deaf = true; /* the page of a failed handler is not known before */
    enter(w);
    sl_exchange_handler_over(s->exchange, status);
    leave(w);
    s->deaf = false;
    s->over = true;
    TRACE(&w->report, "%d: the handler is over: %d", subject_no(s), status);
    if (page && !sink_is_aborted(&s->sink)) {
        model_clear(m);
        m->declared = -1;
        s->event_stream = false;
        s->status = s->response->status;
        EXPECT(&w->report, CONTRACT, s->status == 500,
               "a failed handler's answer has status %d", s->status);
        model_begin(m);
        model_add_bytes(m, NOT_POOL, (uint32_t)s->response->accepted_bytes,
                        true, NULL);
    } else if (subject_follow_abort(s, was_short || status < 0)) {
        return;
    }
    if (!m->finished && !m->aborted) {
        model_begin(m);
        model_add_end(m);
    }
}

void call_clear(subject *s)
{
    world *w = s->world;
    model *m = &s->model;
    bool redirect = rng_one_in(&w->random, 3);
    sl_status expected = SL_OK;
    sl_status rc;

    if (m->aborted) {
        expected = m->failure;
    } else if (s->over) { /* nobody would finish it again */
        expected = SL_EFINISHED;
    } else if (s->sink.committed) {
        expected = SL_ECOMMITTED;
    }

    enter(w);
    rc = redirect
             ? sl_response_redirect(s->response, s->generation, "/x", 2, 302)
             : sl_response_clear(s->response, s->generation);
    leave(w);
    TRACE(&w->report, "%d: %s: %d", subject_no(s),
          redirect ? "redirect" : "clear", rc);
    EXPECT(&w->report, CONTRACT,
           rc == expected || (rc == SL_ECOMMITTED && s->sink.committed),
           "clear gives %d, not %d", rc, expected);
    if (rc == SL_OK) {
        model_clear(m);
        m->declared = -1;
        s->event_stream &= redirect; /* which keeps the other fields */
        s->status = redirect ? 302 : 200;
    }
}
