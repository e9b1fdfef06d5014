/* What the commands do. Each returns the exit code of the process. */
#ifndef SLUICE_SERVER_COMMANDS_H
#define SLUICE_SERVER_COMMANDS_H

#include <sluice/server.h>

#include "server/options.h"
#include "worker/worker.h"

enum { SL_EXIT_OK = 0, SL_EXIT_FAILURE = 1, SL_EXIT_USAGE = 2 };

/* Load the modules of the settings, and the app unless it is NULL or "". */
sl_status sl_command_load(sl_worker *worker, const char *app,
                          sl_sources *sources, sl_server **server,
                          char **error);

int sl_command_serve(const sl_options *options);
int sl_command_check(const sl_options *options);
int sl_command_routes(const sl_options *options);
/* Ask a server that runs, at its control socket. */
int sl_command_status(const sl_options *options);
int sl_command_reload(const sl_options *options);
int sl_command_stop(const sl_options *options);
int sl_command_log_level(const sl_options *options);
/* Go on with a worker of it. */
int sl_command_repl(const sl_options *options);
int sl_command_profile(const sl_options *options);
/* Likewise at its admin address. */
int sl_command_health(const sl_options *options);
int sl_command_new(const sl_options *options);
int sl_command_test(const sl_options *options);

/* "--watch" is one of these arguments of the process: run them without it, again
 * after each change. Returns when they cannot be run. */
bool sl_command_wants_watch(char *const *arguments);
int sl_command_test_watch(char *const *arguments);
int sl_command_version(void);

/* What a supervisor executes: the arguments are the number of the slot, the
 * number of sockets, and the app; see worker/link.h for the rest. */
int sl_command_worker(const char *const *arguments);

/* Likewise to load an app, and record its sources: the argument is the app. */
int sl_command_probe(const char *const *arguments);

/* What both inherit: the settings at that descriptor, which is closed. On
 * failure *error (free) says why. */
sl_status sl_command_settings(sl_settings *settings, char **error);

#endif
