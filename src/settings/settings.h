/* Every setting of the server: one table, whatever the source.
 *
 * Sources in rising order: built in, the configuration file, SLUICE_*
 * variables, the command line. What one of them sets replaces what those
 * before it have set; a list grows only within one source.
 *
 * Ownership: the settings own their texts. Errors are texts that the caller
 *            frees with free(); they name the source, the setting, the value
 *            and what is allowed.
 */
#ifndef SLUICE_SETTINGS_SETTINGS_H
#define SLUICE_SETTINGS_SETTINGS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/logs.h"
#include "net/net.h"
#include "pipeline/pipeline.h"
#include "script/script.h"
#include "session/session.h"
#include "stages/stages.h"

typedef enum sl_source {
    SL_SOURCE_BUILT_IN,
    SL_SOURCE_FILE,
    SL_SOURCE_ENVIRONMENT,
    SL_SOURCE_COMMAND_LINE
} sl_source;

typedef struct sl_text_list {
    char **items;
    size_t count;
    sl_source source; /* that it comes from */
} sl_text_list;

typedef enum sl_access_format {
    SL_ACCESS_COMBINED,
    SL_ACCESS_JSON,
    SL_ACCESS_DEV
} sl_access_format;

typedef enum sl_watch_mode {
    SL_WATCH_OFF,
    SL_WATCH_ON,  /* the system tells */
    SL_WATCH_POLL /* by looking */
} sl_watch_mode;

#define SL_AUTO UINT32_MAX

typedef struct sl_settings {
    sl_pipeline_settings pipeline;
    sl_session_settings session;
    sl_net_settings net;
    sl_script_settings script;
    sl_compress_settings compress;

    sl_text_list listen;
    sl_text_list trusted_proxies;
    sl_networks trusted; /* the same, understood; see sl_settings_finish */
    sl_text_list proxy_sources; /* understood: net.proxy_sources */
    sl_text_list module;        /* "path" or "path=argument" */
    char *lua_dir;              /* "": the embedded library */

    char *log;               /* path; "-": standard error */
    sl_text_list log_levels; /* "part=level" */
    uint32_t log_level;
    uint32_t log_format;        /* 0 text, 1 json */
    char *access_log;           /* path; "-": standard output; "off" */
    uint32_t access_log_format; /* sl_access_format */
    uint32_t grace_ms;

    char *control; /* path; "auto", "off" */
    char *admin;   /* address; "off"; "auto": in development */
    bool admin_public;
    bool console;
    bool collects; /* what is wrong does not end the reading, but goes to: */
    sl_text_list wrong;       /* for people, each as an *error below */
    uint64_t worker_memory;   /* bytes; 0: any number */
    uint32_t watchdog_ms;     /* 0: off */
    uint32_t worker_requests; /* 0: any number */
    uint32_t worker_grace_ms; /* 0: any time */
    uint32_t start_timeout_ms;
    uint32_t max_generations;
    uint32_t watch; /* sl_watch_mode */
    uint32_t watch_interval_ms;
    uint32_t workers; /* SL_AUTO: as many as there are processors for us */
} sl_settings;

/* The built-in values. */
void sl_settings_init(sl_settings *settings);
void sl_settings_deinit(sl_settings *settings);

/* Set one. `where` names the source for people: "--set", a file, a variable. */
sl_status sl_settings_set(sl_settings *settings, sl_source source,
                          const char *where, const char *name,
                          const char *value, char **error);

/* Of settings that collect: what has failed is noted, and that is SL_OK. */
sl_status sl_settings_collect(sl_settings *settings, sl_status rc,
                              char **error);

/* Can the name stand alone on the command line? */
bool sl_settings_is_boolean(const char *name);

/* From a configuration file, or from all SLUICE_* variables of `environment`
 * ("NAME=value", ended by NULL) except SLUICE_CONFIG. */
sl_status sl_settings_read_file(sl_settings *settings, const char *path,
                                char **error);
sl_status sl_settings_read_environment(sl_settings *settings,
                                       const char *const *environment,
                                       char **error);

/* Does `listen` have the address of this socket, with " proxy" behind it? For one
 * that was inherited, which `listen` has not opened. */
bool sl_settings_want_proxy(const sl_settings *settings, int fd);

/* Levels as log_level and log_levels say. */
void sl_settings_set_levels(const sl_settings *settings, sl_logs *logs);

/* After the last source: what depends on several settings. */
sl_status sl_settings_finish(sl_settings *settings, char **error);

/* All settings as bytes, for a process that this one starts, and back. What
 * comes back from other bytes than these is an error. */
void sl_settings_save(const sl_settings *settings, sl_buffer *bytes);
sl_status sl_settings_restore(sl_settings *settings, const char *bytes,
                              size_t len, char **error);

/* The table with defaults, for people. */
void sl_settings_print(FILE *out);

#endif
