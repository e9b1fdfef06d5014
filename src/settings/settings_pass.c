/* Settings as bytes, so that another process runs with the same ones whatever
 * has become of the files that they came from: pairs of name and value, each
 * ended by NUL. */
#include <inttypes.h>
#include <string.h>

#include "settings/setting.h"
#include "settings/value.h"

void sl_setting_format(const sl_settings *settings, const sl_setting *s,
                       size_t i, sl_buffer *out)
{
    const void *field = (const char *)settings + s->offset;
    char text[SL_VALUE_TEXT] = "auto";
    const char *value = text;

    switch (s->kind) {
    case SL_KIND_BYTES:
        sl_value_format_bytes(*(const uint64_t *)field, text);
        break;
    case SL_KIND_BYTES32:
        sl_value_format_bytes(*(const uint32_t *)field, text);
        break;
    case SL_KIND_DURATION:
        sl_value_format_duration(*(const uint32_t *)field, text);
        break;
    case SL_KIND_AUTO:
    case SL_KIND_COUNT:
        if (s->kind == SL_KIND_COUNT || *(const uint32_t *)field != SL_AUTO) {
            (void)snprintf(text, sizeof text, "%" PRIu32,
                           *(const uint32_t *)field);
        }
        break;
    case SL_KIND_BOOLEAN:
        value = *(const bool *)field ? "true" : "false";
        break;
    case SL_KIND_CHOICE:
        value = s->choices[*(const uint32_t *)field];
        break;
    case SL_KIND_TEXT:
        value = *(char *const *)field;
        break;
    case SL_KIND_LIST:
        value = i < ((const sl_text_list *)field)->count
                    ? ((const sl_text_list *)field)->items[i]
                    : "";
        break;
    }
    sl_buffer_append(out, value, strlen(value));
}

static void save(const sl_settings *settings, const sl_setting *s, size_t i,
                 sl_buffer *bytes)
{
    sl_buffer_append(bytes, s->name, strlen(s->name) + 1);
    sl_setting_format(settings, s, i, bytes);
    sl_buffer_append(bytes, "", 1);
}

void sl_settings_save(const sl_settings *settings, sl_buffer *bytes)
{
    for (const sl_setting *s = sl_setting_table; s->name != NULL; s++) {
        const sl_text_list *list =
            (const void *)((const char *)settings + s->offset);
        size_t count = s->kind == SL_KIND_LIST ? list->count : 1;

        for (size_t i = 0; i < count; i++) {
            save(settings, s, i, bytes);
        }
    }
}

sl_status sl_settings_restore(sl_settings *settings, const char *bytes,
                              size_t len, char **error)
{
    const char *end = bytes + len;

    while (bytes < end) {
        const char *name = bytes;
        const char *value = memchr(name, '\0', (size_t)(end - name));
        const char *last =
            value == NULL ? NULL
                          : memchr(value + 1, '\0', (size_t)(end - value - 1));
        sl_status rc;

        if (last == NULL) {
            return sl_setting_refuse_name("inherited settings", "", error);
        }
        rc = sl_settings_set(settings, SL_SOURCE_COMMAND_LINE,
                             "inherited settings", name, value + 1, error);
        if (rc < 0) {
            return rc;
        }
        bytes = last + 1;
    }
    return sl_settings_finish(settings, error);
}
