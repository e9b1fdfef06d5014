/* Messages between a supervisor and a worker, over a pair of sockets that keeps
 * them apart: one byte that says what it is, and perhaps a text.
 *
 * The supervisor is never kept waiting by a worker: what a worker that is stuck
 * does not read is lost, and it is ended in the end.
 */
#ifndef SLUICE_WORKER_CHANNEL_H
#define SLUICE_WORKER_CHANNEL_H

#include <stddef.h>

#include <sluice/status.h>

enum { SL_MESSAGE_TEXT = 16 * 1024 }; /* longer ones are cut */

typedef enum sl_message_kind {
    /* From a worker. */
    SL_SAYS_READY = 'r',    /* the app is loaded; waits to be told to serve */
    SL_SAYS_FAILED = 'f',   /* it cannot serve: the text says why */
    SL_SAYS_SERVING = 's',  /* it listens */
    SL_SAYS_PREPARED = 'p', /* it could serve the version of that number */
    SL_SAYS_REFUSED = 'x',  /* it could not: number, blank, and why */
    SL_SAYS_SWITCHED = 'c', /* it serves that version */
    SL_SAYS_PROBED = 'o',   /* of a probe: the app is loaded, and recorded */
    SL_SAYS_WORN = 'w',     /* it should be replaced: the text says why */

    /* To a worker. */
    SL_TOLD_SERVE = 'S',     /* listen from now on; a sl_socket_kind for each */
    SL_TOLD_LEAVE = 'L',     /* another one listens: finish, at leisure */
    SL_TOLD_STOP = 'T',      /* finish within the grace time */
    SL_TOLD_PREPARE = 'P',   /* with a descriptor: another version, a number */
    SL_TOLD_COMMIT = 'C',    /* serve the one that was prepared */
    SL_TOLD_ROLL_BACK = 'B', /* forget it */
    SL_TOLD_REOPEN = 'R',    /* the logs have been moved away */
    SL_TOLD_LEVELS = 'V',    /* of the log, see base/logs.h */
    SL_TOLD_LIST = 'W',      /* wake up, and show what is live: see board.h */
    SL_TOLD_VISIT = 'I',     /* with a descriptor: somebody asks for what */
    SL_TOLD_TROUBLE = 'E'    /* what is on the disk does not load: why */
} sl_message_kind;

/* Does a connection begin with a PROXY header? */
typedef enum sl_socket_kind {
    SL_SOCKET_PLAIN = '-',
    SL_SOCKET_PROXY = 'p'
} sl_socket_kind;

typedef struct sl_message {
    char kind;                  /* sl_message_kind */
    char text[SL_MESSAGE_TEXT]; /* ended by NUL */
} sl_message;

/* Both ends are non-blocking and closed on exec. SL_ESYSTEM: errno. */
sl_status sl_channel_create(int ends[2]);

/* `text` may be NULL. A message that cannot be sent now is dropped. */
void sl_channel_send(int fd, sl_message_kind kind, const char *text);

/* Likewise with a descriptor, which stays the caller's; -1: none. */
void sl_channel_send_fd(int fd, sl_message_kind kind, const char *text,
                        int passed);

/* SL_EMPTY: none is there. SL_EABORTED: the other end is gone. */
sl_status sl_channel_receive(int fd, sl_message *message);

/* Likewise; *passed is the descriptor that came with it, the caller's from now
 * on and closed on exec; -1: none. */
sl_status sl_channel_receive_fd(int fd, sl_message *message, int *passed);

#endif
