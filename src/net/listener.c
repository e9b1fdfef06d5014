/* Listening sockets: opened so that an address in use is an error, and closed
 * so that nobody who waits in their queues is lost.
 */
#include "net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* --- Opening -------------------------------------------------------------- */

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

/* Accepted sockets inherit what is set here, which saves calls for each. */
static void set_options(const sl_net *net, int fd, const sl_address *address)
{
    if (sl_address_path(address) != NULL) {
        return;
    }
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (net->settings.notsent_lowat > 0) {
        set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT,
                   (int)net->settings.notsent_lowat);
    }
    if (address->storage.ss_family == AF_INET6) {
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, address->any ? 0 : 1);
    }
}

/* A bound and listening socket; -1 with errno. */
static int open_socket(const sl_net *net, const sl_address *address)
{
    int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int fd = socket(address->storage.ss_family, type, 0);
    int error;

    if (fd < 0) {
        return -1;
    }
    set_options(net, fd, address);
    if (bind(fd, (const struct sockaddr *)&address->storage, address->len) ==
            0 &&
        listen(fd, (int)net->settings.backlog) == 0) {
        return fd;
    }
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Without IPv6 in the kernel, ":PORT" is every IPv4 address. */
static int open_any(const sl_net *net, sl_address *address)
{
    int fd = open_socket(net, address);

    if (fd < 0 && address->any &&
        (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};

        v4.sin_port = ((struct sockaddr_in6 *)&address->storage)->sin6_port;
        *address = (sl_address){.len = sizeof v4};
        memcpy(&address->storage, &v4, sizeof v4);
        fd = open_socket(net, address);
    }
    return fd;
}

static void note_file(sl_listener *listener)
{
    const char *path = sl_address_path(&listener->address);
    struct stat st;

    if (path != NULL && lstat(path, &st) == 0) {
        listener->device = st.st_dev;
        listener->inode = st.st_ino;
    }
}

sl_status sl_net_listen(sl_net *net, const char *text, char *bound, char *error)
{
    sl_address address;
    sl_listener *listener;
    int fd;

    if (sl_address_parse(text, &address, error) < 0) {
        return SL_EINVAL;
    }
    remove_stale(&address);
    fd = open_any(net, &address);
    if (fd < 0) {
        return fail(text, errno, error);
    }
    if (sl_address_path(&address) == NULL) { /* learn what port 0 became */
        (void)getsockname(fd, (struct sockaddr *)&address.storage,
                          &address.len);
    }
    sl_address_format(&address, bound);

    listener = sl_calloc(1, sizeof *listener);
    if (uv_poll_init(net->loop, &listener->poll, fd) < 0) {
        close(fd);
        sl_free(listener);
        return fail(text, ENOMEM, error);
    }
    listener->net = net;
    listener->fd = fd;
    listener->address = address;
    note_file(listener);
    sl_list_append(&net->listeners, &listener->link);
    net->accepting = false;
    sl_net_resume_accepting(net);
    return SL_OK;
}

/* --- Closing -------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    sl_free(SL_CONTAINER(handle, sl_listener, poll));
}

/* Another server may have put its own socket in this place meanwhile. */
static void remove_file(const sl_listener *listener)
{
    const char *path = sl_address_path(&listener->address);
    struct stat st;

    if (path != NULL && lstat(path, &st) == 0 &&
        st.st_dev == listener->device && st.st_ino == listener->inode) {
        (void)unlink(path);
    }
}

static void close_listener(sl_listener *listener)
{
    sl_list_remove(&listener->link);
    uv_close((uv_handle_t *)&listener->poll, on_closed);
    close(listener->fd);
}

void sl_net_stop_listening(sl_net *net)
{
    sl_list *link;

    sl_timer_stop(&net->env->pipeline->timers, &net->retry);
    while ((link = net->listeners.next) != &net->listeners) {
        sl_listener *listener = SL_CONTAINER(link, sl_listener, link);

        remove_file(listener); /* nobody else finds it from now on */
        while (sl_listener_accept(listener)) {
        }
        close_listener(listener);
    }
    sl_timer_stop(&net->env->pipeline->timers, &net->retry);
}
