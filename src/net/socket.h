/* Sockets that listen: opened so that an address in use is an error, alone or
 * as one of several that share a port, or taken over from who opened them.
 *
 * Ownership: a socket owns its descriptor until sl_socket_close, or until it is
 *            handed on, and knows the file of a unix socket again.
 * Errors:    *error (at least SL_ADDRESS_ERROR bytes) says what was wrong and
 *            what to do.
 */
#ifndef SLUICE_NET_SOCKET_H
#define SLUICE_NET_SOCKET_H

#include <sys/types.h>

#include "net/address.h"
#include "net/net.h"

typedef struct sl_socket {
    int fd;
    sl_address address; /* that it is bound to */
    dev_t device;       /* of a unix socket's file, with */
    ino_t inode;        /* which it is known again */
} sl_socket;

/* Bind to an address as sl_net_listen reads it. Port 0 has become a port. */
sl_status sl_socket_bind(sl_socket *socket, const char *text,
                         const sl_net_settings *settings, char *error);

/* Another one on the same port, as one of several among which the kernel
 * shares connections out; before either of them listens. */
sl_status sl_socket_bind_beside(sl_socket *socket, sl_socket *first,
                                const sl_net_settings *settings, char *error);

sl_status sl_socket_listen(sl_socket *socket, const sl_net_settings *settings,
                           char *error);

/* Take over a descriptor that somebody else has bound and made listen. */
sl_status sl_socket_take(sl_socket *socket, int fd,
                         const sl_net_settings *settings, char *error);

/* Is it what `text`, as sl_net_listen reads it, would listen on? */
bool sl_socket_is_at(int fd, const char *text);

/* The file of a unix socket is ours to remove. */
void sl_socket_note_file(sl_socket *socket);

/* Nobody finds a unix socket from now on: its file is removed, unless another
 * server has put its own there meanwhile. */
void sl_socket_remove_file(const sl_socket *socket);

/* So many bytes may wait in the kernel before the socket is full. */
void sl_socket_keep_unsent(int fd, uint32_t most);

void sl_socket_close(sl_socket *socket);

#endif
