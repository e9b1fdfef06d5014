/* What a record notes, from what can be seen of an exchange. */
#include <stdio.h>

#include "pipeline/record.h"
#include "pipeline/response.h"

/* --- Between an exchange and its transport -------------------------------------- */

/* Operations that were accepted since the last look. */
static void look_for_operations(sl_record *record)
{
    const sl_operations *operations = &record->exchange->response.operations;

    while (record->last_id < operations->last_id) {
        const sl_op *op = sl_operations_find(operations, ++record->last_id);

        if (op != NULL) {
            sl_record_add(record, SL_MOMENT_OPERATION, (int)op->done.kind,
                          op->done.id, op->accepted, 0);
        }
    }
}

static void copy_state(sl_record *record)
{
    const sl_response *response = &record->exchange->response;

    record->phase = response->phase;
    record->failure = response->failure;
    record->status = response->status;
    record->chunks = response->chunks;
    record->sends = response->sends;
    record->accepted_bytes = response->accepted_bytes;
    record->sent_bytes = response->sent_bytes;
    record->wire_bytes = response->wire_bytes;
}

void sl_record_look(sl_record *record)
{
    const sl_exchange *exchange = record->exchange;

    look_for_operations(record);
    if (exchange->response.finished && !record->finished &&
        exchange->response.phase != SL_PHASE_ABORTED) {
        sl_record_add(record, SL_MOMENT_FINISHED, 0, 0, 0, 0);
    }
    if (exchange->handler_over && !record->over) {
        sl_record_add(record, SL_MOMENT_ANSWERED, 0, 0, 0, 0);
    }
    record->finished = exchange->response.finished;
    record->over = exchange->handler_over;
    copy_state(record);
}

static const sl_transport *look(sl_exchange *exchange)
{
    sl_record *record = exchange->response.record;

    sl_record_look(record);
    return record->transport;
}

static void on_due(void *session, sl_exchange *exchange)
{
    look(exchange)->due(session, exchange);
}

static void on_send(void *session, sl_exchange *exchange)
{
    const sl_transport *transport = look(exchange);

    sl_record_add(exchange->response.record, SL_MOMENT_ASKED, 0, 0, 0, 0);
    transport->send(session, exchange);
}

static void on_want_body(void *session, sl_exchange *exchange)
{
    look(exchange)->want_body(session, exchange);
}

static void on_informational(void *session, sl_exchange *exchange, int status,
                             const sl_fields *fields)
{
    look(exchange)->informational(session, exchange, status, fields);
}

static void on_local_address(void *session, sl_exchange *exchange)
{
    const sl_transport *transport = exchange->response.record->transport;

    if (transport->local_address != NULL) {
        transport->local_address(session, exchange);
    }
}

const sl_transport sl_record_transport = {
    .due = on_due,
    .send = on_send,
    .want_body = on_want_body,
    .informational = on_informational,
    .local_address = on_local_address,
};

/* --- At the hooks ----------------------------------------------------------------- */

static void note_chunks(sl_response *response, const sl_chunk *chunks,
                        size_t nchunks, sl_moment_kind kind, uint32_t id,
                        double offset)
{
    for (size_t i = 0; i < nchunks; i++) {
        sl_measure measure = {0};

        (void)sl_chunks_measure(response, &chunks[i], 1, &measure);
        sl_record_add(response->record, kind, (int)chunks[i].kind, id,
                      (double)measure.bytes, offset);
        offset += (double)measure.bytes;
    }
}

void sl_record_write(sl_response *response, const sl_chunk *chunks,
                     size_t nchunks, uint32_t flags)
{
    uint32_t id = flags & SL_ASYNC ? response->operations.last_id + 1 : 0;

    note_chunks(response, chunks, nchunks, SL_MOMENT_CHUNK, id,
                response->accepted_bytes);
}

void sl_record_insert(sl_response *response, const sl_chunk *chunks,
                      size_t nchunks)
{
    note_chunks(response, chunks, nchunks, SL_MOMENT_FRONT, 0, 0);
}

