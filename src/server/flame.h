/* A flame graph: folded stacks drawn as one SVG file that needs nothing else.
 *
 * Each box is a function, as wide as the share of samples that it was seen in,
 * with who called it above; what the VM did is the lowest box, with a colour.
 * Boxes are zoomed into by a click and found by a search, with a script in the
 * file.
 */
#ifndef SLUICE_SERVER_FLAME_H
#define SLUICE_SERVER_FLAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

typedef struct sl_flame {
    const char *folded; /* a stack on each line, a blank, and its samples */
    const char *title;
    const char *subtitle;
} sl_flame;

/* The sum of the samples. */
uint64_t sl_flame_count(const char *folded);

/* Append the SVG; `as_page`: in a page of HTML. */
void sl_flame_draw(const sl_flame *flame, bool as_page, sl_buffer *text);

/* What stands around the boxes; see flame_look.c. */
extern const char sl_flame_style[];
extern const char sl_flame_script[];

#endif
