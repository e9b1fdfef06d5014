#include "worker/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "worker/rendezvous.h"

enum { MOST_CLIENTS = 64, LONGEST_QUESTION = 256 };

typedef struct client {
    sl_list link; /* control->clients */
    uv_pipe_t pipe;
    uv_write_t write;
    sl_control *control;
    sl_buffer answer;
    bool waits; /* for the outcome of a reload */
    size_t len;
    char question[LONGEST_QUESTION];
} client;

/* --- One client -------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    client *c = handle->data;

    sl_buffer_deinit(&c->answer);
    sl_free(c);
}

static void close_client(client *c)
{
    if (!uv_is_closing((uv_handle_t *)&c->pipe)) {
        sl_list_remove(&c->link);
        c->control->count--;
        uv_close((uv_handle_t *)&c->pipe, on_closed);
    }
}

static void on_written(uv_write_t *write, int status)
{
    close_client(write->data);
}

static void send_answer(client *c)
{
    uv_buf_t part = uv_buf_init((char *)sl_buffer_data(&c->answer),
                                (unsigned)sl_buffer_len(&c->answer));

    c->write.data = c;
    if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &part, 1, on_written) <
        0) {
        close_client(c);
    }
}

/* "N WHAT", or "any WHAT": whoever it is for has the connection from now on. */
static void hand_over(client *c, const char *text)
{
    const sl_control_host *host = c->control->host;
    bool any = strncmp(text, "any ", 4) == 0;
    char *what;
    unsigned long worker = strtoul(text, &what, 10);
    const char *why = "which worker? A number, or any";
    uv_os_fd_t fd;

    what = any ? (char *)text + 3 : what;
    if (what != text && *what == ' ' && worker < SL_VISIT_ANY &&
        uv_fileno((uv_handle_t *)&c->pipe, &fd) == 0) {
        why = host->visit(c->control->context,
                          any ? SL_VISIT_ANY : (uint32_t)worker, what + 1, fd);
    }
    if (why == NULL) {
        close_client(c);
        return;
    }
    sl_buffer_printf(&c->answer, "error: %s\n", why);
    send_answer(c);
}

static void answer(client *c)
{
    const sl_control_host *host = c->control->host;
    void *context = c->control->context;
    static const char levels[] = "log-level ";

    if (strcmp(c->question, "stop") == 0) {
        host->stop(context);
        return; /* the end of the server is the answer */
    }
    if (strcmp(c->question, "reload wait") == 0) {
        c->waits = true;
        host->reload(context);
        return;
    }
    if (strncmp(c->question, "visit ", 6) == 0) {
        hand_over(c, c->question + 6);
        return;
    }
    if (strncmp(c->question, levels, strlen(levels)) == 0) {
        host->set_levels(context, c->question + strlen(levels), &c->answer);
    } else if (strcmp(c->question, "reload") == 0) {
        host->reload(context);
        sl_buffer_printf(&c->answer, "reloading\n");
    } else if (strcmp(c->question, "status") == 0) {
        host->status(context, SL_STATUS_TABLE, &c->answer);
    } else if (strcmp(c->question, "status json") == 0) {
        host->status(context, SL_STATUS_JSON, &c->answer);
    } else {
        sl_buffer_printf(&c->answer, "error: there is no answer to \"%s\"\n",
                         c->question);
    }
    send_answer(c);
}

static void answer_waiting(sl_control *control, const char *text)
{
    for (sl_list *link = control->clients.next, *next;
         link != &control->clients; link = next) {
        client *c = SL_CONTAINER(link, client, link);

        next = link->next;
        if (c->waits) {
            c->waits = false;
            sl_buffer_printf(&c->answer, "%s", text);
            send_answer(c);
        }
    }
}

void sl_control_refuse_waiting(sl_control *control, const char *why)
{
    sl_buffer text = {0};

    sl_buffer_printf(&text, "error: %s\n", why);
    sl_buffer_append(&text, "", 1);
    answer_waiting(control, sl_buffer_data(&text));
    sl_buffer_deinit(&text);
}

