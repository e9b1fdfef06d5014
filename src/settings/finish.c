/* What settings say together, and what their texts mean. */
#include <stdio.h>

#include "base/memory.h"
#include "net/socket.h"
#include "settings/settings.h"

static sl_status understand(const sl_text_list *list, const char *name,
                            sl_networks *networks, char **error)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!sl_networks_add(networks, list->items[i])) {
            (void)asprintf(error,
                           "%s cannot have \"%s\": it is an address, a network "
                           "such as 10.0.0.0/8 or 2001:db8::/32, or \"unix\"",
                           name, list->items[i]);
            return SL_EINVAL;
        }
    }
    return SL_OK;
}

static sl_status understand_networks(sl_settings *settings, char **error)
{
    sl_status rc = understand(&settings->trusted_proxies, "trusted_proxies",
                              &settings->trusted, error);

    return rc < 0 ? rc
                  : understand(&settings->proxy_sources, "proxy_sources",
                               &settings->net.proxy_sources, error);
}

bool sl_settings_want_proxy(const sl_settings *settings, int fd)
{
    for (size_t i = 0; i < settings->listen.count; i++) {
        const char *text = settings->listen.items[i];

        if (text[sl_address_text_len(text)] != '\0' &&
            sl_socket_is_at(fd, text)) {
            return true;
        }
    }
    return false;
}

void sl_settings_set_levels(const sl_settings *settings, sl_logs *logs)
{
    char wrong[SL_LOG_WRONG];

    for (int i = 0; i < SL_LOG_PARTS; i++) {
        logs->parts[i].level = (sl_log_level)settings->log_level;
    }
    for (size_t i = 0; i < settings->log_levels.count; i++) {
        (void)sl_logs_set(logs, settings->log_levels.items[i], wrong);
    }
}

static sl_status check_levels(const sl_settings *settings, char **error)
{
    const sl_text_list *list = &settings->log_levels;
    char wrong[SL_LOG_WRONG];
    sl_logs logs;

    sl_logs_init(&logs, -1, SL_LOG_INFO, false);
    for (size_t i = 0; i < list->count; i++) {
        if (!sl_logs_set(&logs, list->items[i], wrong)) {
            (void)asprintf(error, "log_levels: %s", wrong);
            return SL_EINVAL;
        }
    }
    return SL_OK;
}

sl_status sl_settings_finish(sl_settings *settings, char **error)
{
    sl_pipeline_settings *pipeline = &settings->pipeline;

    if (understand_networks(settings, error) < 0 ||
        check_levels(settings, error) < 0) {
        return SL_EINVAL;
    }
    if (pipeline->hard_limit == 0) {
        pipeline->hard_limit = 4 * pipeline->high_water;
    }
    if (pipeline->hard_limit < pipeline->high_water) {
        *error = sl_strdup("hard_limit must not be below high_water: leave it "
                           "out, or raise it");
        return SL_EINVAL;
    }
    return SL_OK;
}
