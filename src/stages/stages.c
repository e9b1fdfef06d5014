#include "stages/stages.h"

void sl_stages_init(sl_stages *stages, const sl_compress_settings *compress)
{
    *stages = (sl_stages){.compress = compress};
    sl_coders_init(&stages->coders, (size_t)compress->memory_bytes);
}

void sl_stages_deinit(sl_stages *stages)
{
    sl_coders_deinit(&stages->coders);
}
