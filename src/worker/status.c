#include "worker/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"

uint64_t sl_status_memory(pid_t pid)
{
    unsigned long pages = 0;
    char path[32];
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%*u %lu", &pages) != 1) {
        pages = 0;
    }
    (void)fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* --- For people ---------------------------------------------------------------- */

static void print_row(const sl_status_row *row, sl_buffer *text)
{
    const sl_heartbeat *page = row->page;

    sl_buffer_printf(
        text, "%6u %8d  %-8s %10" PRIu64 " %12u %9u %8" PRIu64 " MiB\n",
        row->slot, (int)row->pid, row->state, sl_heartbeat_see(page->requests),
        sl_heartbeat_see(page->connections), sl_heartbeat_see(page->handlers),
        sl_status_memory(row->pid) >> 20);
}

static void print(const sl_status_view *view, sl_buffer *text)
{
    sl_buffer_printf(text, "%s, pid %d, workers replaced: %" PRIu64 "\n",
                     view->state, (int)getpid(), view->replaced);
    sl_outcome_print(view->reload, text);
    sl_buffer_printf(text, "\n%6s %8s  %-8s %10s %12s %9s %12s\n", "worker",
                     "pid", "state", "requests", "connections", "running",
                     "memory");
    for (size_t i = 0; i < view->count; i++) {
        print_row(&view->rows[i], text);
    }
}

/* --- For programs -------------------------------------------------------------- */

static void append_row(const sl_status_row *row, bool with_live,
                       sl_buffer *text)
{
    const sl_heartbeat *page = row->page;

    sl_buffer_printf(
        text,
        "{\"worker\":%u,\"pid\":%d,\"state\":\"%s\",\"requests\":%" PRIu64
        ",\"accepted\":%" PRIu64 ",\"connections\":%u,\"running\":%u"
        ",\"exchanges\":%u,\"operations\":%u,\"pieces\":%u,\"tasks\":%u"
        ",\"lua_bytes\":%" PRIu64 ",\"memory_bytes\":%" PRIu64,
        row->slot, (int)row->pid, row->state, sl_heartbeat_see(page->requests),
        sl_heartbeat_see(page->accepted), sl_heartbeat_see(page->connections),
        sl_heartbeat_see(page->handlers), sl_heartbeat_see(page->exchanges),
        sl_heartbeat_see(page->operations), sl_heartbeat_see(page->pieces),
        sl_heartbeat_see(page->tasks), sl_heartbeat_see(page->lua_bytes),
        sl_status_memory(row->pid));
    if (row->board != NULL) {
        sl_buffer_printf(text,
                         ",\"generations\":%" PRIu64
                         ",\"lost_log_lines\":%" PRIu64
                         ",\"lost_access_log_lines\":%" PRIu64,
                         sl_counter_see(&row->board->shown.generations),
                         sl_counter_see(&row->board->tally.lost_log_lines),
                         sl_counter_see(&row->board->tally.lost_lines));
    }
    if (row->board != NULL && with_live) {
        sl_status_append_live(row->board, text);
    }
    sl_buffer_append(text, "}", 1);
}

static void append_addresses(const char *const *addresses, sl_buffer *text)
{
    for (size_t i = 0; addresses[i] != NULL; i++) {
        sl_buffer_printf(text, "%s\"", i > 0 ? "," : "");
        sl_escape_json(text, addresses[i], strlen(addresses[i]));
        sl_buffer_printf(text, "\"");
    }
}

static void append_json(const sl_status_view *view, bool with_live,
                        sl_buffer *text)
{
    sl_buffer_printf(text,
                     "{\"version\":\"" SLUICE_VERSION
                     "\",\"state\":\"%s\",\"pid\":%d,\"replaced\":%" PRIu64
                     ",\"listen\":[",
                     view->state, (int)getpid(), view->replaced);
    append_addresses(view->addresses, text);
    sl_buffer_printf(text, "],\"reload\":");
    sl_outcome_append_json(view->reload, text);
    sl_buffer_printf(text, ",\"workers\":[");
    for (size_t i = 0; i < view->count; i++) {
        sl_buffer_printf(text, "%s", i > 0 ? "," : "");
        append_row(&view->rows[i], with_live, text);
    }
    sl_buffer_printf(text, "]}\n");
}

void sl_status_append(const sl_status_view *view, sl_status_form form,
                      sl_buffer *text)
{
    if (form == SL_STATUS_TABLE) {
        print(view, text);
    } else {
        append_json(view, form == SL_STATUS_LIVE, text);
    }
}
