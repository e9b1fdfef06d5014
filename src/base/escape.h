/* Text that others wrote, made safe for a log: one line stays one line, and a
 * terminal that shows it obeys nobody but its owner.
 */
#ifndef SLUICE_BASE_ESCAPE_H
#define SLUICE_BASE_ESCAPE_H

#include <stddef.h>

#include "base/buffer.h"

/* Append `text` with control characters, quotes, backslashes and what is not
 * UTF-8 as \n, \", \\, \xNN. */
void sl_escape_text(sl_buffer *out, const char *text, size_t len);

/* Append the inside of a JSON string: always valid JSON and UTF-8; a byte
 * that is not becomes U+FFFD. */
void sl_escape_json(sl_buffer *out, const char *text, size_t len);

#endif
