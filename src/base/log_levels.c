/* Levels of the parts of a program, as people write them. */
#include <stdio.h>
#include <string.h>

#include "base/logs.h"

static const char *const parts[] = {
    [SL_LOG_SERVER] = "server", [SL_LOG_NET] = "net",
    [SL_LOG_HTTP] = "http",     [SL_LOG_SCRIPT] = "script",
    [SL_LOG_APP] = "app",       [SL_LOG_RELOAD] = "reload",
    [SL_LOG_ADMIN] = "admin",
};

static const char *const levels[] = {
    [SL_LOG_DEBUG] = "debug", [SL_LOG_INFO] = "info", [SL_LOG_WARN] = "warn",
    [SL_LOG_ERROR] = "error", [SL_LOG_OFF] = "off",
};

enum { LEVELS = sizeof levels / sizeof levels[0] };

static int find(const char *const *names, int count, const char *text,
                size_t len)
{
    for (int i = 0; i < count; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0) {
            return i;
        }
    }
    return -1;
}

/* "part=level", or a level for all. False: it is neither. */
static bool read_one(const char *word, size_t len, sl_log_level wanted[])
{
    const char *equals = memchr(word, '=', len);
    const char *name = equals != NULL ? equals + 1 : word;
    int level = find(levels, LEVELS, name, (size_t)(word + len - name));
    int part = equals != NULL
                   ? find(parts, SL_LOG_PARTS, word, (size_t)(equals - word))
                   : -1;

    if (level < 0 || (equals != NULL && part < 0)) {
        return false;
    }
    for (int i = 0; i < SL_LOG_PARTS; i++) {
        if (part < 0 || i == part) {
            wanted[i] = (sl_log_level)level;
        }
    }
    return true;
}

static void explain(const char *word, size_t len, char *wrong)
{
    int most = len < 40 ? (int)len : 40;

    (void)snprintf(wrong, SL_LOG_WRONG,
                   "\"%.*s\" is no level: it is PART=LEVEL, or LEVEL for all "
                   "parts; parts are server, net, http, script, app, reload, "
                   "admin; levels debug, info, warn, error, off",
                   most, word);
}

bool sl_logs_set(sl_logs *logs, const char *text, char *wrong)
{
    static const char between[] = " ,";
    sl_log_level wanted[SL_LOG_PARTS];

    for (int i = 0; i < SL_LOG_PARTS; i++) {
        wanted[i] = logs->parts[i].level;
    }
    for (text += strspn(text, between); *text != '\0';
         text += strspn(text, between)) {
        size_t len = strcspn(text, between);

        if (!read_one(text, len, wanted)) {
            explain(text, len, wrong);
            return false;
        }
        text += len;
    }
    for (int i = 0; i < SL_LOG_PARTS; i++) {
        logs->parts[i].level = wanted[i];
    }
    return true;
}

void sl_logs_list(const sl_logs *logs, sl_buffer *text)
{
    for (int i = 0; i < SL_LOG_PARTS; i++) {
        sl_buffer_printf(text, "%s%s=%s", i > 0 ? " " : "", parts[i],
                         levels[logs->parts[i].level]);
    }
}

const char *sl_log_part_name(const sl_log *log)
{
    return parts[log - log->all->parts];
}
