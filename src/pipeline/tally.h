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
    sl_histogram sends;       /* bytes that one call took */

    sl_counter received; /* bytes */
    sl_counter sent;
    sl_counter waits;       /* of writers for room, each response's as one */
    sl_counter waited_us;   /* in them */
    sl_counter left;        /* answers that their clients did not wait for */
    sl_counter large;       /* 413, asked for by who reads the body */
    sl_counter full;        /* 507: no disk has room for it */
    sl_counter collections; /* of garbage, in full, that the server forced */
    sl_counter collected_us;
    sl_counter collected;      /* times that the collector went round */
    sl_counter lost_lines;     /* of the access log */
    sl_counter lost_log_lines; /* of the error log */
} sl_tally;

extern const sl_bounds sl_tally_times;
extern const sl_bounds sl_tally_pieces;
extern const sl_bounds sl_tally_bytes;

#endif