/* Where the picture is, for who has asked; and the head as the handler made it. */
static void note_head(sl_record *record, sl_response *response)
{
    static const char name[] = "X-Sluice-Picture";
    char value[sizeof "/.sluice/picture/" + SL_RECORD_ID];
    int len = snprintf(value, sizeof value, "/.sluice/picture/%s", record->id);

    sl_buffer_deinit(&record->response_head);
    sl_record_copy_head(&record->response_head, &response->headers);
    sl_buffer_deinit(&record->stages);
    for (const sl_stage *s = response->stages; s != NULL; s = s->next) {
        sl_buffer_printf(&record->stages, "%s\n", s->ops->name);
    }
    sl_record_add(record, SL_MOMENT_HEAD, response->status, 0,
                  response->declared, 0);
    sl_fields_remove(&response->headers, name, sizeof name - 1);
    sl_fields_add(&response->headers, name, sizeof name - 1, value,
                  (size_t)len);
}

/* Nobody but a stage knows what it keeps: while one keeps something, only what
 * left before that is known to have left. */
static double passed_by(const sl_record *record, const sl_response *response)
{
    return sl_chain_is_busy(response)
               ? record->passed
               : response->accepted_bytes - (double)response->accepted.bytes;
}

void sl_record_framed(sl_response *response)
{
    sl_record *record = response->record;
    double made = response->sent_bytes + (double)response->wire.bytes +
                  (double)response->ready.bytes;

    sl_record_look(record);
    if (response->phase == SL_PHASE_HEAD) {
        note_head(record, response);
    }
    record->passed = passed_by(record, response);
    sl_record_add(record, SL_MOMENT_FRAMED, 0, 0, record->passed, made);
    for (const sl_piece *p = response->ready.first; p != NULL; p = p->next) {
        if (p->kind == SL_PIECE_MARK && p->as.op != NULL) {
            sl_record_add(record, SL_MOMENT_PASSED, 0, p->as.op->done.id, 0, 0);
        }
    }
}

/* The entity bytes among the first `len` of `wire`, and whether something that
 * is to be sent is behind them. */
static double entity_in(const sl_queue *wire, uint64_t len, bool *is_more)
{
    double bytes = 0;

    *is_more = false;
    for (const sl_piece *p = wire->first; p != NULL; p = p->next) {
        uint64_t part = len < p->len ? len : p->len;

        if (!sl_piece_has_bytes(p)) {
            continue;
        }
        if (p->role == SL_ROLE_SUPPRESSED) {
            bytes += (double)p->len;
            continue;
        }
        bytes += p->role == SL_ROLE_BODY ? (double)part : 0;
        len -= part;
        if (part < p->len) {
            *is_more = true;
            break;
        }
    }
    return bytes;
}

void sl_record_sent(sl_response *response, uint64_t len)
{
    sl_record *record = response->record;
    bool is_more;
    double bytes = entity_in(&response->wire, len, &is_more);

    if (record->first_us == 0 && response->committed) {
        record->first_us = sl_response_pipeline(response)->now_us;
    }
    if (len > 0) {
        sl_record_add(record, SL_MOMENT_SENT, is_more, response->sends,
                      (double)len, response->sent_bytes + bytes);
    }
}

void sl_record_completed(sl_exchange *exchange, const sl_completion *done)
{
    sl_record *record = exchange->response.record;
    bool is_new;

    if (record == NULL) {
        return;
    }
    is_new = done->id > record->last_id;
    look_for_operations(record);
    if (is_new &&
        sl_operations_find(&exchange->response.operations, done->id) == NULL) {
        sl_record_add(record, SL_MOMENT_OPERATION, (int)done->kind, done->id,
                      done->bytes, 1);
    }
    sl_record_add(record, SL_MOMENT_COMPLETED, done->status, done->id,
                  done->bytes, done->wire_bytes);
}

void sl_record_end(sl_record *record)
{
    sl_record_look(record);
    sl_record_add(record, SL_MOMENT_LET_GO, 0, 0, 0, 0);
    record->exchange->response.first_us = record->first_us;
    record->is_done = true;
}
