/* One connection: a non-blocking socket, a poll handle, and a session. */
#include "net/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

void sl_connection_mark(sl_connection *c)
{
    if (sl_list_is_empty(&c->due_link)) {
        sl_list_append(&c->net->due, &c->due_link);
    }
}

/* --- What the loop tells -------------------------------------------------- */

/* Only errors, and a byte of urgent data that nobody reads, come this way. */
static void look_for_error(sl_connection *c)
{
    char byte;

    if (recv(c->fd, &byte, 1, MSG_OOB) <= 0) {
        c->broken = true;
    }
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    sl_connection *c = SL_CONTAINER(handle, sl_connection, poll);

    c->net->env->pipeline->now_ms = uv_now(c->net->loop);
    if (status < 0) { /* a reset; libuv has stopped the handle */
        c->mask = 0;
        c->broken = true;
    }
    if (events & UV_WRITABLE) {
        c->blocked = false;
    }
    if (events & UV_PRIORITIZED) {
        look_for_error(c);
    }
    if (events & UV_DISCONNECT) {
        c->fin = true;
    }
    if ((events & UV_READABLE) && c->lingering) {
        sl_connection_drop_input(c);
    } else if (events & UV_READABLE) {
        sl_connection_receive(c);
    }
    sl_connection_mark(c);
}

/* --- Watching ------------------------------------------------------------- */

static int wanted_events(const sl_connection *c)
{
    int mask = 0;

    if (!c->read_all && (c->lingering || sl_session_wants_read(c->session))) {
        mask |= UV_READABLE;
    }
    if (c->blocked && !c->lingering) {
        mask |= UV_WRITABLE;
    }
    if (!c->fin) {
        mask |= UV_DISCONNECT;
    }
    /* A descriptor that waits for nothing would leave the poll set, and a
     * reset would go unnoticed. */
    return mask != 0 ? mask : UV_PRIORITIZED;
}

/* A change of the mask costs system calls, so it is made only when needed. */
static void watch(sl_connection *c)
{
    int mask = wanted_events(c);

    if (mask == c->mask) {
        return;
    }
    if (uv_poll_start(&c->poll, mask, on_poll) < 0) {
        c->broken = true;
        sl_connection_mark(c);
        return;
    }
    c->mask = mask;
}

/* --- Time ----------------------------------------------------------------- */

static uint64_t deadline_of(const sl_connection *c)
{
    return c->lingering ? c->linger_end_ms : sl_session_deadline(c->session);
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

void sl_connection_open(sl_net *net, int fd, const sl_address *peer)
{
    sl_client *client;
    sl_connection *c;
    char text[SL_ADDRESS_TEXT];

    if (!sl_net_count_client(net, peer, &client)) {
        sl_net_turn_away(net, fd);
        return;
    }
    c = sl_calloc(1, sizeof *c);
    c->client = client;
    if (uv_poll_init(net->loop, &c->poll, fd) < 0) {
        close(fd);
        sl_net_forget_client(net, &c->client);
        sl_free(c);
        return;
    }
    sl_address_format(peer, text);
    c->net = net;
    c->fd = fd;
    c->timer.on_due = on_due;
    c->opened_ms = net->env->pipeline->now_ms;
    sl_list_init(&c->due_link);
    sl_list_init(&c->pending_link);
    sl_list_append(&net->connections, &c->link);
    net->count++;
    net->accepted++;
    c->session = sl_session_create(net->env, &output, c, text);
    if (sl_net_trusts(net, peer)) {
        sl_session_trust(c->session);
    }
    /* The request has often arrived with the connection. */
    sl_connection_receive(c);
    sl_connection_mark(c);
}

static void on_closed(uv_handle_t *handle)
{
    sl_free(SL_CONTAINER(handle, sl_connection, poll));
}

void sl_connection_close(sl_connection *c)
{
    sl_net *net = c->net;

    sl_timer_stop(&net->env->pipeline->timers, &c->timer);
    sl_session_destroy(c->session);
    c->session = NULL;
    sl_net_forget_client(net, &c->client);
    sl_list_remove(&c->link);
    sl_list_remove(&c->due_link);
    sl_list_remove(&c->pending_link);
    uv_close((uv_handle_t *)&c->poll, on_closed);
    close(c->fd);
    net->count--;
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
    sl_connection_drop_input(c);
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
        sl_session_eof(c->session);
        sl_connection_mark(c);
    }
}

/* The session is done with the connection; the answers were taken. */
static void end(sl_connection *c, sl_session_fate fate)
{
    bool unread = c->fin && !c->read_all;

    if (fate == SL_FATE_LINGER || unread) {
        start_linger(c);
    } else {
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
    watch(c);
    keep_time(c);
}
