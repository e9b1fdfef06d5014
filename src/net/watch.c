/* Which sockets are ready: an epoll set of the net's own, inside of the loop's.
 *
 * A poll handle of libuv for each connection costs 160 bytes, four calls of
 * epoll_ctl in its life, and one or two for each answer that has to wait. Here
 * a connection is added once, with edges: it is told once when there is
 * something to read or room to write, and remembers it (`readable`,
 * `blocked`). One that is answered and closed at once is never added.
 */
#include "net/connection.h"

#include <assert.h>
#include <unistd.h>

/* An event may be of a connection that is gone, when a child process holds its
 * descriptor: the number of its life, beside its place, tells. */
static const int life_shift = 48;

static uint64_t tag_of(const sl_connection *c)
{
    return (uint64_t)(uintptr_t)c | (uint64_t)c->life << life_shift;
}

static sl_connection *connection_of(uint64_t tag)
{
    uintptr_t place = (uintptr_t)(tag & ((UINT64_C(1) << life_shift) - 1));
    /* Memory of the slab's, whatever became of it.
     * NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel keeps 64 bits. */
    sl_connection *c = (sl_connection *)place;

    return c->fd >= 0 && tag_of(c) == tag ? c : NULL;
}

/* A hang-up is the end of both directions: without an end of ours the peer has
 * gone for good. */
static void on_event(sl_connection *c, uint32_t events)
{
    if ((events & EPOLLERR) || ((events & EPOLLHUP) && !c->lingering)) {
        c->broken = true;
    }
    if (events & EPOLLOUT) {
        c->blocked = false;
    }
    if (events & EPOLLRDHUP) {
        c->fin = true;
    }
    if (events & EPOLLIN) {
        c->readable = true;
        sl_connection_receive(c);
    }
    sl_connection_mark(c);
}

/* Only takes note: a turn follows each poll. */
static void on_ready(uv_poll_t *handle, int status, int events)
{
    sl_net *net = SL_CONTAINER(handle, sl_net, ready);
    int count;

    if (net->news_taken == net->news_count) {
        count = epoll_wait(net->epoll, net->news, SL_NET_NEWS, 0);
        net->news_count = count > 0 ? count : 0;
        net->news_taken = 0;
    }
}

bool sl_net_take_news(sl_net *net)
{
    for (int i = 0; i < SL_NET_SLICE; i++) {
        const struct epoll_event *event = &net->news[net->news_taken];
        sl_connection *c;

        if (net->news_taken == net->news_count) {
            return false;
        }
        net->news_taken++;
        c = connection_of(event->data.u64);
        if (c != NULL) { /* else it was closed meanwhile */
            on_event(c, event->events);
        }
    }
    return net->news_taken < net->news_count;
}

void sl_net_open_watch(sl_net *net)
{
    int rc;

    net->epoll = epoll_create1(EPOLL_CLOEXEC);
    rc = uv_poll_init(net->loop, &net->ready, net->epoll);
    assert(net->epoll >= 0 && rc == 0);
    rc = uv_poll_start(&net->ready, UV_READABLE, on_ready);
    assert(rc == 0);
    (void)rc;
    uv_unref((uv_handle_t *)&net->ready);
}

void sl_net_close_watch(sl_net *net)
{
    if (!uv_is_closing((uv_handle_t *)&net->ready)) {
        uv_close((uv_handle_t *)&net->ready, NULL);
    }
}

static bool control(const sl_connection *c, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events | EPOLLET};

    event.data.u64 = tag_of(c);
    c->net->watches++;
    return epoll_ctl(c->net->epoll, operation, c->fd, &event) == 0;
}

/* Room to write is watched for from the first time that there was none; later
 * its edges come by themselves. Where it is not sure that one will come, the
 * kernel is asked to look again. */
void sl_connection_watch(sl_connection *c)
{
    uint32_t events = EPOLLIN | EPOLLRDHUP;
    bool ok = true;

    if (c->blocked || c->watched_for_room) {
        events |= EPOLLOUT;
    }
    if (!c->watched) {
        ok = control(c, EPOLL_CTL_ADD, events);
    } else if (c->blocked && (!c->watched_for_room || c->unsure)) {
        ok = control(c, EPOLL_CTL_MOD, events);
    }
    if (!ok) {
        c->broken = true;
        sl_connection_mark(c);
    }
    c->watched = true;
    c->watched_for_room = c->watched_for_room || c->blocked;
    c->unsure = false;
}
