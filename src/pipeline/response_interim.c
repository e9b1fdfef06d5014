/* Responses before the response: 102, 103 (RFC 9110, 15.2). */
#include "http/head.h"
#include "pipeline/response.h"

static void send_interim(sl_exchange *exchange, int status,
                         const sl_field_spec *specs, size_t count)
{
    sl_arena arena;
    sl_fields fields;

    sl_arena_init(&arena, &exchange->pipeline->arenas);
    sl_fields_init(&fields, &arena);
    for (size_t i = 0; i < count; i++) {
        sl_fields_push(&fields, specs[i].name, specs[i].value);
    }
    exchange->transport->informational(exchange->session, exchange, status,
                                       &fields);
    sl_arena_reset(&arena);
}

sl_status sl_response_informational(sl_response *res, uint32_t generation,
                                    int status, const sl_field_spec *fields,
                                    size_t nfields)
{
    sl_exchange *exchange = sl_exchange_of_response(res);
    size_t bytes = 0;
    sl_status rc = sl_response_check_head(res, generation);

    if (rc < 0) {
        return rc;
    }
    if (status < 102 || status > 199) {
        return SL_EINVAL;
    }
    for (size_t i = 0; i < nfields; i++) {
        if (!sl_is_token(fields[i].name.data, fields[i].name.len) ||
            !sl_is_field_value(fields[i].value.data, fields[i].value.len) ||
            sl_head_owns(fields[i].name)) {
            return SL_EINVAL;
        }
        bytes += fields[i].name.len + fields[i].value.len;
    }
    /* Before the commit nothing else waits there. */
    if (res->wire.cost + bytes > exchange->pipeline->settings.header_bytes) {
        return SL_ETOOBIG;
    }
    if (res->interim_ok && exchange->transport != NULL) {
        send_interim(exchange, status, fields, nfields);
    }
    return SL_OK;
}
