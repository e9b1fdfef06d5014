/* The chunked transfer coding as it is written (RFC 9112, 7.1). */
#ifndef SLUICE_HTTP_CHUNKED_H
#define SLUICE_HTTP_CHUNKED_H

#include <stddef.h>
#include <stdint.h>

#include "http/fields.h"

/* The longest size line: 16 digits and CRLF. */
enum { SL_CHUNK_LINE = 18 };

/* Write the line in front of a chunk of `size` bytes (more than 0: an empty
 * chunk would be the end). How long it is. */
size_t sl_chunk_line(char line[SL_CHUNK_LINE], uint64_t size);

/* The last chunk and the trailer fields, in the arena of `trailers`; static
 * when there are none: NULL, too. With `crlf` it also ends the chunk in front of it. */
sl_span sl_chunk_end(const sl_fields *trailers, bool crlf);

#endif