void sl_control_tell_waiting(sl_control *control, const sl_outcome *outcome)
{
    sl_buffer why = {0};

    if (control->on_outcome != NULL) {
        control->on_outcome(control->watcher, outcome);
    }
    if (outcome->error == NULL) {
        answer_waiting(control, "reloaded\n");
        return;
    }
    sl_buffer_printf(&why, "%s: %s", sl_outcome_failed, outcome->error);
    sl_buffer_append(&why, "", 1);
    sl_control_refuse_waiting(control, sl_buffer_data(&why));
    sl_buffer_deinit(&why);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    client *c = handle->data;

    *buf = uv_buf_init(c->question + c->len,
                       (unsigned)(sizeof c->question - c->len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    client *c = stream->data;
    char *end;

    if (n < 0) {
        close_client(c);
        return;
    }
    c->len += (size_t)n;
    end = memchr(c->question, '\n', c->len);
    if (end != NULL) {
        *end = '\0';
        uv_read_stop(stream);
        answer(c);
    } else if (c->len == sizeof c->question) {
        close_client(c);
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    sl_control *control = listener->data;
    client *c = sl_calloc(1, sizeof *c);

    c->control = control;
    c->pipe.data = c;
    uv_pipe_init(listener->loop, &c->pipe, 0);
    sl_list_append(&control->clients, &c->link);
    control->count++;
    if (status < 0 || uv_accept(listener, (uv_stream_t *)&c->pipe) < 0 ||
        control->count > MOST_CLIENTS) {
        close_client(c);
        return;
    }
    uv_read_start((uv_stream_t *)&c->pipe, give_room, on_read);
}

/* --- The socket -------------------------------------------------------------- */

/* Nobody can connect before it listens, and then only its owner. */
static sl_status start(sl_control *control, uv_loop_t *loop, char *error)
{
    const char *path = sl_address_path(&control->socket.address);
    int rc = chmod(path, 0600) < 0 ? -errno : 0;

    uv_pipe_init(loop, &control->listener, 0);
    rc = rc < 0 ? rc : uv_pipe_open(&control->listener, control->socket.fd);
    if (rc == 0) {
        rc = uv_listen((uv_stream_t *)&control->listener, MOST_CLIENTS,
                       on_connection);
    }
    if (rc < 0) {
        (void)snprintf(error, SL_ADDRESS_ERROR, "control socket %s: %s", path,
                       uv_strerror(rc));
        return SL_ESYSTEM;
    }
    return SL_OK;
}

void sl_control_init(sl_control *control, const sl_control_host *host,
                     void *context)
{
    *control = (sl_control){.socket.fd = -1, .host = host, .context = context};
    sl_list_init(&control->clients);
}

static sl_status open_at(sl_control *control, uv_loop_t *loop,
                         const sl_settings *settings, const char *path,
                         char **error)
{
    char reason[SL_ADDRESS_ERROR];
    char *address;
    sl_status rc;

    if (asprintf(&address, "unix:%s", path) < 0) {
        return SL_ESYSTEM;
    }
    rc = sl_socket_bind(&control->socket, address, &settings->net, reason);
    free(address);
    if (rc == SL_OK) {
        control->listener.data = control;
        rc = start(control, loop, reason);
    }
    if (rc < 0) {
        *error = sl_strdup(reason);
    }
    return rc;
}

/* Nobody has asked for a place of our choice: a server without one serves. */
static void open_anywhere(sl_control *control, uv_loop_t *loop,
                          const sl_settings *settings)
{
    char *path = sl_rendezvous_make();
    char *error = NULL;

    if (path != NULL && open_at(control, loop, settings, path, &error) < 0) {
        sl_free(error);
    }
    sl_free(path);
}

sl_status sl_control_open(sl_control *control, uv_loop_t *loop,
                          const sl_settings *settings, char **error)
{
    const char *path = settings->control;

    if (strcmp(path, "off") == 0) {
        return SL_OK;
    }
    if (strcmp(path, "auto") == 0) {
        open_anywhere(control, loop, settings);
        return SL_OK;
    }
    return open_at(control, loop, settings, path, error);
}

void sl_control_close(sl_control *control)
{
    if (control->socket.fd >= 0) {
        sl_socket_remove_file(&control->socket);
        control->socket.fd = -1; /* the handle's */
        uv_close((uv_handle_t *)&control->listener, NULL);
        while (!sl_list_is_empty(&control->clients)) {
            close_client(SL_CONTAINER(control->clients.next, client, link));
        }
    }
}
