#include "net/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static sl_status fail(const char *address, int error, char *text)
{
    const char *hint = "";

    switch (error) {
    case EADDRINUSE:
        hint = ": another server listens there; stop it or choose another "
               "address (--listen)";
        break;
    case EACCES:
        hint = ": ports below 1024 and protected folders need rights; choose "
               "another address (--listen)";
        break;
    case EADDRNOTAVAIL:
        hint = ": no interface of this machine has that address";
        break;
    case ENOENT:
        hint = ": create the folder first";
        break;
    default:
        break;
    }
    (void)snprintf(text, SL_ADDRESS_ERROR, "cannot listen on %.90s: %s%s",
                   address, strerror(error), hint);
    errno = error;
    return SL_ESYSTEM;
}

/* A socket file that nobody answers on was left by a server that was killed;
 * any other file is not ours to remove. */
static void remove_stale(const sl_address *address)
{
    const char *path = sl_address_path(address);
    struct stat st;
    int fd;

    if (path == NULL || lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode)) {
        return;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return;
    }
    if (connect(fd, (const struct sockaddr *)&address->storage, address->len) <
            0 &&
        errno == ECONNREFUSED) {
        (void)unlink(path);
    }
    close(fd);
}

static void set_option(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

void sl_socket_keep_unsent(int fd, uint32_t most)
{
    set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, (int)most);
}

/* Accepted sockets inherit what is set here, which saves calls for each. */
static void set_options(int fd, const sl_address *address,
                        const sl_net_settings *settings)
{
    if (sl_address_path(address) != NULL) {
        return;
    }
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (settings->notsent_lowat > 0) {
        sl_socket_keep_unsent(fd, settings->notsent_lowat);
    }
}

/* A bound socket; -1 with errno. */
static int bind_socket(const sl_address *address,
                       const sl_net_settings *settings, bool shared)
{
    int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int fd = socket(address->storage.ss_family, type, 0);
    int error;

    if (fd < 0) {
        return -1;
    }
    set_options(fd, address, settings);
    if (address->storage.ss_family == AF_INET6) {
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, address->any ? 0 : 1);
    }
    if (shared) {
        set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    }
    if (bind(fd, (const struct sockaddr *)&address->storage, address->len) ==
        0) {
        return fd;
    }
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Without IPv6 in the kernel, ":PORT" is every IPv4 address. */
static int bind_any(sl_address *address, const sl_net_settings *settings)
{
    int fd = bind_socket(address, settings, false);

    if (fd < 0 && address->any &&
        (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};

        v4.sin_port = ((struct sockaddr_in6 *)&address->storage)->sin6_port;
        *address = (sl_address){.len = sizeof v4};
        memcpy(&address->storage, &v4, sizeof v4);
        fd = bind_socket(address, settings, false);
    }
    return fd;
}

void sl_socket_note_file(sl_socket *s)
{
    const char *path = sl_address_path(&s->address);
    struct stat st;

    if (path != NULL && lstat(path, &st) == 0) {
        s->device = st.st_dev;
        s->inode = st.st_ino;
    }
}

sl_status sl_socket_bind(sl_socket *s, const char *text,
                         const sl_net_settings *settings, char *error)
{
    sl_socket made = {0};

    if (sl_address_parse(text, &made.address, error) < 0) {
        return SL_EINVAL;
    }
    remove_stale(&made.address);
    made.fd = bind_any(&made.address, settings);
    if (made.fd < 0) {
        return fail(text, errno, error);
    }
    if (sl_address_path(&made.address) == NULL) { /* what port 0 became */
        (void)getsockname(made.fd, (struct sockaddr *)&made.address.storage,
                          &made.address.len);
    }
    sl_socket_note_file(&made);
    *s = made;
    return SL_OK;
}

static sl_status fail_at(const sl_socket *s, int code, char *error)
{
    char text[SL_ADDRESS_TEXT];

    sl_address_format(&s->address, text);
    return fail(text, code, error);
}

/* The first one was bound as an only one, so that a port in use was an error;
 * only then it is opened to others of this server. */
sl_status sl_socket_bind_beside(sl_socket *s, sl_socket *first,
                                const sl_net_settings *settings, char *error)
{
    sl_socket made = {.address = first->address};

    set_option(first->fd, SOL_SOCKET, SO_REUSEPORT, 1);
    made.fd = bind_socket(&made.address, settings, true);
    if (made.fd < 0) {
        return fail_at(first, errno, error);
    }
    *s = made;
    return SL_OK;
}

sl_status sl_socket_listen(sl_socket *s, const sl_net_settings *settings,
                           char *error)
{
    return listen(s->fd, (int)settings->backlog) == 0
               ? SL_OK
               : fail_at(s, errno, error);
}

static bool is_listening(int fd)
{
    socklen_t len = sizeof(int);
    int type = 0;
    int listens = 0;

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
           type == SOCK_STREAM &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
           listens;
}

sl_status sl_socket_take(sl_socket *s, int fd, const sl_net_settings *settings,
                         char *error)
{
    sl_socket made = {.fd = fd, .address.len = sizeof made.address.storage};
    int flags;

    if (!is_listening(fd)) {
        (void)snprintf(error, SL_ADDRESS_ERROR,
                       "descriptor %d is no stream socket that listens", fd);
        return SL_EINVAL;
    }
    (void)getsockname(fd, (struct sockaddr *)&made.address.storage,
                      &made.address.len);
    set_options(fd, &made.address, settings);
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
        return fail_at(&made, errno, error);
    }
    *s = made;
    return SL_OK;
}

bool sl_socket_is_at(int fd, const char *text)
{
    sl_address bound = {.len = sizeof bound.storage};
    sl_address meant;
    char error[SL_ADDRESS_ERROR];
    char is[SL_ADDRESS_TEXT];
    char shall_be[SL_ADDRESS_TEXT];

    if (getsockname(fd, (struct sockaddr *)&bound.storage, &bound.len) < 0 ||
        sl_address_parse(text, &meant, error) < 0) {
        return false;
    }
    meant.proxy = false;
    sl_address_format(&bound, is);
    sl_address_format(&meant, shall_be);
    return strcmp(is, shall_be) == 0;
}

void sl_socket_remove_file(const sl_socket *s)
{
    const char *path = sl_address_path(&s->address);
    struct stat st;

    if (s->inode != 0 && path != NULL && lstat(path, &st) == 0 &&
        st.st_dev == s->device && st.st_ino == s->inode) {
        (void)unlink(path);
    }
}

void sl_socket_close(sl_socket *s)
{
    if (s->fd >= 0) {
        close(s->fd);
        s->fd = -1;
    }
}
