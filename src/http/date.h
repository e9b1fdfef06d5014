/* Dates as HTTP writes them (IMF-fixdate, RFC 9110, 5.6.7), without libc's
 * calendar and locale.
 */
#ifndef SLUICE_HTTP_DATE_H
#define SLUICE_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include <sluice/chunk.h>

enum { SL_DATE_LEN = 29 };

/* Write "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL to `text`. `unix_s` is from
 * 1970 to the end of 9999; what lies outside is moved to the nearer end. */
void sl_date_format(char text[SL_DATE_LEN + 1], int64_t unix_s);

/* Read a date in one of the three forms that a recipient has to accept. A year of
 * two digits is the one that is nearest to `near_s`. False: it is no date. */
bool sl_date_parse(sl_span text, int64_t near_s, int64_t *unix_s);

#endif
