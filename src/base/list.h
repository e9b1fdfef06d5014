/* Intrusive doubly linked list: a ring through a head that is no member.
 *
 * A link that is in no list points at itself, so that removing twice is
 * harmless and `sl_list_is_empty` also tells whether a member is in a list.
 */
#ifndef SLUICE_BASE_LIST_H
#define SLUICE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct sl_list {
    struct sl_list *next;
    struct sl_list *prev;
} sl_list;

/* The struct that holds `link` as its member `field`. */
#define SL_CONTAINER(link, type, field) \
    ((type *)(((char *)(link)) - offsetof(type, field)))

static inline void sl_list_init(sl_list *list)
{
    list->next = list;
    list->prev = list;
}

static inline bool sl_list_is_empty(const sl_list *list)
{
    return list->next == list;
}

static inline void sl_list_append(sl_list *list, sl_list *link)
{
    link->next = list;
    link->prev = list->prev;
    list->prev->next = link;
    list->prev = link;
}

static inline void sl_list_prepend(sl_list *list, sl_list *link)
{
    sl_list_append(list->next, link);
}

static inline void sl_list_remove(sl_list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    sl_list_init(link);
}

/* Take the first link out; NULL when the list is empty. */
static inline sl_list *sl_list_take(sl_list *list)
{
    sl_list *first = list->next;

    if (first == list) {
        return NULL;
    }
    sl_list_remove(first);
    return first;
}

/* Move all members of `from` to the end of `to`. */
static inline void sl_list_splice(sl_list *to, sl_list *from)
{
    if (sl_list_is_empty(from)) {
        return;
    }
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    sl_list_init(from);
}

#endif
