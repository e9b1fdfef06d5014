/* Folded stacks as a tree of functions.
 */
#ifndef SLUICE_SERVER_FLAME_TREE_H
#define SLUICE_SERVER_FLAME_TREE_H

#include <stdint.h>

#include "server/flame.h"

/* A function that was called by its parent, with those that it has called. */
typedef struct sl_flame_frame {
    char *name;
    uint64_t samples;
    struct sl_flame_frame *first; /* child */
    struct sl_flame_frame *next;  /* sibling */
} sl_flame_frame;

/* The root of all; sl_flame_free. */
sl_flame_frame *sl_flame_build(const char *folded);
void sl_flame_free(sl_flame_frame *f);

/* How many rows it takes. */
int sl_flame_depth(const sl_flame_frame *f);

#endif
