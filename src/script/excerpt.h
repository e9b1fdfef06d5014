/* The lines around the place that an error names.
 */
#ifndef SLUICE_SCRIPT_EXCERPT_H
#define SLUICE_SCRIPT_EXCERPT_H

#include "script/sources.h"

/* When the error (free) names a line of one of the sources, with an excerpt
 * behind its message, in its place; else as it is. */
char *sl_excerpt_add(const sl_sources *sources, char *error);

#endif
