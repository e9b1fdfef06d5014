/* Inside net: what listeners, connections and the send path share.
 *
 * Everything that happens to a connection puts it into a list of the net, and
 * the end of the turn does what follows from it: advance the session, send,
 * watch, close. A connection is therefore never destroyed inside a callback
 * or a call of its session.
 */
#ifndef SLUICE_NET_CONNECTION_H
#define SLUICE_NET_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/epoll.h>

#include <uv.h>

#include "base/list.h"
#include "base/slab.h"
#include "base/timers.h"
#include "net/address.h"
#include "net/clients.h"
#include "net/net.h"

/* How many sockets with news the kernel names at once; and how many of them are
 * taken in before what came is answered, so that what a request touches is still
 * in the processor's caches, and that few requests hold memory at a time. */
enum { SL_NET_NEWS = 256, SL_NET_SLICE = 32 };

struct sl_net {
    uv_loop_t *loop;
    sl_net_settings settings;
    sl_session_env *env;
    const sl_log *log;
    char *slab;          /* settings.read_buffer bytes, for every recv */
    char scratch[16384]; /* where short pieces are joined to be sent */

    int epoll;       /* of the connections */
    uv_poll_t ready; /* tells the loop of it; kept alive by connections */
    struct epoll_event news[SL_NET_NEWS]; /* what the set said at last */
    int news_count;
    int news_taken; /* of them */
    sl_slab slots;  /* of connections */

    sl_list listeners;
    sl_list connections;
    sl_list due;                 /* to be advanced */
    sl_list pending;             /* to be sent and settled */
    sl_timer retry;              /* accept again, after descriptors ran out */
    bool accepting;              /* the listeners are watched */
    bool starved;                /* of descriptors */
    uint64_t warn_at_ms;         /* that they ran out; not before */
    uint64_t preface_warn_at_ms; /* that one was refused; not before */

    uint32_t count; /* of connections */
    uint64_t accepted;
    uint64_t pauses;
    uint64_t resets;
    uint64_t turned_away;
    sl_clients clients; /* counted while there is a limit */
    uint64_t receives;  /* calls of the system, each kind */
    uint64_t sends;
    uint64_t files;
    uint64_t watches;
};

typedef struct sl_connection {
    sl_net *net;          /* first: a free slot's link lies over it */
    sl_list link;         /* net->connections */
    sl_list due_link;     /* net->due */
    sl_list pending_link; /* net->pending */
    sl_session *session;
    sl_client *client;          /* NULL: not counted */
    struct sl_preface *preface; /* that is still to come; NULL: none */
    char *called; /* where the client wanted to go; NULL: as the socket says */
    sl_timer timer;
    uint64_t opened_ms;
    uint64_t linger_end_ms;
    uint64_t lingered;  /* bytes read and dropped */
    uint64_t sent_turn; /* the turn that `sent` belongs to */
    uint64_t sent;      /* bytes of that turn */
    int fd;             /* -1: closed, and the slot is free */
    uint16_t life;      /* counts what the slot has been */
    bool watched;       /* for what comes */
    bool watched_for_room;
    bool received;    /* at least one byte for the session */
    bool readable;    /* there may be more to be read */
    bool blocked;     /* the socket takes no more: wait until it does */
    bool unsure;      /* that the kernel knows of the wish for room */
    bool fin;         /* the peer's FIN is there, perhaps behind unread bytes */
    bool read_all;    /* all of them were read */
    bool fin_told;    /* the session knows */
    bool eof_told;    /* likewise */
    bool broken;      /* reset, or a write error */
    bool file_failed; /* of the last batch; the session is to be told */
    bool lingering;   /* shut down for sending, reading on */
    bool doomed;      /* to be closed when the turn ends */
    bool is_wide;     /* more than the usual may wait in the kernel */
} sl_connection;

/* --- watch.c -------------------------------------------------------------- */

void sl_net_open_watch(sl_net *net);
void sl_net_close_watch(sl_net *net);

/* Take in a slice of the news. True: there is more of it. */
bool sl_net_take_news(sl_net *net);

/* Be told what happens to it, as far as that is not so yet. */
void sl_connection_watch(sl_connection *connection);

/* --- accept.c ------------------------------------------------------------- */

/* Watch the listeners, as far as limits and descriptors allow. */
void sl_net_resume_accepting(sl_net *net);

/* Accept a slice of those who wait. True: there may be more of them. */
bool sl_net_take_clients(sl_net *net);

/* --- welcome.c ------------------------------------------------------------ */

/* Is it a proxy that is believed about its clients? */
bool sl_net_trusts(const sl_net *net, const sl_address *peer);

/* Count a connection to its client; *client is NULL where none is counted.
 * False when that has enough of them. */
bool sl_net_count_client(sl_net *net, const sl_address *peer,
                         sl_client **client);
void sl_net_forget_client(sl_net *net, sl_client **client);

/* Answer 503; the socket is to be closed. */
void sl_net_turn_away(sl_net *net, int fd);

/* --- preface.c ------------------------------------------------------------ */

/* The connection begins with a header of the PROXY protocol; until that is there
 * its client is who has connected. */
void sl_preface_await(sl_connection *connection, const sl_address *peer);

/* Bytes have arrived, all of the preface or some of it. How many of them are behind
 * it. */
size_t sl_preface_receive(sl_connection *connection, const char *data,
                          size_t len);

/* When it has to be there; and it was not. */
uint64_t sl_preface_deadline(const sl_connection *connection);
void sl_preface_expire(sl_connection *connection);

/* Nothing more arrives, whether it is there or not. */
void sl_preface_end(sl_connection *connection);

void sl_preface_forget(sl_connection *connection);

/* --- connection.c --------------------------------------------------------- */

/* Take over an accepted socket, on which a preface comes first, or not. */
void sl_connection_open(sl_net *net, int fd, const sl_address *peer,
                        bool has_preface);

/* The connection is that of this client: begin a session with it. */
void sl_connection_greet(sl_connection *connection, const sl_address *client);

/* Put it into the lists of what the end of the turn looks at. */
void sl_connection_mark(sl_connection *connection);

/* After sending: learn what the session wants, watch for it, or close. */
void sl_connection_settle(sl_connection *connection);

/* Close the socket now; the memory goes when the loop lets go of it. */
void sl_connection_close(sl_connection *connection);

/* --- receive.c ------------------------------------------------------------ */

/* Is there something to be read that is wanted? */
bool sl_connection_may_receive(const sl_connection *connection);

/* Read what has arrived, as long as the session wants it; take note of the
 * end. When the last answer is out, read and drop, so that it arrives: a close
 * with unread bytes would reset the connection and destroy what is in flight. */
void sl_connection_receive(sl_connection *connection);

/* --- send.c --------------------------------------------------------------- */

/* Send what the session gathers until the socket is full, nothing is left, or
 * this connection's share of the turn is used. Calls nobody but the session's
 * gather and sent; what went wrong is noted in the connection. */
void sl_connection_send(sl_connection *connection);

/* Has it used its share of this turn? */
bool sl_connection_is_over_share(const sl_connection *connection);

#endif
