/* Sockets: the listeners and connections of one worker on a libuv loop.
 *
 * A connection is a non-blocking socket and a session. It receives into one
 * slab that all connections share, sends with send, sendmsg and sendfile, and
 * watches for writability only for what the kernel did not take.
 *
 * Threads:   the loop's.
 * Ownership: the worker owns the net; the net owns its connections.
 */
#ifndef SLUICE_NET_NET_H
#define SLUICE_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "session/session.h"

struct uv_loop_s;

typedef struct sl_net_settings {
    uint32_t max_connections; /* of the worker; 0: no limit */
    uint32_t max_per_client;  /* connections of one address; 503 above; trusted
                                 proxies have no limit; 0: nobody has */
    uint32_t backlog;
    uint32_t accept_batch;     /* connections accepted per turn and listener */
    uint32_t read_buffer;      /* bytes of the shared read slab */
    uint32_t notsent_lowat;    /* TCP_NOTSENT_LOWAT in bytes; 0: the system's */
    uint32_t send_batch;       /* bytes per connection and turn */
    sl_networks proxy_sources; /* whose PROXY headers count; empty: everybody's;
                                  borrowed */
} sl_net_settings;

extern const sl_net_settings sl_net_defaults;

/* The first of the descriptors that a service manager hands over. */
enum { SL_FIRST_INHERITED = 3 };

typedef struct sl_net sl_net;

typedef struct sl_net_stat {
    uint32_t connections;
    uint64_t accepted;
    uint64_t pauses;      /* of accepting: max_connections, no descriptors */
    uint64_t resets;      /* that the server sent */
    uint64_t turned_away; /* 503: max_per_client */

    /* Calls of the system for connections: recv; send and sendmsg; sendfile;
     * epoll_ctl. */
    uint64_t receives;
    uint64_t sends;
    uint64_t files;
    uint64_t watches;
} sl_net_stat;

sl_net *sl_net_create(struct uv_loop_s *loop, const sl_net_settings *settings,
                      sl_session_env *env, const sl_log *log);

/* After every handle was closed and the loop has turned. */
void sl_net_destroy(sl_net *net);

/* Listen on "ADDR:PORT", "[IPV6]:PORT", ":PORT" (all addresses), or
 * "unix:PATH"; with " proxy" behind it every connection has to begin with a header
 * of the PROXY protocol. Port 0 takes a free one. On success *bound (at least 128
 * bytes) says what it became. On failure *error (at least 256 bytes) says what was
 * wrong and what to do. */
sl_status sl_net_listen(sl_net *net, const char *text, char *bound,
                        char *error);

/* Listen on a descriptor that was inherited: whoever opened it keeps its file,
 * and may have given it to others too. It is closed with the listeners. `proxy` as
 * above. */
sl_status sl_net_adopt(sl_net *net, int fd, bool proxy, char *bound,
                       char *error);

/* In a turn, first: take in some of what the last poll brought. True: there is
 * more of it, for when this has been answered. */
bool sl_net_receive(sl_net *net);

/* Then, in this order: start what can start; then send. `advance`
 * returns whether a session was due. */
bool sl_net_advance(sl_net *net);
void sl_net_flush(sl_net *net);

/* Is a connection due: new, or one that the last flush could not finish with,
 * although its socket would take more (its share of the turn was used)? */
bool sl_net_is_due(const sl_net *net);

/* Stop accepting: what waits in the accept queues is still taken, then the
 * listeners are closed (a unix socket's file is removed). */
void sl_net_stop_listening(sl_net *net);

/* Call `visit` for each address that it listens on. */
typedef void sl_net_address_visitor(void *context, const char *address);
void sl_net_each_address(const sl_net *net, sl_net_address_visitor *visit,
                         void *context);

/* Close idle connections; the others close after their current answer, which
 * the caller has arranged with env->draining. One that has not yet sent a byte
 * is spared for a second, because its request may be on its way: call again
 * until no connection is left. */
void sl_net_drain(sl_net *net);

/* End every connection now. */
void sl_net_close_all(sl_net *net);

void sl_net_describe(const sl_net *net, sl_net_stat *stat);

/* Call `visit` for each exchange that is not over; those of older connections
 * come first. */
void sl_net_each_exchange(const sl_net *net, sl_exchange_visitor *visit,
                          void *context);

#endif
