/* The Range field (RFC 9110, 14.2): which bytes of a body a client wants. */
#ifndef SLUICE_HTTP_RANGE_H
#define SLUICE_HTTP_RANGE_H

#include <stdint.h>

#include <sluice/chunk.h>

/* More in one field are sent as the whole. */
enum { SL_MAX_RANGES = 64 };

typedef struct sl_range {
    uint64_t first;
    uint64_t last; /* not before it */
} sl_range;

/* Read the field for a body of `size` bytes into an array of SL_MAX_RANGES.
 *
 * How many ranges there are that lie in the body, in the order of the field; 0:
 * none does (416); -1: the field is to be ignored, because it is wrong, of
 * another unit, too long, or asks for more bytes than there are. */
int sl_ranges_parse(sl_span field, uint64_t size, sl_range *ranges);

/* Put them in the order of the body, and make one of those that overlap or touch
 * each other. How many are left. */
int sl_ranges_sort(sl_range *ranges, int count);

#endif
