/* What a worker has listed, as JSON. */
#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "pipeline/phase.h"
#include "worker/status.h"

static const char *const phases[] = {
    [SL_PHASE_HEAD] = "waiting", /* nothing has left yet */
    [SL_PHASE_BODY] = "sending",
    [SL_PHASE_DONE] = "sent",
    [SL_PHASE_ABORTED] = "aborted",
};

static void append_text(sl_buffer *json, const char *key, const char *text,
                        size_t most)
{
    sl_buffer_printf(json, "\"%s\":\"", key);
    sl_escape_json(json, text, strnlen(text, most));
    sl_buffer_append(json, "\",", 2);
}

static void append_exchange(sl_buffer *json, const sl_live *live)
{
    sl_buffer_append(json, "{", 1);
    append_text(json, "id", live->id, sizeof live->id);
    append_text(json, "peer", live->peer, sizeof live->peer);
    append_text(json, "method", live->method, sizeof live->method);
    append_text(json, "route", live->route, sizeof live->route);
    sl_buffer_printf(json,
                     "\"status\":%u,\"phase\":\"%s\",\"age_seconds\":%.3f,"
                     "\"queued_bytes\":%" PRIu64 ",\"sent_bytes\":%" PRIu64 "}",
                     live->status,
                     live->phase <= SL_PHASE_ABORTED ? phases[live->phase] : "",
                     (double)live->age_us / 1e6, live->queued, live->sent);
}

void sl_status_append_list(const sl_board *board, sl_buffer *json)
{
    uint32_t count = atomic_load_explicit(&board->nlive, memory_order_acquire);

    sl_buffer_append(json, "[", 1);
    for (uint32_t i = 0; i < count && i < SL_LIVE; i++) {
        sl_buffer_append(json, ",", i > 0);
        append_exchange(json, &board->live[i]);
    }
    sl_buffer_append(json, "]", 1);
}

void sl_status_append_live(const sl_board *board, sl_buffer *json)
{
    bool answered =
        sl_counter_see(&board->asked) ==
        atomic_load_explicit(&board->answered, memory_order_acquire);

    sl_buffer_printf(json,
                     ",\"answered\":%s,\"live\":", answered ? "true" : "false");
    if (answered) {
        sl_status_append_list(board, json);
    } else {
        sl_buffer_append(json, "[]", 2);
    }
}
