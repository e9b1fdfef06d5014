/* Settings: lines of NAME=VALUE, as from files, variables and flags. Whatever
 * they say, each is taken or refused with a reason, and what was taken is
 * within its limits. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "settings/setting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SETTINGS_BYTES = 2048 };

static void set_line(sl_settings *settings, char *line)
{
    char *equals = strchr(line, '=');
    char *error = NULL;
    sl_status rc;

    if (equals != NULL) {
        *equals = '\0';
    }
    rc = sl_settings_set(settings, SL_SOURCE_COMMAND_LINE, "--set", line,
                         equals != NULL ? equals + 1 : "", &error);
    CHECK((rc < 0) == (error != NULL));
    free(error);
}

static void check_ranges(const sl_settings *settings)
{
    for (const sl_setting *s = sl_setting_table; s->name != NULL; s++) {
        const char *field = (const char *)settings + s->offset;
        uint64_t value;

        switch (s->kind) {
        case SL_KIND_BYTES:
            value = *(const uint64_t *)(const void *)field;
            break;
        case SL_KIND_BYTES32:
        case SL_KIND_DURATION:
        case SL_KIND_COUNT:
            value = *(const uint32_t *)(const void *)field;
            break;
        default:
            continue;
        }
        CHECK(value >= s->min && value <= s->max);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sl_settings settings;
    char text[SETTINGS_BYTES + 1];
    char *rest = text;
    char *line;
    char *error = NULL;

    if (size > SETTINGS_BYTES) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    sl_settings_init(&settings);
    while ((line = strsep(&rest, "\n")) != NULL) {
        set_line(&settings, line);
    }
    check_ranges(&settings);
    if (sl_settings_finish(&settings, &error) < 0) {
        CHECK(error != NULL);
        free(error);
    }
    sl_settings_deinit(&settings);
    return 0;
}
