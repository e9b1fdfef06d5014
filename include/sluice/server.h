/* A server in a program: the same that `sluice serve` runs, as a library.
 *
 *   create -> set, use_loop, handle, load -> listen -> run or start -> destroy
 *
 * Nothing here is global: two servers in one process do not know each other. No
 * signal is touched; one thing has to be right beforehand: a server on the
 * program's own loop needs SIGPIPE ignored, caught or blocked.
 *
 * Threads:    a server belongs to the thread that runs its loop. Any thread may
 *             call sl_server_post and sl_server_stop.
 * Ownership:  texts are copied. Handlers and contexts are kept until destroy.
 * Errors:     each call that returns sl_status leaves a text for people in
 *             sl_server_error.
 */
#ifndef SLUICE_SERVER_H
#define SLUICE_SERVER_H

#include <sluice/fragment.h>
#include <sluice/handler.h>

struct uv_loop_s; /* uv_loop_t of libuv */

typedef struct sl_server sl_server;

/* A server with the built-in settings. Never NULL. */
SL_API sl_server *sl_server_create(void);

/* End everything at once and free it. On the program's own loop: only after
 * on_stopped, or without having listened or started. Functions that were posted
 * are called with SL_EGONE. NULL is left alone. Threads must not post any more. */
SL_API void sl_server_destroy(sl_server *server);

/* What went wrong last, in words; "" when nothing has. Borrowed until the next
 * call. */
SL_API const char *sl_server_error(const sl_server *server);

/* Say what went wrong, for sl_server_error: for the `open` of a module. */
SL_API void sl_server_set_error(sl_server *server, const char *text);

/* Change a setting: names and values are those of the command line ("sluice help
 * settings"): sl_server_set(server, "high_water", "256k"). SL_EINVAL: no such
 * setting or value, or one for several processes (workers, watchdog). SL_ECOMMITTED: the server has begun to listen or was given
 * an app. */
SL_API SL_MUST_USE sl_status sl_server_set(sl_server *server, const char *name,
                                           const char *value);

/* Run on a loop of the program's, which it runs itself. SL_ECOMMITTED as above.
 */
SL_API SL_MUST_USE sl_status sl_server_use_loop(sl_server *server,
                                                struct uv_loop_s *loop);

/* The loop that the server runs on; for timers and the like of handlers. */
SL_API struct uv_loop_s *sl_server_loop(sl_server *server);

/* Answer requests for `path` with `fn`. `method` is in capitals; NULL: any. GET
 * answers HEAD, too. `path` is a whole path, percent-encoded, and also
 * answers for other ways to encode the same; with "*" behind its last slash it is all paths below that,
 * the longest such path first. A path that C handlers know is not looked for in
 * Lua: with another method its answer is 405.
 *
 * SL_EINVAL: not a path, or it has a handler of that method. */
SL_API SL_MUST_USE sl_status sl_server_handle(sl_server *server,
                                              const char *method,
                                              const char *path,
                                              sl_handler_fn *fn, void *context);

/* Have `fn` called for each request for `path`, which is one or all below it as for
 * sl_server_handle, when it has arrived, before its handler in C or Lua begins:
 * to add stages (sluice/stage.h), or to look. It writes nothing. In the order of
 * these calls. SL_EINVAL: not a path. */
SL_API SL_MUST_USE sl_status sl_server_on_request(sl_server *server,
                                                  const char *path,
                                                  sl_event_fn *fn,
                                                  void *context);

/* Load a Lua app, which answers what no C handler does. Once. A program that is
 * linked with the static library has to export its symbols, because Lua finds
 * them by name (-Wl,--export-dynamic-symbol='sl_*'; CMake and pkg-config add
 * it). SL_EINVAL: the app does not load. */
SL_API SL_MUST_USE sl_status sl_server_load(sl_server *server,
                                            const char *path);

/* Load a module (sluice/module.h), as `module` does in the settings. */
SL_API SL_MUST_USE sl_status sl_server_load_module(sl_server *server,
                                                   const char *path,
                                                   const char *argument);

/* Listen on "ADDR:PORT", "[IPV6]:PORT", ":PORT" (all addresses), or
 * "unix:PATH". Port 0 takes a free one: `bound`, if not NULL, becomes what it
 * is, cut at `capacity` bytes, NUL included. SL_ESYSTEM. */
SL_API SL_MUST_USE sl_status sl_server_listen(sl_server *server,
                                              const char *address, char *bound,
                                              size_t capacity);

/* Serve on a loop of the server's own until it has stopped; where it has not
 * been told to listen, on the setting `listen`. Once. SL_EINVAL on a loop of the
 * program's; SL_ECANCELLED when a second stop cut requests off. */
SL_API SL_MUST_USE sl_status sl_server_run(sl_server *server);

/* The same on the loop of the program, which goes on by itself. */
SL_API SL_MUST_USE sl_status sl_server_start(sl_server *server);

/* Stop: no new connections; running requests finish within the setting `grace`,
 * then they are cancelled. Called again: end at once. From any thread, also
 * from a signal handler. */
SL_API void sl_server_stop(sl_server *server);

/* Have `fn` called from the loop, once, when the server has stopped and none of
 * its handles is on the loop any more. It may destroy the server. */
typedef void sl_stopped_fn(sl_server *server, void *context);
SL_API void sl_server_on_stopped(sl_server *server, sl_stopped_fn *fn,
                                 void *context);

/* Have `fn` called on the loop, once, whatever happens (PostCompletion); the one
 * call for other threads.
 *
 * `response` and `generation` say for which exchange; it is not looked at before
 * the loop does. With NULL it is for none, and request and response are NULL.
 * `status` is SL_OK; or SL_EGONE: the exchange or the server is over, request
 * and response are NULL, and only the context is left to be freed. */
typedef void sl_post_fn(sl_request *request, sl_response *response,
                        uint32_t generation, sl_status status, void *context);
SL_API void sl_server_post(sl_server *server, sl_response *response,
                           uint32_t generation, sl_post_fn *fn, void *context);

/* The fragments of the server's responses (sluice/fragment.h). Settings are
 * fixed from here on. */
SL_API sl_fragments *sl_server_fragments(sl_server *server);

#endif
