/* A module: C handlers in a shared object that the server loads.
 *
 *   sluice serve --module ./mod.so[=argument] [app.lua]
 *
 *   static sl_status open_it(sl_server *server, const char *argument,
 *                            void **state)
 *   {
 *       return sl_server_handle(server, "GET", "/hello", hello, NULL);
 *   }
 *
 *   SL_MODULE("hello", open_it, NULL)
 *
 * It is compiled with -shared -fPIC and linked with nothing: the server has what
 * it needs. It stays loaded until the process ends.
 *
 * The server that `open` is given listens, loads its app and runs by itself:
 * what is of use are sl_server_handle, post, stop, loop and fragments.
 *
 * Threads:    `open` and `close` are called on the thread of the server's loop.
 * Errors:     a negative status of `open` keeps the server from starting; it
 *             says why with sl_server_set_error.
 */
#ifndef SLUICE_MODULE_H
#define SLUICE_MODULE_H

#include <sluice/server.h>

/* Register handlers. `argument` is what stood behind the "=", or NULL; borrowed.
 * *state, NULL before, is given to `close`. */
typedef sl_status sl_module_open_fn(sl_server *server, const char *argument,
                                    void **state);

/* The server is about to be freed: no handler runs any more, no exchange is left.
 * Only called after `open` succeeded. Threads of the module end here. */
typedef void sl_module_close_fn(void *state);

/* What a module exports under the name "sluice_module". */
typedef struct sl_module {
    uint32_t abi_version; /* SL_ABI_VERSION of its headers; first for ever */
    uint32_t size;        /* of this struct; second for ever */
    const char *name;     /* for people */
    sl_module_open_fn *open;
    sl_module_close_fn *close; /* may be NULL */
} sl_module;

#ifndef SL_CDEF
#ifdef __cplusplus
#define SL_MODULE_LINKAGE extern "C"
#else
#define SL_MODULE_LINKAGE extern
#endif

/* Once in a module, outside of functions. */
#define SL_MODULE(name, open, close)                                    \
    SL_MODULE_LINKAGE __attribute__((visibility("default")))            \
    const sl_module sluice_module;                                      \
    const sl_module sluice_module = {SL_ABI_VERSION, sizeof(sl_module), \
                                     (name), (open), (close)};
#endif

#endif
