/* What the access log says of a request. */
#include "worker/access_log.h"

#include <string.h>

#include "http/trace.h"
#include "pipeline/pipeline.h"
#include "pipeline/record.h"

static sl_span header(const sl_request *request, const char *name)
{
    const sl_field *field =
        sl_fields_find(&request->headers, name, strlen(name), 0);

    return field != NULL
               ? (sl_span){.data = field->value.data, .len = field->value.len}
               : (sl_span){0};
}

static sl_span route_of(const sl_exchange *exchange)
{
    const sl_traffic *traffic = exchange->pipeline->traffic;
    const char *pattern = traffic != NULL && exchange->route != SL_ROUTE_NONE
                              ? traffic->routes[exchange->route].pattern
                              : NULL;

    return (sl_span){pattern, pattern != NULL ? strlen(pattern) : 0};
}

static void fill_in(sl_access_entry *entry, const sl_exchange *exchange,
                    uint64_t now_ms)
{
    const sl_request *request = &exchange->request;
    const sl_response *response = &exchange->response;
    bool left =
        response->phase == SL_PHASE_ABORTED && response->wire_bytes == 0;

    entry->peer = request->parts[SL_PART_PEER];
    entry->method = request->parts[SL_PART_METHOD];
    entry->target = request->parts[SL_PART_TARGET];
    entry->version = request->version;
    entry->status = left ? SL_CLIENT_LEFT : response->status;
    entry->bytes = response->sent_bytes;
    entry->chunks = response->chunks;
    entry->sends = response->sends;
    entry->referer = header(request, "referer");
    entry->user_agent = header(request, "user-agent");
    entry->route = route_of(exchange);
    if (!sl_trace_read(header(request, "traceparent"), &entry->trace)) {
        entry->trace = (sl_span){0};
    }
    if (response->record != NULL) {
        entry->picture = response->record->id;
        entry->host = request->parts[SL_PART_HOST];
    }
    entry->id = request->parts[SL_PART_ID];
    entry->duration_ms = now_ms - request->arrived_ms;
}

void sl_access_log_note(sl_access_log *log, const sl_session_env *env,
                        const sl_exchange *exchange, int refused,
                        const char *peer)
{
    uint64_t now_ms = env->pipeline->now_ms;
    sl_access_entry entry;

    if (log->fd < 0) {
        return;
    }
    entry = (sl_access_entry){.unix_s = env->pipeline->unix_s,
                              .peer = {peer, strlen(peer)}};
    if (exchange != NULL) {
        fill_in(&entry, exchange, now_ms);
    }
    if (refused != 0) {
        entry.status = refused;
    }
    sl_access_log_add(log, &entry, now_ms);
}
