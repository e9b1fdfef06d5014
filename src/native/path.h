/* One way to write a path, so that paths that mean the same compare equal:
 * escapes of what could have been written as it is are decoded, those that are
 * left (of slashes, percent signs, and what is no visible ASCII) are in capitals.
 * An encoded slash stays another character than a slash. Pure.
 */
#ifndef SLUICE_NATIVE_PATH_H
#define SLUICE_NATIVE_PATH_H

#include <sluice/chunk.h>

/* Write it to `out`, which has room for path.len bytes; its length. A percent
 * sign that starts no escape stays what it is. */
size_t sl_native_path_normalize(sl_span path, char *out);

#endif
