/* Allocation that cannot fail: for sizes that the program chooses.
 *
 * Each function aborts with a message when memory is exhausted. A size that a
 * peer can influence passes a limit first, or uses malloc and handles NULL.
 */
#ifndef SLUICE_BASE_MEMORY_H
#define SLUICE_BASE_MEMORY_H

#include <stddef.h>

void *sl_malloc(size_t size);
void *sl_calloc(size_t count, size_t size);
void *sl_realloc(void *memory, size_t size);
char *sl_strdup(const char *text);
void sl_free(void *memory);

#endif
