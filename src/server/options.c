#include "server/options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Flags that are no settings and take no value; NULL: it is none. */
static bool *find_switch(sl_options *options, const char *name)
{
    if (strcmp(name, "json") == 0) {
        return &options->json;
    }
    if (strcmp(name, "ready") == 0) {
        return &options->ready;
    }
    return strcmp(name, "wait") == 0 ? &options->wait : NULL;
}

/* Flags that are no settings and take a value; NULL: it is none. */
static const char **find_value(sl_options *options, const char *name)
{
    if (strcmp(name, "config") == 0) {
        return &options->config;
    }
    if (strcmp(name, "eval") == 0) {
        return &options->evaluate;
    }
    if (strcmp(name, "seconds") == 0) {
        return &options->seconds;
    }
    if (strcmp(name, "output") == 0) {
        return &options->output;
    }
    return strcmp(name, "worker") == 0 ? &options->worker : NULL;
}

/* One argument that starts with "--". */
typedef struct flag {
    char *name;        /* of a setting, or "config", "set" */
    char *where;       /* as written, without its value */
    const char *value; /* NULL: none */
} flag;

__attribute__((format(printf, 2, 3))) static sl_status
refuse(char **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (vasprintf(error, format, args) < 0) {
        *error = sl_strdup("out of memory");
    }
    va_end(args);
    return SL_EINVAL;
}

static void flag_deinit(flag *f)
{
    sl_free(f->name);
    sl_free(f->where);
}

/* "--watch" is "--watch on", unless another of its values follows. */
static bool may_stand_alone(const char *name, const char *next)
{
    return strcmp(name, "watch") == 0 &&
           (next == NULL ||
            (strcmp(next, "on") != 0 && strcmp(next, "off") != 0 &&
             strcmp(next, "poll") != 0));
}

/* "--log-level=warn", "--log-level warn", "--development": the number of
 * arguments that it takes. */
static int flag_init(sl_options *options, flag *f, const char *const *arguments)
{
    const char *text = arguments[0];
    const char *equals = strchr(text, '=');
    size_t len = equals != NULL ? (size_t)(equals - text) : strlen(text);

    f->where = sl_strdup(text);
    f->where[len] = '\0';
    f->name = sl_strdup(strcmp(text, "-e") == 0 ? "eval" : f->where + 2);
    for (char *c = f->name; *c != '\0'; c++) {
        *c = *c == '-' ? '_' : *c;
    }
    if (equals != NULL) {
        f->value = equals + 1;
        return 1;
    }
    if (may_stand_alone(f->name, arguments[1])) {
        f->value = "on";
        return 1;
    }
    if (sl_settings_is_boolean(f->name) ||
        find_switch(options, f->name) != NULL) {
        f->value = "true";
        return 1;
    }
    f->value = arguments[1];
    return f->value != NULL ? 2 : 1;
}

/* --set name=value */
static sl_status set_pair(sl_options *options, const char *pair, char **error)
{
    const char *equals = strchr(pair, '=');
    char *name;
    sl_status rc;

    if (equals == NULL) {
        return refuse(error, "--set: write name=value instead of \"%s\"", pair);
    }
    name = sl_strdup(pair);
    name[equals - pair] = '\0';
    rc = sl_settings_set(&options->settings, SL_SOURCE_COMMAND_LINE, "--set",
                         name, equals + 1, error);
    sl_free(name);
    return rc;
}

static sl_status apply_flag(sl_options *options, const flag *f, char **error)
{
    if (find_value(options, f->name) != NULL ||
        find_switch(options, f->name) != NULL) {
        return SL_OK; /* read before the flags were applied */
    }
    if (strcmp(f->name, "set") == 0) {
        return set_pair(options, f->value, error);
    }
    return sl_settings_set(&options->settings, SL_SOURCE_COMMAND_LINE, f->where,
                           f->name, f->value, error);
}

