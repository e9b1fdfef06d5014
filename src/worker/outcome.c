#include "worker/outcome.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "base/logs.h"
#include "base/memory.h"

enum { TIME_TEXT = 32 };

const char sl_outcome_failed[] =
    "the reload failed, and the version before serves on";

/* --- Life --------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sl_outcome_deinit(sl_outcome *outcome)
{
    sl_free(outcome->error);
    sl_free(outcome->why);
    outcome->error = NULL;
    outcome->why = NULL;
}

void sl_outcome_set(sl_outcome *outcome, const char *error, char *why,
                    uint64_t took_ms)
{
    char *text = error != NULL ? sl_strdup(error) : NULL;

    sl_outcome_deinit(outcome);
    outcome->number++;
    outcome->failures += error != NULL;
    outcome->unix_ms = now_ms();
    outcome->took_ms = took_ms;
    outcome->error = text;
    outcome->why = why;
}

/* --- Telling ------------------------------------------------------------------ */

void sl_outcome_log(const sl_outcome *outcome, const sl_log *log,
                    const char *done)
{
    const sl_log *part = sl_log_of(log, SL_LOG_RELOAD);
    const char *why = outcome->why != NULL ? outcome->why : "";

    if (outcome->error != NULL) {
        sl_log_line(part, SL_LOG_ERROR, "%s: %s", sl_outcome_failed,
                    outcome->error);
    } else {
        sl_log_line(part, SL_LOG_INFO, "reloaded: %s, after %" PRIu64 " ms%s%s",
                    done, outcome->took_ms, *why != '\0' ? ": " : "", why);
    }
}

static void format_time(int64_t unix_ms, char text[TIME_TEXT])
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    (void)strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void sl_outcome_print(const sl_outcome *outcome, sl_buffer *text)
{
    char when[TIME_TEXT];

    if (outcome->number == 0) {
        return;
    }
    format_time(outcome->unix_ms, when);
    sl_buffer_printf(text, "last reload: %s, ", when);
    if (outcome->error != NULL) {
        sl_buffer_printf(text,
                         "failed, and the version before serves on:\n%s\n",
                         outcome->error);
    } else {
        sl_buffer_printf(text, "went well, after %" PRIu64 " ms\n",
                         outcome->took_ms);
    }
}

static void append_text(sl_buffer *text, const char *name, const char *value)
{
    sl_buffer_printf(text, ",\"%s\":", name);
    if (value == NULL) {
        sl_buffer_printf(text, "null");
        return;
    }
    sl_buffer_printf(text, "\"");
    sl_escape_json(text, value, strlen(value));
    sl_buffer_printf(text, "\"");
}

void sl_outcome_append_json(const sl_outcome *outcome, sl_buffer *text)
{
    char when[TIME_TEXT];

    if (outcome->number == 0) {
        sl_buffer_printf(text, "null");
        return;
    }
    format_time(outcome->unix_ms, when);
    sl_buffer_printf(
        text, "{\"number\":%u,\"time\":\"%s\",\"ms\":%" PRIu64 ",\"ok\":%s",
        outcome->number, when, outcome->took_ms,
        outcome->error == NULL ? "true" : "false");
    append_text(text, "error", outcome->error);
    append_text(text, "changed", outcome->why);
    sl_buffer_printf(text, "}");
}
