/* Settings: a configuration file, when the input starts with a comment of Lua;
 * else lines of NAME=VALUE, as variables (SLUICE_NAME) and flags. Whatever they
 * say, each is taken or refused with a reason, and what was taken is within its
 * limits. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "settings/setting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SETTINGS_BYTES = 2048 };

static void check_outcome(sl_status rc, char *error)
{
    CHECK((rc < 0) == (error != NULL));
    free(error);
}

/* A file that never ends is its author's; the fuzzer is not to write one. */
static bool has_loops(const char *text)
{
    return strstr(text, "while") != NULL || strstr(text, "repeat") != NULL ||
           strstr(text, "for") != NULL || strstr(text, "goto") != NULL ||
           strstr(text, "function") != NULL;
}

static void read_file(sl_settings *settings, const char *text, size_t len)
{
    int fd = memfd_create("settings", MFD_CLOEXEC);
    char *error = NULL;
    char path[32];
    sl_status rc;

    CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    rc = sl_settings_read_file(settings, path, &error);
    check_outcome(rc, error);
    close(fd);
}

static void set_variable(sl_settings *settings, const char *line)
{
    const char *const environment[] = {line, NULL};
    char *error = NULL;
    sl_status rc = sl_settings_read_environment(settings, environment, &error);

    check_outcome(rc, error);
}

static void set_flag(sl_settings *settings, char *line)
{
    char *equals = strchr(line, '=');
    char *error = NULL;
    sl_status rc;

    if (equals != NULL) {
        *equals = '\0';
    }
    rc = sl_settings_set(settings, SL_SOURCE_COMMAND_LINE, "--set", line,
                         equals != NULL ? equals + 1 : "", &error);
    check_outcome(rc, error);
}

static void set_lines(sl_settings *settings, char *text)
{
    char *line;

    while ((line = strsep(&text, "\n")) != NULL) {
        if (strncmp(line, "SLUICE_", strlen("SLUICE_")) == 0) {
            set_variable(settings, line);
        } else {
            set_flag(settings, line);
        }
    }
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
    char *error = NULL;
    sl_status rc;

    if (size > SETTINGS_BYTES) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    sl_settings_init(&settings);
    if (strncmp(text, "--", 2) != 0) {
        set_lines(&settings, text);
    } else if (!has_loops(text)) {
        read_file(&settings, text, size);
    }
    check_ranges(&settings);
    rc = sl_settings_finish(&settings, &error);
    check_outcome(rc, error);
    sl_settings_deinit(&settings);
    return 0;
}
