/* Inside the settings: how one of them is described. */
#ifndef SLUICE_SETTINGS_SETTING_H
#define SLUICE_SETTINGS_SETTING_H

#include "settings/settings.h"

typedef enum sl_setting_kind {
    SL_KIND_BYTES,    /* uint64_t */
    SL_KIND_BYTES32,  /* uint32_t */
    SL_KIND_DURATION, /* uint32_t, milliseconds */
    SL_KIND_COUNT,    /* uint32_t */
    SL_KIND_AUTO,     /* uint32_t, or SL_AUTO: "auto" */
    SL_KIND_BOOLEAN,  /* bool */
    SL_KIND_CHOICE,   /* uint32_t, an index into the choices */
    SL_KIND_TEXT,     /* char * */
    SL_KIND_LIST      /* sl_text_list */
} sl_setting_kind;

typedef struct sl_setting {
    const char *name;
    sl_setting_kind kind;
    size_t offset; /* in sl_settings */
    uint64_t min;  /* of a list: items */
    uint64_t max;
    const char *const *choices;
    const char *help;
} sl_setting;

/* All of them, ended by a NULL name. */
extern const sl_setting sl_setting_table[];

/* Append the value as sl_settings_set reads it; of a list, item `i`, or
 * nothing behind its last. */
void sl_setting_format(const sl_settings *settings, const sl_setting *s,
                       size_t i, sl_buffer *out);

/* Errors for people: no such setting, no such value. */
sl_status sl_setting_refuse_name(const char *where, const char *name,
                                 char **error);
sl_status sl_setting_refuse_value(const sl_setting *setting, const char *where,
                                  const char *value, char **error);

#endif
