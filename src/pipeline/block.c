#include "pipeline/block.h"

#include <assert.h>

#include "base/memory.h"
#include "pipeline/pipeline.h"

enum { KEPT_BLOCKS = 256 };

sl_block *sl_block_create(sl_pipeline *pipeline, size_t len, int is_large)
{
    uint32_t size = SL_BLOCK_LARGE;
    uint32_t class = 1;
    sl_block *block;

    if (!is_large && len <= SL_BLOCK_SMALL) {
        size = SL_BLOCK_SMALL;
        class = 0;
    }
    block = pipeline->free_blocks[class];
    if (block != NULL) {
        pipeline->free_blocks[class] = block->next;
        pipeline->nfree_blocks[class]--;
    } else {
        block = sl_malloc(sizeof *block + size);
    }
    block->next = NULL;
    block->refs = 1;
    block->size = size;
    block->used = 0;
    block->is_large = class;
    return block;
}

void sl_block_unref(sl_pipeline *pipeline, sl_block *block)
{
    uint32_t class;

    if (block == NULL || --block->refs > 0) {
        return;
    }
    class = block->is_large;
    if (pipeline->nfree_blocks[class] >= KEPT_BLOCKS) {
        sl_free(block);
        return;
    }
    block->next = pipeline->free_blocks[class];
    pipeline->free_blocks[class] = block;
    pipeline->nfree_blocks[class]++;
}

void sl_blocks_deinit(sl_pipeline *pipeline)
{
    for (int class = 0; class < 2; class ++) {
        while (pipeline->free_blocks[class] != NULL) {
            sl_block *block = pipeline->free_blocks[class];

            pipeline->free_blocks[class] = block->next;
            sl_free(block);
        }
        pipeline->nfree_blocks[class] = 0;
    }
}
