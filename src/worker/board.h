/* All numbers of one worker, in memory that its supervisor reads at any time:
 * also when the worker is stuck, or dead.
 *
 * It lies behind the heartbeat in the same file without a name. What a process
 * has counted is added to the sums of those before it when it has ended, so
 * that no counter of the server ever goes back.
 *
 * Only the worker writes, except where it says so.
 */
#ifndef SLUICE_WORKER_BOARD_H
#define SLUICE_WORKER_BOARD_H

#include <sys/types.h>

#include "base/meters.h"
#include "http/request_id.h"
#include "pipeline/tally.h"
#include "pipeline/traffic.h"

struct sl_worker;

/* What is written at the end of each turn: counters first, then gauges. */
typedef struct sl_shown {
    sl_counter changes; /* of what sessions count below */
    sl_counter accepted;
    sl_counter pauses; /* of accepting: max_connections, or no descriptors */
    sl_counter resets;
    sl_counter receives; /* calls of the system */
    sl_counter sends;
    sl_counter files;

    /* Refused, by limit. */
    sl_counter malformed;
    sl_counter long_lines;
    sl_counter large_heads;
    sl_counter late_heads;
    sl_counter late_bodies;
    sl_counter slow_bodies;
    sl_counter idle;
    sl_counter write_stalls;
    sl_counter slow_readers;
    sl_counter spent;
    sl_counter held_up;
    sl_counter prefaces;
    sl_counter turned_away;
    sl_counter busy;
    sl_counter no_memory;
    sl_counter late;

    sl_counter connections;
    sl_counter exchanges;
    sl_counter streams;
    sl_counter handlers;
    sl_counter waiting; /* for a handler */
    sl_counter operations;
    sl_counter tasks;
    sl_counter lua_bytes;
    sl_counter generations;
} sl_shown;

enum { SL_LIVE = 128, SL_LIVE_ID = SL_REQUEST_ID, SL_LIVE_PEER = 56 };

/* An exchange that is not over. */
typedef struct sl_live {
    char id[SL_LIVE_ID];
    char peer[SL_LIVE_PEER];
    char method[12];
    char route[SL_ROUTE_TEXT]; /* its pattern */
    uint32_t status;
    uint32_t phase;  /* sl_phase of its response */
    uint64_t age_us; /* as of `shown_us` */
    uint64_t queued; /* bytes that wait to be sent */
    uint64_t sent;
} sl_live;

typedef struct sl_board {
    uint64_t size; /* of this: another version may have another one */
    sl_tally tally;
    sl_shown shown;
    sl_traffic traffic;
    sl_meters meters;

    /* The oldest exchanges, when the supervisor has asked for them: it counts
     * `asked` up, and the worker lets `answered` follow at the end of a turn. */
    sl_counter asked;
    sl_counter answered;
    _Atomic uint32_t nlive;
    sl_live live[SL_LIVE];
} sl_board;

/* Of this process alone. */
sl_board *sl_board_create(void);

/* The size of a file for a heartbeat and a board behind it. */
off_t sl_board_file_size(void);

/* The board in that file, whose descriptor stays open; NULL: it is of another
 * version. */
sl_board *sl_board_map(int fd);
void sl_board_unmap(sl_board *board);

/* Add what a process shows; what is only true now, when `alive`. */
void sl_board_add(sl_board *sum, const sl_board *part, bool alive);

/* At the end of each turn. */
void sl_board_show(struct sl_worker *worker);

/* Write down what is live. */
void sl_board_list(struct sl_worker *worker);

#endif
