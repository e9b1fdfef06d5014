/* The send path: one send or sendmsg for whatever a session gathers, one
 * sendfile for a file range behind it. */
#include "net/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket.h"

/* A batch of so many bytes is joined, however few its pieces are; a larger one
 * only when its pieces are many. */
enum { SHORT_BATCH = 4096, FEW_PIECES = 4 };

/* Of a file that is longer, as much may wait in the kernel. */
enum { LONG_FILE = 1024 * 1024 };

/* Bytes that this connection may still send in this turn. */
static uint64_t share_left(const sl_connection *c)
{
    uint64_t share = c->net->settings.send_batch;

    if (c->sent_turn != c->net->env->pipeline->turn) {
        return share;
    }
    return c->sent < share ? share - c->sent : 0;
}

bool sl_connection_is_over_share(const sl_connection *c)
{
    return share_left(c) == 0;
}

static void tally_sent(const sl_connection *c, uint64_t len)
{
    sl_tally_note_sent(c->net->env->pipeline->tally, len);
}

static void tally_pieces(const sl_connection *c, const sl_batch *batch)
{
    sl_tally_note_pieces(c->net->env->pipeline->tally,
                         (uint64_t)batch->count + (batch->fd >= 0));
}

static void count_sent(sl_connection *c, uint64_t len)
{
    uint64_t turn = c->net->env->pipeline->turn;

    if (c->sent_turn != turn) {
        c->sent_turn = turn;
        c->sent = 0;
    }
    c->sent += len;
}

/* Note why the socket, or the file, gave less than it was asked for. */
static void note_failure(sl_connection *c, bool of_file)
{
    switch (errno) {
    case EAGAIN:
        c->blocked = true;
        break;
    case EIO:
    case EINVAL:
    case EOVERFLOW:
    case ESTALE:
        c->file_failed = of_file;
        c->broken = !of_file;
        break;
    default:
        c->broken = true;
        break;
    }
}

/* Short pieces cost the kernel more than copying them: pipelined hello takes a
 * tenth less with one iovec for all, and one piece can go with `send`, which
 * is 0.15 us cheaper than a message of two. */
static void join(sl_connection *c, sl_batch *batch)
{
    size_t most = batch->count > FEW_PIECES ? sizeof c->net->scratch
                                            : (size_t)SHORT_BATCH;
    char *to = c->net->scratch;

    if (batch->count == 1 || batch->bytes > most) {
        return;
    }
    for (int i = 0; i < batch->count; i++) {
        memcpy(to, batch->iov[i].iov_base, batch->iov[i].iov_len);
        to += batch->iov[i].iov_len;
    }
    batch->iov[0].iov_base = c->net->scratch;
    batch->iov[0].iov_len = batch->bytes;
    batch->count = 1;
}

static ssize_t send_pieces(int fd, sl_batch *batch, int flags)
{
    struct msghdr message = {.msg_iov = batch->iov,
                             .msg_iovlen = (size_t)batch->count};

    if (batch->count == 1) {
        return send(fd, batch->iov[0].iov_base, batch->iov[0].iov_len, flags);
    }
    return sendmsg(fd, &message, flags);
}

/* The iovecs of a batch: bytes taken by the kernel. What is told that more
 * follows leaves with that: the last bytes in one segment with the FIN, which
 * takes an eighth off the CPU time of a connection for one request. */
static size_t send_bytes(sl_connection *c, sl_batch *batch)
{
    bool follows = batch->more || batch->last || batch->fd >= 0;
    int more = follows ? MSG_MORE : 0;
    ssize_t n;

    join(c, batch);
    do {
        c->net->sends++;
        n = send_pieces(c->fd, batch, MSG_NOSIGNAL | more);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        note_failure(c, false);
        return 0;
    }
    /* The rest would be refused now: do not ask again to hear that. */
    c->blocked = (size_t)n < batch->bytes;
    return (size_t)n;
}

/* The bytes of a file that wait take no memory of their own, and each time that
 * there is room for some is a round through the loop: with 1 MiB instead of
 * 128 KiB a file of 64 MiB takes a tenth less CPU time. */
static void widen(sl_connection *c, bool is_wide)
{
    uint32_t usual = c->net->settings.notsent_lowat;

    if (usual > 0 && usual < LONG_FILE) {
        sl_socket_keep_unsent(c->fd, is_wide ? LONG_FILE : usual);
    }
    c->is_wide = is_wide;
}

/* For file systems that sendfile cannot read from: through memory. */
static ssize_t copy_file(sl_connection *c, const sl_batch *batch, size_t len)
{
    char *bytes = c->net->scratch;
    ssize_t n;

    if (len > sizeof c->net->scratch) {
        len = sizeof c->net->scratch;
    }
    n = pread(batch->fd, bytes, len, (off_t)batch->offset);
    return n > 0 ? send(c->fd, bytes, (size_t)n, MSG_NOSIGNAL) : n;
}

/* Less than all of it is as much as the socket takes, or the end of the file:
 * the kernel does not say which, so it is asked to tell of room even if there
 * is some. */
static ssize_t send_some(sl_connection *c, const sl_batch *batch, size_t len)
{
    off_t offset = (off_t)batch->offset;
    ssize_t n;

    c->net->files++;
    n = sendfile(c->fd, batch->fd, &offset, len);
    if (n < 0 && (errno == EINVAL || errno == ENOSYS)) {
        return copy_file(c, batch, len);
    }
    if (n > 0 && (size_t)n < len) {
        c->blocked = true;
        c->unsure = true;
    }
    return n;
}

/* The file range of a batch, likewise, but no more than a turn's share, which
 * may have been begun: a file that fits in goes out at once. */
static size_t send_file(sl_connection *c, const sl_batch *batch)
{
    uint64_t limit = c->net->settings.send_batch;
    uint64_t len = batch->file_len < limit ? batch->file_len : limit;
    ssize_t n;

    do {
        n = send_some(c, batch, (size_t)len);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        note_failure(c, true);
        return 0;
    }
    /* Zero is the end of a file that became shorter than its range. */
    c->file_failed = n == 0 && len > 0;
    return (size_t)n;
}

static bool is_stopped(const sl_connection *c)
{
    return c->blocked || c->broken || c->file_failed || c->lingering ||
           c->doomed;
}

/* Send one batch, its file range only within what is `left` of the share: how
 * many bytes were taken. */
static uint64_t send_batch(sl_connection *c, sl_batch *batch, uint64_t left)
{
    uint64_t sent = 0;

    tally_pieces(c, batch);
    if (batch->fd >= 0 ? batch->file_len > LONG_FILE && !c->is_wide
                       : c->is_wide) {
        widen(c, !c->is_wide);
    }
    if (batch->count > 0) {
        sent = send_bytes(c, batch);
    }
    if (batch->fd >= 0 && sent < left && !is_stopped(c)) {
        sent += send_file(c, batch);
    }
    if (sent > 0) {
        tally_sent(c, sent);
        count_sent(c, sent);
        sl_session_sent(c->session, sent);
    }
    return sent;
}

void sl_connection_send(sl_connection *c)
{
    uint64_t left = share_left(c);
    bool all = false;
    sl_batch batch;

    while (!all && left > 0 && !is_stopped(c) &&
           sl_session_gather(c->session, &batch)) {
        uint64_t size = sl_batch_size(&batch);
        uint64_t sent = send_batch(c, &batch, left);

        left -= sent < left ? sent : left;
        all = batch.all && sent == size;
    }
}
