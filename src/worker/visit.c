#include "worker/visit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

static const sl_visit_kind *const kinds[] = {&sl_console_visit,
                                             &sl_profile_visit};

/* --- The end --------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    sl_visit *visit = handle->data;

    sl_buffer_deinit(&visit->heard);
    sl_free(visit);
}

static void close_visit(sl_visit *visit)
{
    if (!uv_is_closing((uv_handle_t *)&visit->pipe)) {
        if (!visit->is_refused) {
            visit->kind->end(visit);
        }
        sl_list_remove(&visit->link);
        uv_close((uv_handle_t *)&visit->pipe, on_closed);
    }
}

void sl_visits_close(sl_worker *worker)
{
    while (!sl_list_is_empty(&worker->visits)) {
        close_visit(SL_CONTAINER(worker->visits.next, sl_visit, link));
    }
}

static void on_shut_down(uv_shutdown_t *shutdown, int status)
{
    close_visit(shutdown->data);
}

void sl_visit_finish(sl_visit *visit)
{
    visit->shutdown.data = visit;
    if (uv_shutdown(&visit->shutdown, (uv_stream_t *)&visit->pipe,
                    on_shut_down) < 0) {
        close_visit(visit);
    }
}

/* --- Saying ---------------------------------------------------------------------- */

typedef struct message {
    uv_write_t write;
    char bytes[];
} message;

static void on_written(uv_write_t *write, int status)
{
    sl_visit *visit = write->data;

    sl_free(SL_CONTAINER(write, message, write));
    if (status < 0) {
        close_visit(visit);
    }
}

static void write_message(sl_visit *visit, message *m, size_t len)
{
    uv_buf_t part = uv_buf_init(m->bytes, (unsigned)len);

    m->write.data = visit;
    if (uv_is_closing((uv_handle_t *)&visit->pipe) ||
        uv_write(&m->write, (uv_stream_t *)&visit->pipe, &part, 1, on_written) <
            0) {
        sl_free(m);
    }
}

static void write_line(sl_visit *visit, const char *before, const char *line)
{
    size_t size = strlen(before) + strlen(line) + 2;
    message *m = sl_malloc(sizeof *m + size);

    (void)snprintf(m->bytes, size, "%s%s\n", before, line);
    write_message(visit, m, size - 1);
}

bool sl_visit_say(sl_visit *visit, sl_visit_word word, const char *text,
                  size_t len)
{
    message *m = sl_malloc(sizeof *m + SL_VISIT_HEAD + 1 + len);

    (void)snprintf(m->bytes, SL_VISIT_HEAD + 1, "%c%08x", word, (unsigned)len);
    memcpy(m->bytes + SL_VISIT_HEAD, text, len);
    write_message(visit, m, SL_VISIT_HEAD + len);
    return uv_stream_get_write_queue_size((uv_stream_t *)&visit->pipe) <=
           SL_VISIT_FULL;
}

/* --- Hearing --------------------------------------------------------------------- */

/* The length of the text of the first message that was heard; -1: no message
 * begins like that. */
static long length_of(const char *head)
{
    char digits[SL_VISIT_HEAD];
    char *end;
    unsigned long len;

    memcpy(digits, head + 1, SL_VISIT_HEAD - 1);
    digits[SL_VISIT_HEAD - 1] = '\0';
    len = strtoul(digits, &end, 16);
    return *end == '\0' && len <= SL_VISIT_TEXT ? (long)len : -1;
}

/* Hear one message. False when none is complete, or the visit is over. */
static bool hear_one(sl_visit *visit)
{
    const char *head = sl_buffer_data(&visit->heard);
    size_t there = sl_buffer_len(&visit->heard);
    long len = there >= SL_VISIT_HEAD ? length_of(head) : 0;

    if (len < 0) {
        close_visit(visit);
        return false;
    }
    if (there < SL_VISIT_HEAD || there - SL_VISIT_HEAD < (size_t)len) {
        return false;
    }
    visit->kind->hear(visit, head[0], head + SL_VISIT_HEAD, (size_t)len);
    sl_buffer_consume(&visit->heard, SL_VISIT_HEAD + (size_t)len);
    return !uv_is_closing((uv_handle_t *)&visit->pipe);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    static char room[16 * 1024]; /* is copied at once */

    *buf = uv_buf_init(room, sizeof room);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    sl_visit *visit = stream->data;

    if (n < 0) {
        close_visit(visit);
        return;
    }
    if (!visit->is_refused) {
        sl_buffer_append(&visit->heard, buf->base, (size_t)n);
        while (hear_one(visit)) {
        }
    }
}

/* --- The beginning --------------------------------------------------------------- */

/* The kind that `what` begins with, and in *words what is behind it. */
static const sl_visit_kind *find_kind(const char *what, const char **words)
{
    size_t len = strcspn(what, " ");

    *words = what + len + (what[len] == ' ');
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strlen(kinds[i]->name) == len &&
            memcmp(kinds[i]->name, what, len) == 0) {
            return kinds[i];
        }
    }
    return NULL;
}

static void refuse(sl_visit *visit, const char *why)
{
    visit->is_refused = true;
    write_line(visit, "error: ", why);
    sl_visit_finish(visit);
}

static sl_visit *make(sl_worker *worker, const sl_visit_kind *kind, int fd)
{
    sl_visit *visit =
        sl_calloc(1, kind != NULL ? kind->size : sizeof(sl_visit));

    visit->kind = kind;
    visit->worker = worker;
    visit->number = ++worker->visitors;
    visit->fd = fd;
    visit->pipe.data = visit;
    uv_pipe_init(worker->loop, &visit->pipe, 0);
    sl_list_append(&worker->visits, &visit->link);
    return visit;
}

void sl_visit_begin(sl_worker *worker, int fd, const char *what)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    const char *words;
    const sl_visit_kind *kind = find_kind(what, &words);
    const char *why = "this worker is of another version: it cannot do that";
    sl_visit *visit;

    if (own < 0) {
        return;
    }
    visit = make(worker, kind, own);
    if (uv_pipe_open(&visit->pipe, own) < 0) {
        close(own);
        visit->is_refused = true;
        close_visit(visit);
        return;
    }
    uv_read_start((uv_stream_t *)&visit->pipe, give_room, on_read);
    if (kind != NULL) {
        why = kind->begin(visit, words);
    }
    if (why != NULL) {
        refuse(visit, why);
    }
}

void sl_visit_accept(sl_visit *visit)
{
    write_line(visit, "ok", "");
}

sl_visit *sl_visit_find(const sl_worker *worker, uint32_t number)
{
    for (const sl_list *link = worker->visits.next; link != &worker->visits;
         link = link->next) {
        sl_visit *visit = SL_CONTAINER(link, sl_visit, link);

        if (visit->number == number) {
            return visit;
        }
    }
    return NULL;
}
