/* Random calls about the head of a response. */
#include <stdio.h>

#include "world.h"

static sl_status check_open(const subject *s)
{
    if (s->model.aborted) {
        return s->model.failure;
    }
    return s->sink.committed || subject_is_closed(s) ? SL_ECOMMITTED : SL_OK;
}

/* With 204 a finished body may be shorter than declared, without it not. */
static bool would_be_short(const subject *s, int status)
{
    const model *m = &s->model;

    return m->finished && m->accepted_bytes < m->declared &&
           !s->sink.suppressed && status != 204 && status != 304;
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
    } else if (expected == SL_OK && would_be_short(s, status)) {
        expected = SL_ELENGTH;
    }
    enter(w);
    rc = sl_response_set_status(s->response, s->generation, status, NULL, 0);
    leave(w);
    TRACE(&w->report, "%d: status %d: %d", subject_no(s), status, rc);
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
