/* The Range field (RFC 9110, 14.2): which bytes of a body a client wants. */
#ifndef SLUICE_HTTP_RANGE_H
#define SLUICE_HTTP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include <sluice/chunk.h>

enum {
    SL_MAX_RANGES = 64, /* more in one field are sent as the whole */
    /* Bytes that cost less than what stands around one more part (RFC 9110,
     * 15.3.7.2, says 80, too). */
    SL_RANGE_GAP = 80
};

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

/* Make one of those that overlap, touch each other or have less than SL_RANGE_GAP
 * bytes between them; it stands where the first of them was asked for. How many are
 * left. */
int sl_ranges_join(sl_range *ranges, int count);

/* Are ranges that were joined in the order of the body? */
bool sl_ranges_ascend(const sl_range *ranges, int count);

/* Put them in the order of the body. */
void sl_ranges_sort(sl_range *ranges, int count);

#endif
