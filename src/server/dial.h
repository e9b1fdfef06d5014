/* Connections to the control socket of a server that runs.
 */
#ifndef SLUICE_SERVER_DIAL_H
#define SLUICE_SERVER_DIAL_H

#include "server/options.h"

/* The path of the socket: of the settings, or that of the one server in
 * development of this folder (*found: sl_free). NULL: the user was told why
 * there is none. */
const char *sl_dial_path(const sl_options *options, char **found);

/* A connected socket; -1: the user was told why not. */
int sl_dial(const char *path);

/* Tell why a question had no answer; the exit code. */
int sl_dial_refuse(const char *path, const char *why);

#endif
