/* What the two files about compression share. */
#ifndef SLUICE_STAGES_COMPRESS_H
#define SLUICE_STAGES_COMPRESS_H

#include "stages/stages.h"

/* The stage of one response; in the arena of its exchange. */
typedef struct sl_compress {
    sl_stages *stages;
    sl_stage *stage;
    uint32_t generation;
    bool off;
    int levels[SL_CODINGS];
    double min_bytes;
    sl_span codings;
    sl_span types;
    sl_coding coding;
    sl_coder *coder; /* NULL: nothing is compressed (any more) */
    uint64_t
        kept; /* bytes taken since the last flush, cut at what we declare */
} sl_compress;

extern const sl_stage_type sl_compress_type;

/* Decide, and say so in the head. */
sl_status sl_compress_headers(sl_stage *stage, sl_response *response,
                              uint32_t generation, void *state);

#endif
