/* The receive path: recv into the slab that all connections share. */
#include "net/connection.h"

#include <errno.h>
#include <sys/socket.h>

/* Full reads of one connection in one turn; the others wait meanwhile. */
enum { READS_PER_TURN = 4 };

static ssize_t receive_some(sl_connection *c, size_t most)
{
    ssize_t n;

    do {
        n = recv(c->fd, c->net->slab, most, 0);
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        c->fin = true;
        c->read_all = true;
    } else if (n < 0 && errno != EAGAIN) {
        c->broken = true;
    }
    return n;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

void sl_connection_receive(sl_connection *c)
{
    for (int i = 0; i < READS_PER_TURN && !c->read_all; i++) {
        size_t most =
            least(sl_session_room(c->session), c->net->settings.read_buffer);
        ssize_t n = most > 0 ? receive_some(c, most) : 0;

        if (n <= 0) {
            return;
        }
        c->received = true;
        sl_session_receive(c->session, c->net->slab, (size_t)n);
        /* After a short read nothing is left, unless a FIN was announced. */
        if ((size_t)n < most && !c->fin) {
            return;
        }
    }
}

void sl_connection_drop_input(sl_connection *c)
{
    uint64_t limit = c->net->env->settings->linger_bytes;

    for (int i = 0; i < READS_PER_TURN && !c->read_all; i++) {
        ssize_t n = receive_some(c, c->net->settings.read_buffer);

        if (n <= 0) {
            break;
        }
        c->lingered += (uint64_t)n;
    }
    if (c->read_all || c->broken || c->lingered > limit) {
        c->doomed = true;
    }
}
