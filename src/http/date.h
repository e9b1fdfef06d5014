/* Dates as HTTP writes them (IMF-fixdate, RFC 9110, 5.6.7), without libc's
 * calendar and locale.
 */
#ifndef SLUICE_HTTP_DATE_H
#define SLUICE_HTTP_DATE_H

#include <stdint.h>

enum { SL_DATE_LEN = 29 };

/* Write "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL to `text`. `unix_s` is from
 * 1970 to the end of 9999; what lies outside is moved to the nearer end. */
void sl_date_format(char text[SL_DATE_LEN + 1], int64_t unix_s);

#endif
