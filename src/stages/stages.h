/* The stages that come with the server, and what a worker keeps for them. */
#ifndef SLUICE_STAGES_STAGES_H
#define SLUICE_STAGES_STAGES_H

#include <stdbool.h>

#include <sluice/compress.h>

#include "pipeline/pipeline.h"
#include "stages/coding.h"

typedef struct sl_compress_settings {
    uint32_t gzip_level;
    uint32_t brotli_level;
    uint32_t zstd_level;
    uint64_t min_bytes;
    uint64_t memory_bytes; /* of all contexts of a worker */
    char *codings;         /* with commas; the first of equals is taken */
    char *types;           /* likewise, see sl_is_type_listed; "": our own */
    bool on;               /* for every response that says nothing else */
} sl_compress_settings;

extern const char sl_compress_codings[]; /* the defaults */
extern const char sl_compress_types[];

/* What the stages of one worker share; found through its pipeline. */
typedef struct sl_stages {
    const sl_compress_settings *compress;
    sl_coders coders;
    uint64_t refused; /* bodies that were not compressed for want of memory */
} sl_stages;

void sl_stages_init(sl_stages *stages, const sl_compress_settings *compress);
void sl_stages_deinit(sl_stages *stages);

#endif
