#include "base/slab.h"

#include <assert.h>

#include "base/memory.h"

typedef struct page {
    struct page *next;
    max_align_t slots[];
} page;

void sl_slab_init(sl_slab *slab, size_t slot_size, size_t slots_per_page)
{
    size_t align = _Alignof(max_align_t);

    assert(slot_size >= sizeof(sl_slab_slot) && slots_per_page > 0);
    *slab = (sl_slab){
        .slot_size = (slot_size + align - 1) / align * align,
        .slots_per_page = slots_per_page,
    };
}

void sl_slab_deinit(sl_slab *slab)
{
    page *p = slab->pages;

    while (p != NULL) {
        page *next = p->next;

        sl_free(p);
        p = next;
    }
    slab->pages = NULL;
    slab->free = NULL;
    slab->live = 0;
}

static void add_page(sl_slab *slab)
{
    page *p =
        sl_calloc(1, sizeof(page) + slab->slots_per_page * slab->slot_size);
    char *slots = (char *)p->slots;

    p->next = slab->pages;
    slab->pages = p;
    for (size_t i = slab->slots_per_page; i-- > 0;) {
        sl_slab_slot *slot = (void *)(slots + i * slab->slot_size);

        slot->next_free = slab->free;
        slab->free = slot;
    }
}

void *sl_slab_take(sl_slab *slab)
{
    sl_slab_slot *slot;

    if (slab->free == NULL) {
        add_page(slab);
    }
    slot = slab->free;
    assert(slot != NULL);
    slab->free = slot->next_free;
    slot->next_free = NULL;
    slab->live++;
    return slot;
}

void sl_slab_give(sl_slab *slab, void *slot)
{
    sl_slab_slot *head = slot;

    assert(slab->live > 0);
    head->next_free = slab->free;
    slab->free = head;
    slab->live--;
}
