/* Settings from a configuration file and from the environment. */
#include "settings/settings.h"

#include <ctype.h>
#include <string.h>

#include "base/memory.h"

typedef struct file_visit {
    sl_settings *settings;
    const char *path;
} file_visit;

static sl_status set_from_file(void *context, const char *name,
                               const char *value, char **error)
{
    file_visit *visit = context;

    return sl_settings_set(visit->settings, SL_SOURCE_FILE, visit->path, name,
                           value, error);
}

sl_status sl_settings_read_file(sl_settings *settings, const char *path,
                                char **error)
{
    file_visit visit = {.settings = settings, .path = path};

    return sl_script_read_config(path, set_from_file, &visit, error);
}

/* "SLUICE_LOG_LEVEL=warn" */
static sl_status set_from_variable(sl_settings *settings, const char *variable,
                                   char **error)
{
    const char *equals = strchr(variable, '=');
    size_t len = (size_t)(equals - variable);
    size_t prefix = strlen("SLUICE_");
    char *where = sl_strdup(variable);
    char *name = sl_strdup(variable + prefix);
    sl_status rc;

    where[len] = '\0';
    name[len - prefix] = '\0';
    for (char *c = name; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    rc = sl_settings_set(settings, SL_SOURCE_ENVIRONMENT, where, name,
                         equals + 1, error);
    sl_free(where);
    sl_free(name);
    return rc;
}

sl_status sl_settings_read_environment(sl_settings *settings,
                                       const char *const *environment,
                                       char **error)
{
    for (; *environment != NULL; environment++) {
        const char *variable = *environment;

        if (strncmp(variable, "SLUICE_", strlen("SLUICE_")) != 0 ||
            strncmp(variable, "SLUICE_CONFIG=", strlen("SLUICE_CONFIG=")) ==
                0 ||
            strchr(variable, '=') == NULL) {
            continue;
        }
        if (set_from_variable(settings, variable, error) < 0) {
            return SL_EINVAL;
        }
    }
    return SL_OK;
}
