/* What the supervisor knows of its workers, as text. */
#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "supervisor/control.h"
#include "supervisor/supervisor.h"

static const char *const states[] = {
    [SL_CHILD_LOADING] = "loading",
    [SL_CHILD_READY] = "ready",
    [SL_CHILD_SERVING] = "serving",
    [SL_CHILD_LEAVING] = "leaving",
};

static const char *const phases[] = {
    [SL_SUPERVISOR_STARTING] = "starting",
    [SL_SUPERVISOR_RUNNING] = "serving",
    [SL_SUPERVISOR_STOPPING] = "stopping",
};

/* --- For people ---------------------------------------------------------------- */

static void print_child(const sl_child *child, sl_buffer *text)
{
    const sl_heartbeat *page = child->page;

    sl_buffer_printf(
        text, "%6u %8d  %-8s %10" PRIu64 " %12u %9u %8" PRIu64 " MiB\n",
        child->slot, (int)child->pid, states[child->state],
        sl_heartbeat_see(page->requests), sl_heartbeat_see(page->connections),
        sl_heartbeat_see(page->handlers), sl_child_memory(child) >> 20);
}

void sl_status_table(const sl_supervisor *supervisor, sl_buffer *text)
{
    sl_buffer_printf(text, "%s, pid %d, workers replaced: %" PRIu64 "\n\n",
                     phases[supervisor->phase], (int)uv_os_getpid(),
                     supervisor->replaced);
    sl_buffer_printf(text, "%6s %8s  %-8s %10s %12s %9s %12s\n", "worker",
                     "pid", "state", "requests", "connections", "running",
                     "memory");
    for (const sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        print_child(SL_CONTAINER(link, sl_child, link), text);
    }
}

/* --- For programs -------------------------------------------------------------- */

static void append_child(const sl_child *child, bool with_live, sl_buffer *text)
{
    sl_buffer_printf(text, "{\"worker\":%u,\"pid\":%d,\"state\":\"%s\",",
                     child->slot, (int)child->pid, states[child->state]);
    sl_admin_append_worker(child->page, child->board, text);
    if (with_live && child->board != NULL) {
        sl_admin_append_live(child->board, text);
    }
    sl_buffer_printf(text, ",\"memory_bytes\":%" PRIu64 "}",
                     sl_child_memory(child));
}

static void append_addresses(const sl_ports *ports, sl_buffer *text)
{
    for (size_t i = 0; i < ports->count; i++) {
        char address[SL_ADDRESS_TEXT];

        sl_address_format(&ports->ports[i].sockets[0].address, address);
        sl_buffer_printf(text, "%s\"", i > 0 ? "," : "");
        sl_escape_json(text, address, strlen(address));
        sl_buffer_printf(text, "\"");
    }
}

void sl_status_json(const sl_supervisor *supervisor, bool with_live,
                    sl_buffer *text)
{
    const char *comma = "";

    sl_buffer_printf(
        text,
        "{\"version\":\"" SLUICE_VERSION
        "\",\"state\":\"%s\",\"pid\":%d,\"replaced\":%" PRIu64 ",\"listen\":[",
        phases[supervisor->phase], (int)uv_os_getpid(), supervisor->replaced);
    append_addresses(&supervisor->ports, text);
    sl_buffer_printf(text, "],\"workers\":[");
    for (const sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        sl_buffer_printf(text, "%s", comma);
        append_child(SL_CONTAINER(link, sl_child, link), with_live, text);
        comma = ",";
    }
    sl_buffer_printf(text, "]}\n");
}
