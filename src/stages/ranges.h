/* What the two files about ranges share. */
#ifndef SLUICE_STAGES_RANGES_H
#define SLUICE_STAGES_RANGES_H

#include <sluice/ranges.h>

#include "http/range.h"
#include "pipeline/user_stage.h"

enum { SL_BOUNDARY_LEN = 32 };

/* The stage of one response; in the arena of its exchange. */
typedef struct sl_sliced {
    bool off;
    bool is_moved; /* the body is put into the order of the parts */
    bool is_begun; /* it has come in, or some of it */
    sl_range
        *ranges; /* in the order of the parts; NULL: nothing of it is sent */
    int count;
    int at;        /* of them, that comes next or is being sent */
    uint64_t seen; /* which byte of the body comes next */
    uint64_t size; /* of all of it */
    sl_span type;  /* of the parts; data NULL: they have none */
    char boundary[SL_BOUNDARY_LEN + 1]; /* "": there is one part */
} sl_sliced;

/* Say that there are ranges, where there are and nobody has said otherwise. */
sl_status sl_ranges_offer(sl_response *response);

/* Decide, and say so in the head. */
sl_status sl_ranges_headers(sl_stage *stage, sl_response *response,
                            uint32_t generation, void *state);

/* What stands in front of the part, or behind the last; its length. */
enum { SL_PART_BYTES = 1024 };
size_t sl_part_head(const sl_sliced *s, int part, char text[SL_PART_BYTES]);

#endif
