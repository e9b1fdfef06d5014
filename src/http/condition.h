/* Conditional requests (RFC 9110, 13): does the client have it already, and is it
 * still what the client believes? */
#ifndef SLUICE_HTTP_CONDITION_H
#define SLUICE_HTTP_CONDITION_H

#include "http/fields.h"

/* What tells the versions of a body apart. */
typedef struct sl_validators {
    sl_span tag; /* with its quotes, and W/ when it is weak; data NULL: none */
    int64_t modified; /* seconds since 1970; negative: nobody knows */
    int64_t clock;    /* now: what was changed lately may change again unseen */
} sl_validators;

/* What the fields of a request ask for: 412, 304 (for one that only looks: GET, HEAD),
 * or 0: answer as usual. */
int sl_condition_of(const sl_fields *request, const sl_validators *now,
                    bool looks);

/* May the fields ask for anything but the whole: is one of them If-... or Range? */
bool sl_condition_is_asked(const sl_fields *request);

/* Is the range that is asked for one of this version (If-Range)? A tag has to be
 * strong, and the time the same and past (RFC 9110, 8.8.2.2): beside a weak tag, or
 * while the next change may leave the same time behind, it says nothing. */
bool sl_condition_has_range(const sl_fields *request, const sl_validators *now);

#endif
