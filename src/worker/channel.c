#include "worker/channel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

sl_status sl_channel_create(int ends[2])
{
    int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;

    return socketpair(AF_UNIX, type, 0, ends) == 0 ? SL_OK : SL_ESYSTEM;
}

void sl_channel_send(int fd, sl_message_kind kind, const char *text)
{
    char byte = (char)kind;
    size_t len = text != NULL ? strlen(text) : 0;
    struct iovec parts[] = {{&byte, 1}, {(char *)text, len}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n;

    if (len >= SL_MESSAGE_TEXT) {
        parts[1].iov_len = SL_MESSAGE_TEXT - 1;
    }
    do {
        n = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
}

sl_status sl_channel_receive(int fd, sl_message *message)
{
    struct iovec parts[] = {{&message->kind, 1},
                            {message->text, sizeof message->text - 1}};
    ssize_t n;

    do {
        n = readv(fd, parts, 2);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return SL_EMPTY;
    }
    if (n <= 0) {
        return SL_EABORTED;
    }
    message->text[n - 1] = '\0';
    return SL_OK;
}
