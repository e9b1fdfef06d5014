/* Allocation that cannot fail: for sizes that the program chooses.
 *
 * Each function but sl_try_malloc aborts with a message when memory is exhausted,
 * because a process that goes on without what it needs is worse than one that is
 * replaced. A size that a peer can influence passes a limit first; what a script
 * keeps, and can be told that it cannot, uses sl_try_malloc.
 */
#ifndef SLUICE_BASE_MEMORY_H
#define SLUICE_BASE_MEMORY_H

#include <stddef.h>

void *sl_malloc(size_t size);
void *sl_try_malloc(size_t size); /* NULL: there is no more */
void *sl_calloc(size_t count, size_t size);
void *sl_realloc(void *memory, size_t size);
char *sl_strdup(const char *text);
void sl_free(void *memory);

#endif
