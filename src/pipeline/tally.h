/* What the layers count of themselves, for whoever watches the server.
 *
 * The pipeline has a tally of its own until its worker gives it one in memory
 * that others read. Times are microseconds.
 */
#ifndef SLUICE_PIPELINE_TALLY_H
#define SLUICE_PIPELINE_TALLY_H

#include "base/histogram.h"

typedef struct sl_tally {
    sl_histogram completions; /* from the call of an operation to its end */
    sl_histogram turns;       /* of the loop: so long everybody else waited */
    sl_histogram pieces;      /* of answers in one call to send */
    sl_histogram sends;       /* bytes that one call took; their sum: all */

    sl_counter received;    /* bytes */
    sl_counter waits;       /* of writers for room, each response's as one */
    sl_counter waited_us;   /* in them */
    sl_counter left;        /* answers that their clients did not wait for */
    sl_counter large;       /* 413, asked for by who reads the body */
    sl_counter full;        /* 507: no disk has room for it */
    sl_counter stuck;       /* answers whose stage waited too long */
    sl_counter collections; /* of garbage, in full, that the server forced */
    sl_counter collected_us;
    sl_counter collected;      /* times that the collector went round */
    sl_counter lost_lines;     /* of the access log */
    sl_counter lost_log_lines; /* of the error log */
} sl_tally;

extern const sl_bounds sl_tally_times;
extern const sl_bounds sl_tally_pieces;
extern const sl_bounds sl_tally_bytes;

/* The bits that numbers below `value` need. */
static inline uint32_t sl_tally_bits(uint64_t value)
{
    return value > 1 ? 64 - (uint32_t)__builtin_clzll(value - 1) : 0;
}

/* The bounds of these two are powers of two, so that nothing has to be looked
 * for: they are noted with each call to send. */
static inline void sl_tally_note_pieces(sl_tally *tally, uint64_t count)
{
    uint32_t bits = sl_tally_bits(count);

    sl_histogram_note_in(&tally->pieces, bits < 9 ? bits : 9, count);
}

static inline void sl_tally_note_sent(sl_tally *tally, uint64_t bytes)
{
    uint32_t bits = sl_tally_bits(bytes);
    uint32_t bucket = 0;

    if (bits > 20) {
        bucket = 9;
    } else if (bits > 16) {
        bucket = bits - 12;
    } else if (bits > 8) {
        bucket = (bits - 7) / 2;
    }
    sl_histogram_note_in(&tally->sends, bucket, bytes);
}

#endif