static sl_status note_flag(sl_options *options, const flag *f, char **error)
{
    if (f->value == NULL) {
        return refuse(error, "%s needs a value", f->where);
    }
    if (find_value(options, f->name) != NULL) {
        *find_value(options, f->name) = f->value;
    }
    if (find_switch(options, f->name) != NULL) {
        *find_switch(options, f->name) = true;
    }
    return SL_OK;
}

static sl_status note_operand(sl_options *options, const char *text,
                              char **error)
{
    if (text[0] == '-') {
        return refuse(error, "there is no option %s", text);
    }
    options->operands = sl_realloc(options->operands,
                                   (options->noperands + 2) * sizeof(char *));
    options->operands[options->noperands++] = text;
    options->operands[options->noperands] = NULL;
    options->app = options->operands[0];
    return SL_OK;
}

typedef sl_status take_flag(sl_options *options, const flag *f, char **error);

static bool is_flag(const char *text)
{
    return strncmp(text, "--", 2) == 0 || strcmp(text, "-e") == 0;
}

/* Give each flag to `take`, and, when `operands`, note the others. */
static sl_status walk(sl_options *options, const char *const *arguments,
                      take_flag *take, bool operands, char **error)
{
    sl_status rc = SL_OK;

    while (*arguments != NULL && rc == SL_OK && !options->help) {
        if (strcmp(*arguments, "--") == 0) {
            options->rest = arguments + 1;
            break;
        }
        if (strcmp(*arguments, "--help") == 0 ||
            strcmp(*arguments, "-h") == 0) {
            options->help = true;
        } else if (is_flag(*arguments)) {
            flag f;
            int taken = flag_init(options, &f, arguments);

            rc = take(options, &f, error);
            flag_deinit(&f);
            arguments += taken;
        } else {
            rc = operands ? note_operand(options, *arguments, error) : SL_OK;
            arguments++;
        }
    }
    return rc;
}

/* The value of SLUICE_CONFIG, which a flag replaces. */
static const char *find_config(const char *const *environment)
{
    static const char prefix[] = "SLUICE_CONFIG=";

    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, prefix, sizeof prefix - 1) == 0) {
            return *environment + sizeof prefix - 1;
        }
    }
    return NULL;
}

static sl_status set_defaults(sl_settings *settings,
                              const char *const *defaults, char **error)
{
    sl_status rc = SL_OK;

    for (; *defaults != NULL && rc == SL_OK; defaults += 2) {
        rc = sl_settings_set(settings, SL_SOURCE_BUILT_IN, "built in",
                             defaults[0], defaults[1], error);
    }
    return rc;
}

static sl_status read_sources(sl_options *options, const char *const *arguments,
                              const char *const *environment, char **error)
{
    sl_settings *settings = &options->settings;
    sl_status rc = SL_OK;

    if (options->config != NULL && *options->config != '\0') {
        rc = sl_settings_read_file(settings, options->config, error);
        rc = sl_settings_collect(settings, rc, error);
    }
    if (rc == SL_OK) {
        rc = sl_settings_read_environment(settings, environment, error);
    }
    if (rc == SL_OK) {
        rc = walk(options, arguments, apply_flag, false, error);
    }
    if (rc == SL_OK) {
        rc = sl_settings_finish(settings, error);
        rc = sl_settings_collect(settings, rc, error);
    }
    return rc;
}

sl_status sl_options_read(sl_options *options, const char *const *arguments,
                          const char *const *environment,
                          const sl_options_way *way, char **error)
{
    static const char *const nothing[] = {NULL};
    sl_status rc;

    *options = (sl_options){.config = find_config(environment)};
    options->operands = sl_calloc(1, sizeof(char *));
    options->rest = nothing;
    sl_settings_init(&options->settings);
    options->settings.collects = way != NULL && way->collects;
    rc = walk(options, arguments, note_flag, true, error);
    if (rc < 0 || options->help) {
        return rc;
    }
    if (way != NULL && way->defaults != NULL) {
        rc = set_defaults(&options->settings, way->defaults, error);
    }
    return rc < 0 ? rc : read_sources(options, arguments, environment, error);
}

void sl_options_deinit(sl_options *options)
{
    sl_settings_deinit(&options->settings);
    sl_free((void *)options->operands);
}
