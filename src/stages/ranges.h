/* What the two files about ranges share. */
#ifndef SLUICE_STAGES_RANGES_H
#define SLUICE_STAGES_RANGES_H

#include <sluice/ranges.h>

#include "http/range.h"
#include "pipeline/pipeline.h"

enum { SL_BOUNDARY_LEN = 32 };

/* The stage of one response; in the arena of its exchange. */
typedef struct sl_sliced {
    bool off;
    sl_range
        *ranges; /* in the order of the body; NULL: nothing of it is sent */
    int count;
    int at;        /* of them, that comes next or is being sent */
    uint64_t seen; /* bytes of the body so far */
    uint64_t size; /* of all of it */
    sl_span type;  /* of the parts; data NULL: they have none */
    char boundary[SL_BOUNDARY_LEN + 1]; /* "": there is one part */
} sl_sliced;

/* Is it GET or HEAD? */
bool sl_ranges_apply_to(const sl_request *request);

/* Decide, and say so in the head. */
sl_status sl_ranges_headers(sl_stage *stage, sl_response *response,
                            uint32_t generation, void *state);

/* What stands in front of the part, or behind the last; its length. */
enum { SL_PART_BYTES = 1024 };
size_t sl_part_head(const sl_sliced *s, int part, char text[SL_PART_BYTES]);

#endif
