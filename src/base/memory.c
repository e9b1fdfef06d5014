#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory, size_t size)
{
    if (memory == NULL && size > 0) {
        fprintf(stderr, "sluice: out of memory (%zu bytes)\n", size);
        abort();
    }
    return memory;
}

void *sl_malloc(size_t size)
{
    return checked(malloc(size), size);
}

void *sl_try_malloc(size_t size)
{
    return malloc(size);
}

void *sl_calloc(size_t count, size_t size)
{
    return checked(calloc(count, size), count * size);
}

void *sl_realloc(void *memory, size_t size)
{
    return checked(realloc(memory, size), size);
}

char *sl_strdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(sl_malloc(size), text, size);
}

void sl_free(void *memory)
{
    free(memory);
}
