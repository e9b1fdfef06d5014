#include "settings/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "settings/setting.h"
#include "settings/value.h"

/* --- Life ----------------------------------------------------------------- */

static void add_text(sl_text_list *list, const char *text, size_t len)
{
    char *copy = sl_malloc(len + 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    list->items =
        sl_realloc(list->items, (list->count + 1) * sizeof *list->items);
    list->items[list->count++] = copy;
}

static void clear_list(sl_text_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        sl_free(list->items[i]);
    }
    sl_free(list->items);
    *list = (sl_text_list){0};
}

void sl_settings_init(sl_settings *settings)
{
    *settings = (sl_settings){
        .pipeline = sl_pipeline_defaults,
        .session = sl_session_defaults,
        .net = sl_net_defaults,
        .script = sl_script_defaults,
        .compress = {.gzip_level = 6,
                     .brotli_level = 5,
                     .zstd_level = 3,
                     .min_bytes = 1024,
                     .memory_bytes = UINT64_C(64) << 20,
                     .codings = sl_strdup(sl_compress_codings),
                     .types = sl_strdup("")},
        .lua_dir = sl_strdup(""),
        .log = sl_strdup("-"),
        .log_level = SL_LOG_INFO,
        .access_log = sl_strdup("off"),
        .grace_ms = 10 * 1000,
        .worker_grace_ms = 10 * 60 * 1000,
        .control = sl_strdup("off"),
        .admin = sl_strdup("auto"),
        .watchdog_ms = 10 * 1000,
        .start_timeout_ms = 30 * 1000,
        .max_generations = 8,
        .watch = SL_WATCH_OFF,
        .watch_interval_ms = 500,
        .workers = SL_AUTO,
    };
    settings->script.temp_dir = sl_strdup("");
    settings->pipeline.hard_limit = 0; /* see sl_settings_finish */
    add_text(&settings->listen, "127.0.0.1:8080", strlen("127.0.0.1:8080"));
}

void sl_settings_deinit(sl_settings *settings)
{
    clear_list(&settings->listen);
    clear_list(&settings->trusted_proxies);
    sl_networks_deinit(&settings->trusted);
    clear_list(&settings->proxy_sources);
    clear_list(&settings->log_levels);
    sl_networks_deinit(&settings->net.proxy_sources);
    clear_list(&settings->module);
    sl_free(settings->compress.codings);
    sl_free(settings->compress.types);
    clear_list(&settings->wrong);
    sl_free(settings->lua_dir);
    sl_free(settings->script.temp_dir);
    sl_free(settings->log);
    sl_free(settings->access_log);
    sl_free(settings->control);
    sl_free(settings->admin);
    *settings = (sl_settings){0};
}

/* --- One value ------------------------------------------------------------ */

static bool in_range(const sl_setting *s, uint64_t value)
{
    return value >= s->min && value <= s->max;
}

static bool set_number(const sl_setting *s, void *field, const char *text)
{
    uint64_t value = 0;
    bool ok;

    switch (s->kind) {
    case SL_KIND_COUNT:
    case SL_KIND_AUTO:
        ok = sl_value_parse_count(text, &value);
        break;
    case SL_KIND_DURATION:
        ok = sl_value_parse_duration(text, &value);
        break;
    default:
        ok = sl_value_parse_bytes(text, &value);
        break;
    }

    if (!ok || !in_range(s, value)) {
        return false;
    }
    if (s->kind == SL_KIND_BYTES) {
        *(uint64_t *)field = value;
    } else {
        *(uint32_t *)field = (uint32_t)value;
    }
    return true;
}

static bool set_auto(const sl_setting *s, void *field, const char *text)
{
    if (strcmp(text, "auto") == 0) {
        *(uint32_t *)field = SL_AUTO;
        return true;
    }
    return set_number(s, field, text);
}

/* What can be on may also be true. */
static bool set_choice(const sl_setting *s, void *field, const char *text)
{
    if (strcmp(s->choices[0], "off") == 0) {
        text = strcmp(text, "true") == 0 ? "on" : text;
        text = strcmp(text, "false") == 0 ? "off" : text;
    }
    for (uint32_t i = 0; s->choices[i] != NULL; i++) {
        if (strcmp(s->choices[i], text) == 0) {
            *(uint32_t *)field = i;
            return true;
        }
    }
    return false;
}

static void set_text(char **field, const char *text)
{
    char *copy = sl_strdup(text);

    sl_free(*field);
    *field = copy;
}

/* Items between commas; a source starts afresh, then grows its own list. */
static bool set_list(sl_text_list *list, sl_source source, const char *text,
                     bool may_be_empty)
{
    if (list->source != source) {
        clear_list(list);
        list->source = source;
    }
    if (*text == '\0' && may_be_empty) {
        clear_list(list);
        return true;
    }
    for (;;) {
        size_t len = strcspn(text, ",");

        if (len == 0) {
            return false;
        }
        add_text(list, text, len);
        if (text[len] == '\0') {
            return true;
        }
        text += len + 1;
    }
}

static bool set_value(sl_settings *settings, sl_source source,
                      const sl_setting *s, const char *text)
{
    void *field = (char *)settings + s->offset;

    switch (s->kind) {
    case SL_KIND_BYTES:
    case SL_KIND_BYTES32:
    case SL_KIND_DURATION:
    case SL_KIND_COUNT:
        return set_number(s, field, text);
    case SL_KIND_AUTO:
        return set_auto(s, field, text);
    case SL_KIND_BOOLEAN:
        return sl_value_parse_boolean(text, field);
    case SL_KIND_CHOICE:
        return set_choice(s, field, text);
    case SL_KIND_TEXT:
        set_text(field, text);
        return true;
    case SL_KIND_LIST:
        return set_list(field, source, text, s->min == 0);
    }
    return false;
}

static const sl_setting *find(const char *name)
{
    for (const sl_setting *s = sl_setting_table; s->name != NULL; s++) {
        if (strcmp(s->name, name) == 0) {
            return s;
        }
    }
    return NULL;
}

bool sl_settings_is_boolean(const char *name)
{
    const sl_setting *s = find(name);

    return s != NULL && s->kind == SL_KIND_BOOLEAN;
}

sl_status sl_settings_set(sl_settings *settings, sl_source source,
                          const char *where, const char *name,
                          const char *value, char **error)
{
    const sl_setting *s = find(name);
    sl_status rc = SL_OK;

    if (s == NULL) {
        rc = sl_setting_refuse_name(where, name, error);
    } else if (!set_value(settings, source, s, value)) {
        rc = sl_setting_refuse_value(s, where, value, error);
    }
    return sl_settings_collect(settings, rc, error);
}

sl_status sl_settings_collect(sl_settings *settings, sl_status rc, char **error)
{
    if (rc >= 0 || !settings->collects) {
        return rc;
    }
    add_text(&settings->wrong, *error, strlen(*error));
    sl_free(*error);
    return SL_OK;
}
