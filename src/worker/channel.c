#include "worker/channel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

sl_status sl_channel_create(int ends[2])
{
    int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;

    return socketpair(AF_UNIX, type, 0, ends) == 0 ? SL_OK : SL_ESYSTEM;
}

/* Room for one descriptor beside a message. */
typedef union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
} control;

static void attach(struct msghdr *message, control *room, int fd)
{
    struct cmsghdr *head;

    *room = (control){0};
    message->msg_control = room->bytes;
    message->msg_controllen = sizeof room->bytes;
    head = CMSG_FIRSTHDR(message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
}

static int detach(struct msghdr *message)
{
    const struct cmsghdr *head = CMSG_FIRSTHDR(message);
    int fd = -1;

    if (head != NULL && head->cmsg_level == SOL_SOCKET &&
        head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof fd)) {
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
    }
    return fd;
}

void sl_channel_send_fd(int fd, sl_message_kind kind, const char *text,
                        int passed)
{
    char byte = (char)kind;
    size_t len = text != NULL ? strlen(text) : 0;
    struct iovec parts[] = {{&byte, 1}, {(char *)text, len}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    control room;
    ssize_t n;

    if (len >= SL_MESSAGE_TEXT) {
        parts[1].iov_len = SL_MESSAGE_TEXT - 1;
    }
    if (passed >= 0) {
        attach(&message, &room, passed);
    }
    do {
        n = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
}

void sl_channel_send(int fd, sl_message_kind kind, const char *text)
{
    sl_channel_send_fd(fd, kind, text, -1);
}

sl_status sl_channel_receive_fd(int fd, sl_message *message, int *passed)
{
    struct iovec parts[] = {{&message->kind, 1},
                            {message->text, sizeof message->text - 1}};
    control room = {0};
    struct msghdr head = {.msg_iov = parts,
                          .msg_iovlen = 2,
                          .msg_control = room.bytes,
                          .msg_controllen = sizeof room.bytes};
    ssize_t n;

    do {
        n = recvmsg(fd, &head, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return SL_EMPTY;
    }
    if (n <= 0) {
        return SL_EABORTED;
    }
    *passed = detach(&head);
    message->text[n - 1] = '\0';
    return SL_OK;
}

sl_status sl_channel_receive(int fd, sl_message *message)
{
    int passed = -1;
    sl_status rc = sl_channel_receive_fd(fd, message, &passed);

    if (passed >= 0) {
        close(passed);
    }
    return rc;
}
