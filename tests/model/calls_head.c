/* Random calls about the head and the end of a response; handles that are too
 * old for any. */
#include <stdio.h>

#include "world.h"

/* --- The end ------------------------------------------------------------------ */

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

/* --- The head ----------------------------------------------------------------- */

static sl_status check_open(const subject *s)
{
    if (s->model.aborted) {
        return s->model.failure;
    }
    return s->sink.committed ? SL_ECOMMITTED : SL_OK;
}

static void set_status(subject *s)
{
    static const int statuses[] = {200, 404, 204, 304, 500, 99, 600};
    world *w = s->world;
    int status = statuses[rng_below(&w->random, 7)];
    sl_status expected = check_open(s);
    sl_status rc;

    if (expected == SL_OK && (status < 200 || status > 599)) {
        expected = SL_EINVAL;
    }
    enter(w);
    rc = sl_response_set_status(s->response, s->generation, status, NULL, 0);
    leave(w);
    TRACE(&w->report, "%d: status %d: %d", subject_no(s), status, rc);
    if (rc == SL_ELENGTH && expected == SL_OK) {
        return; /* with that status its body would be too short */
    }
    EXPECT(&w->report, CONTRACT, rc == expected, "status %d gives %d, not %d",
           status, rc, expected);
    if (rc == SL_OK) {
        s->status = status;
    }
}

/* Right, too short, or too long. */
static void declare_length(subject *s)
{
    world *w = s->world;
    model *m = &s->model;
    double length = m->accepted_bytes;
    sl_status expected = check_open(s);
    char text[24];
    int len;
    sl_status rc;

    if (rng_one_in(&w->random, 2)) {
        length += rng_below(&w->random, 500);
    } else if (rng_one_in(&w->random, 4) && length > 0) {
        length -= 1;
    }
    if (expected == SL_OK && m->ntrailers > 0) {
        expected = SL_EINVAL;
    } else if (expected == SL_OK &&
               (length < m->accepted_bytes ||
                (m->finished && length > m->accepted_bytes &&
                 !subject_is_bodiless(s)))) {
        expected = SL_ELENGTH;
    }
    len = snprintf(text, sizeof text, "%.0f", length);
    enter(w);
    rc = sl_response_set_header(s->response, s->generation, "content-length",
                                14, text, (size_t)len, 1);
    leave(w);
    TRACE(&w->report, "%d: declare %s: %d", subject_no(s), text, rc);
    EXPECT(&w->report, CONTRACT, rc == expected,
           "a length of %s gives %d, not %d", text, rc, expected);
    if (rc == SL_OK) {
        m->declared = length;
    }
}

static void delete_length(subject *s)
{
    world *w = s->world;
    sl_status expected = check_open(s);
    sl_status rc;

    enter(w);
    rc = sl_response_delete_header(s->response, s->generation, "Content-Length",
                                   14);
    leave(w);
    TRACE(&w->report, "%d: delete the length: %d", subject_no(s), rc);
    EXPECT(&w->report, CONTRACT, rc == expected, "delete gives %d, not %d", rc,
           expected);
    if (rc == SL_OK) {
        s->model.declared = -1;
    }
}

static void set_wrong_header(subject *s)
{
    static const sl_span wrong[][2] = {
        {{"a b", 3}, {"c", 1}},
        {{"a", 1}, {"b\r\nc", 4}},
        {{"Transfer-Encoding", 17}, {"chunked", 7}},
        {{"Content-Length", 14}, {"1x", 2}},
    };
    world *w = s->world;
    const sl_span *field = wrong[rng_below(&w->random, 4)];
    sl_status expected = check_open(s);
    sl_status rc;

    enter(w);
    rc = sl_response_set_header(s->response, s->generation, field[0].data,
                                field[0].len, field[1].data, field[1].len, 0);
    leave(w);
    EXPECT(&w->report, CONTRACT,
           rc == (expected == SL_OK ? SL_EINVAL : expected),
           "a wrong field gives %d", rc);
}

