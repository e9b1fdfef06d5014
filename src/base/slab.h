/* Fixed-size slots that are reused and never given back while the slab lives.
 *
 * A pointer to a slot stays readable after the slot was freed; a generation
 * kept inside the slot tells old handles from new ones. Only the sl_slab_slot of
 * a freed slot is overwritten, which is there to be the first member.
 */
#ifndef SLUICE_BASE_SLAB_H
#define SLUICE_BASE_SLAB_H

#include <stddef.h>

typedef struct sl_slab_slot {
    struct sl_slab_slot *next_free;
} sl_slab_slot;

typedef struct sl_slab {
    size_t slot_size;
    size_t slots_per_page;
    sl_slab_slot *free;
    void *pages; /* singly linked through their first word */
    size_t live; /* slots taken and not freed */
} sl_slab;

/* `slot_size` includes the sl_slab_slot at the start of each slot. */
void sl_slab_init(sl_slab *slab, size_t slot_size, size_t slots_per_page);

/* Free all pages. Every slot becomes invalid. */
void sl_slab_deinit(sl_slab *slab);

/* A slot: zeroed when it is handed out for the first time, else as it was
 * left. Aborts when memory is exhausted: slots are small and their number is
 * limited by the callers. */
void *sl_slab_take(sl_slab *slab);

/* Give a slot back for reuse. */
void sl_slab_give(sl_slab *slab, void *slot);

#endif
