/* What a worker shows, as members of a JSON object. */
#include <inttypes.h>
#include <string.h>

#include "admin/admin.h"
#include "base/escape.h"

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
    append_text(json, "method", live->method, sizeof live->method);
    append_text(json, "route", live->route, sizeof live->route);
    sl_buffer_printf(json,
                     "\"status\":%u,\"phase\":\"%s\",\"age_seconds\":%.3f,"
                     "\"queued_bytes\":%" PRIu64 ",\"sent_bytes\":%" PRIu64 "}",
                     live->status,
                     live->phase <= SL_PHASE_ABORTED ? phases[live->phase] : "",
                     (double)live->age_us / 1e6, live->queued, live->sent);
}

void sl_admin_append_live(const sl_board *board, sl_buffer *json)
{
    bool answered =
        sl_counter_see(&board->asked) ==
        atomic_load_explicit(&board->answered, memory_order_acquire);
    uint32_t count = atomic_load_explicit(&board->nlive, memory_order_acquire);

    sl_buffer_printf(json, ",\"answered\":%s,\"live\":[",
                     answered ? "true" : "false");
    for (uint32_t i = 0; answered && i < count && i < SL_LIVE; i++) {
        sl_buffer_append(json, ",", i > 0);
        append_exchange(json, &board->live[i]);
    }
    sl_buffer_append(json, "]", 1);
}

void sl_admin_append_worker(const sl_heartbeat *page, const sl_board *board,
                            sl_buffer *json)
{
    sl_buffer_printf(
        json,
        "\"requests\":%" PRIu64 ",\"accepted\":%" PRIu64
        ",\"connections\":%u,\"running\":%u,\"exchanges\":%u"
        ",\"operations\":%u,\"pieces\":%u,\"tasks\":%u"
        ",\"lua_bytes\":%" PRIu64,
        sl_heartbeat_see(page->requests), sl_heartbeat_see(page->accepted),
        sl_heartbeat_see(page->connections), sl_heartbeat_see(page->handlers),
        sl_heartbeat_see(page->exchanges), sl_heartbeat_see(page->operations),
        sl_heartbeat_see(page->pieces), sl_heartbeat_see(page->tasks),
        sl_heartbeat_see(page->lua_bytes));
    if (board != NULL) {
        sl_buffer_printf(json, ",\"generations\":%" PRIu64,
                         sl_counter_see(&board->shown.generations));
    }
}

bool sl_admin_has_room(const sl_settings *settings, const sl_board *board)
{
    const sl_shown *shown = &board->shown;
    uint64_t most = settings->net.max_connections;
    uint64_t memory = settings->script.memory_bytes;

    if (most > 0 && sl_counter_see(&shown->connections) >= most) {
        return false;
    }
    if (memory > 0 && sl_counter_see(&shown->lua_bytes) >= memory / 8 * 7) {
        return false;
    }
    return settings->script.max_handlers == 0 ||
           sl_counter_see(&shown->waiting) < settings->script.max_waiting;
}
