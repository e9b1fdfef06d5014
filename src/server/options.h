/* The command line behind a command: an app, and settings from all sources.
 */
#ifndef SLUICE_SERVER_OPTIONS_H
#define SLUICE_SERVER_OPTIONS_H

#include <stdbool.h>

#include "settings/settings.h"

typedef struct sl_options {
    const char *app;                /* the first operand; NULL: none */
    const char **operands;          /* all of them, ended by NULL */
    size_t noperands;               /* so many */
    const char *const *rest;        /* behind "--", ended by NULL */
    const char *config;             /* NULL: none */
    char *const *process_arguments; /* all of them, from its name on */
    const char *evaluate;           /* instead of what is typed; NULL: that */
    const char *worker;             /* its number; NULL: any */
    const char *seconds;            /* NULL: as many as usual */
    const char *output;             /* a file; NULL: the usual one */
    bool json;                      /* for programs */
    bool wait;                      /* for the outcome */
    bool ready;                     /* is that asked, and not: healthy? */
    bool help;                      /* asked for: nothing else was looked at */
    sl_settings settings;
} sl_options;

/* What a command has otherwise than the others; all zero: nothing. */
typedef struct sl_options_way {
    const char *const *defaults; /* names and values in turn, ended by NULL */
    bool collects; /* settings that are wrong do not end it: settings.wrong */
} sl_options_way;

/* Read `arguments` (ended by NULL) and the sources below them: the environment,
 * a file, the defaults of the `way` (NULL: as everywhere). On failure *error
 * (free) says what is wrong; options are to be deinitialised either way. The
 * texts stay the caller's. */
sl_status sl_options_read(sl_options *options, const char *const *arguments,
                          const char *const *environment,
                          const sl_options_way *way, char **error);
void sl_options_deinit(sl_options *options);

#endif
