/* Lists in header fields, as compression reads them. Pure. */
#ifndef SLUICE_STAGES_LISTS_H
#define SLUICE_STAGES_LISTS_H

#include <stdbool.h>

#include <sluice/chunk.h>

#include "stages/coding.h"

/* Take the next element off a list with commas; false: there is none. */
bool sl_list_next(sl_span *list, sl_span *element);

/* The coding of that name; SL_CODINGS: there is none. */
sl_coding sl_coding_of(sl_span name);

/* What the client likes best of `offers`, names in our order: SL_CODINGS when it
 * wants none, or its fields (`count` of them) say nothing. */
sl_coding sl_choose_coding(const sl_span *fields, size_t count, sl_span offers);

/* Is a media type among "text", "application/json", "+xml", ...: the first names
 * a whole kind, the last an ending? */
bool sl_is_type_listed(sl_span type, sl_span list);

#endif
