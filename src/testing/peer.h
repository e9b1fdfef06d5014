/* A client of a spec, where a connection would be: bytes in, batches out.
 *
 * A peer takes as many bytes as the spec allows, and notes each batch as the
 * one send that it would have been.
 *
 * Ownership: the world owns its peers; Lua holds them by a handle, and a peer
 *            lives until that is collected or the world ends.
 */
#ifndef SLUICE_TESTING_PEER_H
#define SLUICE_TESTING_PEER_H

#include "base/buffer.h"
#include "base/list.h"
#include "base/timers.h"
#include "session/session.h"

struct sl_world;

typedef enum sl_peer_state {
    SL_PEER_OPEN,
    SL_PEER_CLOSED, /* in order, by the server */
    SL_PEER_RESET,  /* by the server */
    SL_PEER_LEFT    /* by the client */
} sl_peer_state;

/* One system call that would have been made, as far as it was taken. */
typedef struct sl_peer_send {
    uint64_t at_ms;
    uint64_t bytes;
    uint64_t file_bytes; /* of them, straight from a file */
    uint32_t pieces;
    bool is_partial; /* the peer took less than there was */
} sl_peer_send;

typedef struct sl_peer {
    sl_list link; /* world->peers */
    struct sl_world *world;
    sl_session *session; /* NULL: the connection has ended */
    sl_peer_state state;
    bool is_due;
    bool is_leaving;   /* it is to be lost in the next turn */
    bool is_forgotten; /* by Lua: it may be destroyed */
    bool fin;          /* it will send nothing more */
    bool fin_told;
    sl_timer timer;   /* for the session's deadline */
    uint64_t allowed; /* bytes that it still takes; UINT64_MAX: all */
    sl_buffer to_server;
    sl_buffer to_client;
    sl_peer_send *sends; /* not yet fetched */
    size_t nsends;
    size_t most_sends;
    char request
        [SL_REQUEST_ID]; /* id of the last one that has begun; "": none */
} sl_peer;

/* A connection from that address ("192.0.2.1:4711"). */
sl_peer *sl_peer_create(struct sl_world *world, const char *address);
void sl_peer_destroy(sl_peer *peer);

/* In each turn: hear what has come, advance the session; then send. */
void sl_peer_hear(sl_peer *peer);
void sl_peer_flush(sl_peer *peer);

#endif
