/* One connection: a non-blocking socket and a session. */
#include "net/connection.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

void sl_connection_mark(sl_connection *c)
{
    if (sl_list_is_empty(&c->due_link)) {
        sl_list_append(&c->net->due, &c->due_link);
    }
}

/* --- Time ----------------------------------------------------------------- */

static uint64_t deadline_of(const sl_connection *c)
{
    if (c->lingering) {
        return c->linger_end_ms;
    }
    return c->preface != NULL ? sl_preface_deadline(c)
                              : sl_session_deadline(c->session);
}

/* Deadlines move on with every request; the timer does not: when it fires too
 * early it is started again. Only an earlier deadline moves it. */
static void keep_time(sl_connection *c)
{
    uint64_t deadline = deadline_of(c);

    if (deadline == UINT64_MAX ||
        (sl_timer_is_running(&c->timer) && c->timer.due_ms <= deadline)) {
        return;
    }
    sl_timer_start(&c->net->env->pipeline->timers, &c->timer, deadline);
}

static void on_due(sl_timer *timer, uint64_t now_ms)
{
    sl_connection *c = SL_CONTAINER(timer, sl_connection, timer);

    if (deadline_of(c) > now_ms) {
        keep_time(c);
        return;
    }
    if (c->lingering) {
        c->doomed = true;
    } else if (c->preface != NULL) {
        sl_preface_expire(c);
    } else {
        sl_session_expire(c->session, now_ms);
    }
    sl_connection_mark(c);
}

/* --- The session's calls -------------------------------------------------- */

static void on_output_due(void *connection)
{
    sl_connection_mark(connection);
}

static void on_output_send(void *connection)
{
    sl_connection_send(connection);
    sl_connection_mark(connection);
}

static void on_output_local_address(void *connection, char *text)
{
    const sl_connection *c = connection;
    sl_address address = {.len = sizeof address.storage};

    if (c->called != NULL) {
        (void)snprintf(text, SL_SESSION_ADDRESS, "%s", c->called);
        return;
    }
    if (getsockname(c->fd, (struct sockaddr *)&address.storage, &address.len) <
        0) {
        text[0] = '\0';
        return;
    }
    sl_address_format(&address, text);
}

static const sl_session_output output = {
    .due = on_output_due,
    .send = on_output_send,
    .local_address = on_output_local_address,
};

/* --- Life ----------------------------------------------------------------- */

static sl_connection *take_slot(sl_net *net)
{
    sl_connection *c = sl_slab_take(&net->slots);
    uint16_t life = c->life;

    *c = (sl_connection){.life = (uint16_t)(life + 1)};
    return c;
}

void sl_connection_greet(sl_connection *c, const sl_address *client)
{
    sl_net *net = c->net;
    char text[SL_ADDRESS_TEXT];

    sl_address_format(client, text);
    c->session = sl_session_create(net->env, &output, c, text);
    if (sl_net_trusts(net, client)) {
        sl_session_trust(c->session);
    }
}

void sl_connection_open(sl_net *net, int fd, const sl_address *peer,
                        bool has_preface)
{
    sl_client *client = NULL;
    sl_connection *c;

    if (!has_preface && !sl_net_count_client(net, peer, &client)) {
        sl_net_turn_away(net, fd);
        close(fd);
        return;
    }
    c = take_slot(net);
    c->client = client;
    c->net = net;
    c->fd = fd;
    c->timer.on_due = on_due;
    c->opened_ms = net->env->pipeline->now_ms;
    sl_list_init(&c->due_link);
    sl_list_init(&c->pending_link);
    sl_list_append(&net->connections, &c->link);
    if (net->count++ == 0) {
        uv_ref((uv_handle_t *)&net->ready);
    }
    net->accepted++;
    sl_connection_greet(c, peer);
    if (has_preface) {
        sl_preface_await(c, peer);
    }
    /* The request has often arrived with the connection. */
    c->readable = true;
    sl_connection_receive(c);
    sl_connection_mark(c);
}

void sl_connection_close(sl_connection *c)
{
    sl_net *net = c->net;

    sl_timer_stop(&net->env->pipeline->timers, &c->timer);
    sl_session_destroy(c->session);
    sl_preface_forget(c);
    sl_free(c->called);
    sl_net_forget_client(net, &c->client);
    sl_list_remove(&c->link);
    sl_list_remove(&c->due_link);
    sl_list_remove(&c->pending_link);
    close(c->fd);
    c->fd = -1;
    sl_slab_give(&net->slots, c);
    if (--net->count == 0) {
        uv_unref((uv_handle_t *)&net->ready);
    }
    sl_net_resume_accepting(net);
}

static void reset(sl_connection *c)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    c->net->resets++;
    sl_connection_close(c);
}

static void start_linger(sl_connection *c)
{
    sl_session_env *env = c->net->env;

    if (c->lingering) {
        return;
    }
    c->lingering = true;
    c->blocked = false;
    c->linger_end_ms = env->pipeline->now_ms + env->settings->linger_timeout_ms;
    (void)shutdown(c->fd, SHUT_WR);
    c->readable = true; /* perhaps */
    sl_connection_receive(c);
}

static void tell_fin(sl_connection *c)
{
    if (c->fin && !c->fin_told) {
        c->fin_told = true;
        sl_session_fin(c->session);
        sl_connection_mark(c);
    }
    if (c->read_all && !c->eof_told) {
        c->eof_told = true;
        sl_preface_end(c);
        sl_session_eof(c->session);
        sl_connection_mark(c);
    }
}

/* The session is done with the connection; the answers were taken. */
static void end(sl_connection *c, sl_session_fate fate)
{
    bool unread = c->readable || (c->fin && !c->read_all);

    if (fate == SL_FATE_LINGER || unread) {
        start_linger(c);
    } else {
        /* Unread bytes would make a reset of the close, which takes what was
         * not sent with it: the FIN goes first, and the last bytes with it. */
        (void)shutdown(c->fd, SHUT_WR);
        c->doomed = true;
    }
}

void sl_connection_settle(sl_connection *c)
{
    sl_session_fate fate;

    if (c->file_failed) {
        c->file_failed = false;
        sl_session_file_failed(c->session);
        sl_connection_mark(c);
    }
    if (c->broken) {
        sl_session_lost(c->session);
        sl_connection_close(c);
        return;
    }
    tell_fin(c);
    fate = sl_session_fate_of(c->session);
    if (fate == SL_FATE_RESET && !c->lingering) {
        reset(c);
        return;
    }
    if (fate != SL_FATE_OPEN && !sl_session_has_output(c->session)) {
        end(c, fate);
    }
    if (c->doomed || c->broken) {
        sl_connection_close(c);
        return;
    }
    if (sl_connection_may_receive(c)) {
        sl_connection_mark(c);
    }
    sl_connection_watch(c);
    keep_time(c);
}
