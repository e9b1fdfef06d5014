/* The receive path: recv into the slab that all connections share. */
#include "net/connection.h"

#include <errno.h>
#include <sys/socket.h>

/* Full reads of one connection in one turn; the others wait meanwhile. */
enum { READS_PER_TURN = 4 };

/* After a short read nothing is left, unless a FIN was announced. */
static void note_read(sl_connection *c, ssize_t n, size_t most)
{
    if (n == 0) {
        c->fin = true;
        c->read_all = true;
    } else if (n < 0 && errno != EAGAIN) {
        c->broken = true;
    }
    if (n <= 0 || ((size_t)n < most && !c->fin)) {
        c->readable = false;
    }
}

static ssize_t receive_some(sl_connection *c, size_t most)
{
    size_t room = c->net->settings.read_buffer;
    ssize_t n;

    most = most < room ? most : room;
    do {
        c->net->receives++;
        n = recv(c->fd, c->net->slab, most, 0);
    } while (n < 0 && errno == EINTR);
    note_read(c, n, most);
    if (n > 0) {
        sl_counter_add(&c->net->env->pipeline->tally->received, (uint64_t)n);
    }
    return n;
}

bool sl_connection_may_receive(const sl_connection *c)
{
    return c->readable && !c->read_all &&
           (c->lingering || sl_session_wants_read(c->session));
}

static void drop_input(sl_connection *c)
{
    uint64_t limit = c->net->env->settings->linger_bytes;

    for (int i = 0; i < READS_PER_TURN && c->readable; i++) {
        ssize_t n = receive_some(c, SIZE_MAX);

        c->lingered += n > 0 ? (uint64_t)n : 0;
    }
    if (c->read_all || c->broken || c->lingered > limit) {
        c->doomed = true;
    }
}

/* What a balancer says first is not for the session. */
static void hear(sl_connection *c, size_t len)
{
    const char *data = c->net->slab;
    size_t rest = len;

    if (c->preface != NULL) {
        rest = sl_preface_receive(c, data, len);
        if (rest == 0) {
            return;
        }
    }
    c->received = true;
    sl_session_receive(c->session, data + (len - rest), rest);
}

void sl_connection_receive(sl_connection *c)
{
    if (c->lingering) {
        drop_input(c);
        return;
    }
    for (int i = 0; i < READS_PER_TURN && sl_connection_may_receive(c); i++) {
        ssize_t n = receive_some(c, sl_session_room(c->session));

        if (n > 0) {
            hear(c, (size_t)n);
        }
    }
}
