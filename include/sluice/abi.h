/* What every public header shares: export, must-use, and the ABI number.
 *
 * The same headers are read by C and C++ compilers and, preprocessed with
 * SL_CDEF defined, by LuaJIT's `ffi.cdef`. Whatever LuaJIT's C parser does not know
 * is hidden behind SL_CDEF here and nowhere else.
 *
 * The ABI is scalars, pointers to plain structs, and handles: no callbacks
 * from Lua, no structs by value, no varargs, no enums as return types.
 */
#ifndef SLUICE_ABI_H
#define SLUICE_ABI_H

#ifdef SL_CDEF
#define SL_API
#define SL_MUST_USE
#else
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
#define SL_API extern "C" __attribute__((visibility("default")))
#else
#define SL_API __attribute__((visibility("default")))
#endif
#define SL_MUST_USE __attribute__((warn_unused_result))
#endif

/* Raised when a struct, a number or a signature in these headers changes. The
 * Lua library compares it, and the sizes below, at start; a module is loaded
 * only when it was built for the same number, which is also that of the shared
 * library (libsluice.so.2). */
enum { SL_ABI_VERSION = 2 };

/* What the compiled core believes about the structs that cross the FFI. */
typedef struct sl_abi {
    uint32_t version;
    uint32_t chunk_size;
    uint32_t operation_size;
    uint32_t completion_size;
    uint32_t span_size;
    uint32_t response_stat_size;
} sl_abi;

/* Fill in *abi. */
SL_API void sl_abi_describe(sl_abi *abi);

#endif
