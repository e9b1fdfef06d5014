/* Conditional requests (RFC 9110, 13): does the client have it already, and is it
 * still what the client believes? */
#ifndef SLUICE_HTTP_CONDITION_H
#define SLUICE_HTTP_CONDITION_H

#include "http/fields.h"

/* What tells the versions of a body apart. */
typedef struct sl_validators {
    sl_span tag; /* with its quotes, and W/ when it is weak; data NULL: none */
    int64_t modified; /* seconds since 1970; -1: nobody knows */
} sl_validators;

/* What the fields of a GET or HEAD ask for: 412, 304, or 0: answer as usual. */
int sl_condition_of(const sl_fields *request, const sl_validators *now);

/* Is the range that is asked for one of this version (If-Range)? A tag has to be
 * strong, and the time the same; beside a weak tag it says nothing. */
bool sl_condition_has_range(const sl_fields *request, const sl_validators *now);

#endif
