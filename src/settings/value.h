/* Values of settings as people write them: "64k", "10s", "on".
 *
 * Pure. Each parser answers whether the text is such a value and writes only
 * then; each formatter writes the shortest text that parses to the same.
 */
#ifndef SLUICE_SETTINGS_VALUE_H
#define SLUICE_SETTINGS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SL_VALUE_TEXT = 32 }; /* room for a formatted number */

/* Digits only. */
bool sl_value_parse_count(const char *text, uint64_t *count);

/* A number of bytes, or of k, m, g (of 1,024). */
bool sl_value_parse_bytes(const char *text, uint64_t *bytes);

/* A number with ms, s, m or h. Only 0 needs no unit. */
bool sl_value_parse_duration(const char *text, uint64_t *ms);

/* true, yes, on, 1; false, no, off, 0. */
bool sl_value_parse_boolean(const char *text, bool *value);

void sl_value_format_bytes(uint64_t bytes, char *text);
void sl_value_format_duration(uint64_t ms, char *text);

/* How many single-character edits lie between two words of at most 63
 * characters; longer ones are not compared: SIZE_MAX. */
size_t sl_value_distance(const char *a, const char *b);

#endif