static void set_event_stream(subject *s)
{
    static const char type[] = "Text/Event-Stream; charset=utf-8";
    world *w = s->world;
    sl_status expected = check_open(s);
    sl_status rc;

    enter(w);
    rc = sl_response_set_header(s->response, s->generation, "content-type", 12,
                                type, sizeof type - 1, 1);
    leave(w);
    TRACE(&w->report, "%d: event stream: %d", subject_no(s), rc);
    EXPECT(&w->report, CONTRACT, rc == expected, "a type gives %d, not %d", rc,
           expected);
    /* What a stage holds already does not leave because of a header. */
    s->event_stream |= rc == SL_OK && s->model.nops == 0;
}

void call_head(subject *s)
{
    switch (rng_below(&s->world->random, 9)) {
    case 8:
        set_event_stream(s);
        break;
    case 0:
    case 1:
        set_status(s);
        break;
    case 2:
        delete_length(s);
        break;
    case 3:
        set_wrong_header(s);
        break;
    default:
        declare_length(s);
        break;
    }
}

void call_informational(subject *s)
{
    world *w = s->world;
    sl_status expected = check_open(s);
    sl_status rc;

    enter(w);
    rc = sl_response_informational(s->response, s->generation, 103, NULL, 0);
    leave(w);
    TRACE(&w->report, "%d: informational: %d", subject_no(s), rc);
    EXPECT(&w->report, CONTRACT, rc == expected,
           "informational gives %d, not %d", rc, expected);
}

void call_buffering(subject *s)
{
    static const double sizes[] = {0, 100, 1000};
    world *w = s->world;
    double bytes = sizes[rng_below(&w->random, 3)];
    sl_status rc;

    enter(w);
    rc = sl_response_set_buffering(s->response, s->generation, bytes);
    leave(w);
    TRACE(&w->report, "%d: buffering %.0f: %d", subject_no(s), bytes, rc);
    EXPECT(&w->report, CONTRACT, rc == SL_OK, "buffering gives %d", rc);
    s->buffering = bytes;
}

/* --- Too late ------------------------------------------------------------------ */

static sl_status call_with(const stale *old, uint32_t which)
{
    sl_response *res = old->response;
    uint32_t generation = old->generation;
    sl_operation op = {.flags = SL_ASYNC};
    sl_chunk chunk = {.data = "x", .len = 1};
    sl_completion done;
    sl_response_stat stat;
    sl_span span;
    size_t len;

    switch (which) {
    case 0:
        return sl_response_write_entity_chunks(res, generation, &chunk, 1, &op);
    case 1:
        return sl_response_flush(res, generation, &op);
    case 2:
        return sl_response_get_completed_operation(res, generation, 1, &done);
    case 3:
        return sl_response_cancel(res, generation, 1);
    case 4:
        return sl_response_await(res, generation, 1);
    case 5:
        return sl_response_await_room(res, generation);
    case 6:
        return sl_response_finish(res, generation);
    case 7:
        return sl_response_abort(res, generation);
    case 8:
        return sl_response_clear(res, generation);
    case 9:
        return sl_response_set_status(res, generation, 200, NULL, 0);
    case 10:
        return sl_response_describe(res, generation, &stat);
    case 11:
        return sl_response_insert_chunks(res, generation, &chunk, 1);
    case 12:
        return sl_request_part(old->request, generation, SL_PART_PATH, &span);
    case 13:
        return sl_request_read(old->request, generation, (char[4]){0}, 4, &len);
    default:
        return sl_response_informational(res, generation, 103, NULL, 0);
    }
}

void call_stale(world *w)
{
    uint32_t count = w->nstale < STALE ? w->nstale : STALE;
    uint32_t which = rng_below(&w->random, 15);
    sl_status rc;

    if (count == 0) {
        return;
    }
    enter(w);
    rc = call_with(&w->stale[rng_below(&w->random, count)], which);
    leave(w);
    if (which < 2) {
        spend_quota(w, 0); /* a call that fails counts too */
    }
    EXPECT(&w->report, 9, rc == SL_EGONE,
           "call %u of an exchange that is over gives %d", which, rc);
}
