#include "net/net.h"

#include <assert.h>
#include <unistd.h>

#include "base/memory.h"
#include "net/connection.h"

/* A connection without a byte is spared so long when the server drains. */
enum { FRESH_MS = 1000 };

const sl_net_settings sl_net_defaults = {
    .max_connections = 0,
    .max_per_client = 0,
    .backlog = 4096,
    .accept_batch = 64,
    .read_buffer = 64 * 1024,
    .notsent_lowat = 128 * 1024,
    .send_batch = 1024 * 1024,
};

static void on_retry(sl_timer *timer, uint64_t now_ms)
{
    sl_net_resume_accepting(SL_CONTAINER(timer, sl_net, retry));
}

sl_net *sl_net_create(struct uv_loop_s *loop, const sl_net_settings *settings,
                      sl_session_env *env, const sl_log *log)
{
    sl_net *net = sl_calloc(1, sizeof *net);

    net->loop = loop;
    net->settings = *settings;
    net->env = env;
    net->log = log;
    net->slab = sl_malloc(settings->read_buffer);
    sl_slab_init(&net->slots, sizeof(sl_connection), 64);
    net->retry.on_due = on_retry;
    sl_list_init(&net->listeners);
    sl_list_init(&net->connections);
    sl_list_init(&net->due);
    sl_list_init(&net->pending);
    sl_clients_init(&net->clients);
    sl_net_open_watch(net);
    return net;
}

void sl_net_destroy(sl_net *net)
{
    assert(net->count == 0 && sl_list_is_empty(&net->listeners));
    sl_clients_deinit(&net->clients);
    close(net->epoll);
    sl_slab_deinit(&net->slots);
    sl_free(net->slab);
    sl_free(net);
}

/* --- A turn --------------------------------------------------------------- */

bool sl_net_receive(sl_net *net)
{
    bool more = sl_net_take_clients(net);

    return sl_net_take_news(net) || more;
}

bool sl_net_advance(sl_net *net)
{
    sl_list round;
    sl_list *link;
    bool any = false;

    sl_list_init(&round);
    sl_list_splice(&round, &net->due);
    while ((link = sl_list_take(&round)) != NULL) {
        sl_connection *c = SL_CONTAINER(link, sl_connection, due_link);

        any = true;
        if (sl_list_is_empty(&c->pending_link)) {
            sl_list_append(&net->pending, &c->pending_link);
        }
        sl_connection_receive(c); /* what a session did not want before */
        sl_session_advance(c->session);
    }
    return any;
}

void sl_net_flush(sl_net *net)
{
    sl_list round;
    sl_list *link;

    sl_list_init(&round);
    sl_list_splice(&round, &net->pending);
    while ((link = sl_list_take(&round)) != NULL) {
        sl_connection *c = SL_CONTAINER(link, sl_connection, pending_link);

        sl_session_end_turn(c->session);
        sl_connection_send(c);
        if (sl_connection_is_over_share(c) && !c->blocked) {
            sl_list_append(&net->pending, &c->pending_link);
        }
        sl_connection_settle(c); /* may close it */
    }
}

bool sl_net_is_due(const sl_net *net)
{
    return !sl_list_is_empty(&net->due) || !sl_list_is_empty(&net->pending);
}

/* --- Ending --------------------------------------------------------------- */

static bool is_idle(const sl_connection *c)
{
    return sl_session_is_idle(c->session) && !sl_session_has_output(c->session);
}

void sl_net_drain(sl_net *net)
{
    uint64_t now_ms = net->env->pipeline->now_ms;
    sl_list *link;
    sl_list *next;

    for (link = net->connections.next; link != &net->connections; link = next) {
        sl_connection *c = SL_CONTAINER(link, sl_connection, link);

        next = link->next;
        if (c->lingering || !is_idle(c)) {
            continue;
        }
        /* What has arrived meanwhile is still answered. */
        c->readable = true;
        sl_connection_receive(c);
        sl_connection_mark(c);
        if (is_idle(c) && (c->received || now_ms - c->opened_ms >= FRESH_MS)) {
            c->doomed = true;
        }
    }
}

void sl_net_close_all(sl_net *net)
{
    while (!sl_list_is_empty(&net->connections)) {
        sl_connection_close(
            SL_CONTAINER(net->connections.next, sl_connection, link));
    }
    sl_net_close_watch(net);
}

void sl_net_each_exchange(const sl_net *net, sl_exchange_visitor *visit,
                          void *context)
{
    for (const sl_list *link = net->connections.next; link != &net->connections;
         link = link->next) {
        const sl_connection *c = SL_CONTAINER(link, sl_connection, link);

        sl_session_each_exchange(c->session, visit, context);
    }
}

void sl_net_describe(const sl_net *net, sl_net_stat *stat)
{
    stat->connections = net->count;
    stat->accepted = net->accepted;
    stat->pauses = net->pauses;
    stat->resets = net->resets;
    stat->turned_away = net->turned_away;
    stat->receives = net->receives;
    stat->sends = net->sends;
    stat->files = net->files;
    stat->watches = net->watches;
}
