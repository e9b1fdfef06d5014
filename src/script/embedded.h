/* What the build puts into the binary: the Lua library that handlers require,
 * and the declarations of the public C interface.
 *
 * Both are generated, the modules from lua/sluice, the declarations from
 * include/sluice; scripts/cmake/embedded.cmake says how. One file deploys.
 *
 * Threads:    constant data, readable anywhere.
 * Ownership:  static; nothing here is ever freed.
 */
#ifndef SLUICE_SCRIPT_EMBEDDED_H
#define SLUICE_SCRIPT_EMBEDDED_H

#include <stddef.h>

/* One Lua module. `text` has `len` bytes; a NUL follows that is not counted. */
struct sl_embedded {
    const char *name; /* as given to require: "sluice", "sluice.response" */
    const char *path; /* its chunk name: "@lua/sluice/response.lua" */
    const char *text;
    size_t len;
};

/* Every module of the library, in no order to rely on; the last has no name. */
extern const struct sl_embedded sl_embedded_modules[];

/* The text for ffi.cdef: `len` bytes, and a NUL that is not counted. */
extern const char sl_cdef_text[];
extern const size_t sl_cdef_len;

#endif
