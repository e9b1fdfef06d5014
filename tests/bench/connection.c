#include "connection.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST_GATHERED = 64 };

/* Where the write that starts at `at` ends. */
static size_t write_end(const struct answer *a, size_t at)
{
    size_t end;

    if (at < a->first) {
        return a->first;
    }
    end = a->first + ((at - a->first) / a->step + 1) * a->step;
    return end < a->len ? end : a->len;
}

/* One system call's worth of what is due. */
static ssize_t send_some(struct connection *c)
{
    const struct answer *a = c->answer;
    struct iovec iov[MOST_GATHERED];
    int n = 1;

    if (a->file >= 0 && c->at >= a->len) {
        off_t offset = (off_t)(c->at - a->len);

        return sendfile(c->fd, a->file, &offset, a->len + a->after - c->at);
    }
    if (c->body != NULL && c->at >= a->len) {
        size_t sent = c->at - a->len;

        return write(c->fd, c->body + sent, a->after - sent);
    }
    iov[0].iov_base = a->text + c->at;
    iov[0].iov_len = write_end(a, c->at) - c->at;
    if (c->body != NULL) {
        iov[n++] = (struct iovec){c->body, a->after};
    } else if (a->first == a->len && a->file < 0 && a->rounds == 1) {
        while (n < MOST_GATHERED && n < (int)c->due) {
            iov[n++] = (struct iovec){a->text, a->len};
        }
    }
    if (n == 1) {
        int more = a->file >= 0 ? MSG_MORE : 0;

        return send(c->fd, iov[0].iov_base, iov[0].iov_len, more);
    }
    return writev(c->fd, iov, n);
}

static void count_sent(struct connection *c, size_t sent)
{
    const struct answer *a = c->answer;
    size_t total = a->len + a->after;

    c->at += sent;
    if (c->at == a->len && c->round + 1 < a->rounds) {
        c->round++;
        c->at = a->loop;
        return;
    }
    while (c->due > 0 && c->at >= total) {
        c->due--;
        c->at -= total;
        c->round = 0;
    }
}

bool connection_answer(struct connection *c)
{
    while (c->due > 0) {
        ssize_t sent = send_some(c);

        if (sent < 0 && errno == EAGAIN) {
            if (!c->wants_room) {
                c->wants_room = true;
                connection_watch(c, EPOLL_CTL_MOD, EPOLLOUT);
            }
            return true;
        }
        if (sent <= 0) {
            return false;
        }
        count_sent(c, (size_t)sent);
    }
    if (c->wants_room) {
        c->wants_room = false;
        connection_watch(c, EPOLL_CTL_MOD, EPOLLIN);
    }
    return !c->answer->closes;
}
