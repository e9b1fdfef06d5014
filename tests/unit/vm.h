/* A script on a pipeline with fake clients: what a worker does, in its
 * simplest form. A client takes as many bytes as a test allows; there is no
 * framing, only bodies.
 */
#ifndef SLUICE_TESTS_VM_H
#define SLUICE_TESTS_VM_H

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "pipeline/pipeline.h"
#include "script/script.h"

typedef struct vm {
    sl_pipeline *pipeline;
    sl_script *script;
    sl_log log;
    char log_path[32];
    uint64_t now_ms;
    unsigned closed; /* descriptors that the pipeline was done with */
} vm;

typedef struct client {
    vm *vm;
    sl_exchange *exchange;
    uint32_t generation;
    uint64_t allowed; /* bytes that it may still take */
    sl_buffer got;
    uint16_t status;
    sl_phase phase; /* as last seen */
} client;

static inline void vm_on_events(void *host, sl_exchange *exchange,
                                uint32_t events)
{
    sl_script_on_events(exchange, events);
}

static inline void vm_on_anchor(void *host, sl_lender *lender, uint32_t anchor)
{
    sl_script_release_anchor(lender, anchor);
}

static inline void vm_on_descriptor(void *host, int fd)
{
    ((vm *)host)->closed++;
    close(fd);
}

static inline void vm_on_waiter(void *host, void *waiter)
{
    sl_script_on_waiter(waiter);
}

/* Open a VM with these settings, and load an app. On failure there is no
 * script, and *error says why. */
static inline void vm_open_with(vm *v, const sl_script_settings *settings,
                                const char *path, char **error)
{
    static const sl_pipeline_host host = {
        .on_events = vm_on_events,
        .on_anchor = vm_on_anchor,
        .on_descriptor = vm_on_descriptor,
        .on_waiter = vm_on_waiter,
    };

    const char *lua_dir = getenv("SLUICE_TEST_LUA_DIR");

    memset(v, 0, sizeof *v);
    *error = NULL;
    strcpy(v->log_path, "/tmp/sluice-test-XXXXXX");
    v->log = (sl_log){.fd = mkstemp(v->log_path), .level = SL_LOG_DEBUG};
    v->now_ms = 1;
    v->pipeline = sl_pipeline_create(&sl_pipeline_defaults, &host, v);
    sl_pipeline_turn(v->pipeline, v->now_ms);
    v->script =
        sl_script_create(settings, v->pipeline, &v->log, lua_dir, error);
    if (v->script != NULL && sl_script_load(v->script, path, error) < 0) {
        sl_script_destroy(v->script);
        v->script = NULL;
    }
}

/* An app that must load. */
static inline void vm_open(vm *v, const char *path)
{
    char *error;

    vm_open_with(v, &sl_script_defaults, path, &error);
    if (error != NULL) {
        fail_msg("%s", error);
    }
}

static inline void vm_close(vm *v)
{
    sl_script_destroy(v->script);
    v->script = NULL;
    sl_pipeline_destroy(v->pipeline);
    close(v->log.fd);
    unlink(v->log_path);
}

/* What was logged so far; static memory. */
static inline const char *vm_log(vm *v)
{
    static char text[1 << 14];
    ssize_t n = pread(v->log.fd, text, sizeof text - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static inline bool vm_logged(vm *v, const char *text)
{
    return strstr(vm_log(v), text) != NULL;
}

/* --- Clients --------------------------------------------------------------- */

static inline void client_took(client *c, const void *data, size_t len)
{
    sl_buffer_append(&c->got, data, len);
    c->allowed -= len;
    sl_response_sent(&c->exchange->response, len);
}

static inline void client_take_file(client *c, const sl_batch *batch)
{
    char *data = sl_malloc((size_t)batch->file_len + 1);
    ssize_t n =
        pread(batch->fd, data, (size_t)batch->file_len, (off_t)batch->offset);

    CHECK(n == (ssize_t)batch->file_len);
    client_took(c, data, (size_t)n);
    sl_free(data);
}

/* Take some; false when nothing moved. */
static inline bool client_take(client *c)
{
    sl_response *response = &c->exchange->response;
    uint64_t before = c->allowed;
    sl_batch batch;

    if (sl_response_pull(response) && response->phase == SL_PHASE_HEAD) {
        c->status = response->status;
        sl_response_commit(response);
    }
    sl_queue_splice(&response->wire, &response->ready);
    if (response->phase > SL_PHASE_BODY) {
        return false;
    }
    sl_response_sent(response, 0);
    sl_batch_init(&batch);
    (void)sl_queue_gather(&response->wire, &batch);
    for (int i = 0; i < batch.count && c->allowed > 0; i++) {
        size_t n = batch.iov[i].iov_len;

        client_took(c, batch.iov[i].iov_base,
                    n < c->allowed ? n : (size_t)c->allowed);
    }
    if (batch.fd >= 0 && c->allowed >= batch.file_len) {
        client_take_file(c, &batch);
    }
    return c->allowed != before;
}

static inline void client_send(client *c)
{
    while (client_take(c)) {
    }
    c->phase = c->exchange->response.phase;
}

static inline void client_on_due(void *session, sl_exchange *exchange)
{
}

static inline void client_on_send(void *session, sl_exchange *exchange)
{
    client_send(session);
}

static inline void client_on_interim(void *session, sl_exchange *exchange,
                                     int status, const sl_fields *fields)
{
}

/* Ask for a target; the body is `body`, or still to come when it is NULL. */
static inline void client_ask(client *c, vm *v, const char *method,
                              const char *target, const char *body)
{
    static const sl_transport transport = {
        .due = client_on_due,
        .send = client_on_send,
        .want_body = client_on_due,
        .informational = client_on_interim,
    };
    const char *mark = strchr(target, '?');
    size_t path = mark != NULL ? (size_t)(mark - target) : strlen(target);
    sl_request *request;

    memset(c, 0, sizeof *c);
    c->vm = v;
    c->allowed = UINT64_MAX;
    c->exchange = sl_exchange_create(v->pipeline, &transport, c);
    c->generation = c->exchange->response.generation;
    request = &c->exchange->request;
    request->version = 11;
    request->is_head = strcmp(method, "HEAD") == 0;
    request->parts[SL_PART_METHOD] = (sl_span){method, strlen(method)};
    request->parts[SL_PART_TARGET] = (sl_span){target, strlen(target)};
    request->parts[SL_PART_PATH] = (sl_span){target, path};
    if (mark != NULL) {
        request->parts[SL_PART_QUERY] = (sl_span){mark + 1, strlen(mark + 1)};
    }
    sl_request_set_id(request, "0123456789abcdef", 16);
    request->body_left = -1;
    if (body != NULL) {
        sl_request_receive(request, body, strlen(body));
        sl_request_end(request, SL_BODY_COMPLETE);
    }
    sl_script_start(v->script, c->exchange);
}

static inline void client_get(client *c, vm *v, const char *target)
{
    client_ask(c, v, "GET", target, "");
}

/* The client leaves. */
static inline void client_leave(client *c)
{
    sl_exchange_release(c->exchange, SL_HOLD_SESSION);
    c->exchange = NULL;
}

/* Be done with a client: true when its exchange ended with that. */
static inline bool client_end(client *c)
{
    sl_exchange *exchange = c->exchange;
    bool over = true;

    if (exchange != NULL) {
        c->phase = exchange->response.phase;
        client_leave(c);
        over = exchange->response.generation != c->generation;
    }
    sl_buffer_deinit(&c->got);
    return over;
}

static inline bool client_got(const client *c, const char *text)
{
    size_t len = strlen(text);

    return sl_buffer_len(&c->got) == len &&
           (len == 0 || memcmp(sl_buffer_data(&c->got), text, len) == 0);
}

static inline bool client_is_served(const client *c)
{
    return c->exchange->handler_over && c->phase == SL_PHASE_DONE;
}

/* One turn `ms` after the one before, with up to `n` clients. */
static inline void vm_turn(vm *v, client *clients, size_t n, uint64_t ms)
{
    v->now_ms += ms;
    sl_pipeline_turn(v->pipeline, v->now_ms);
    (void)sl_script_run(v->script);
    for (size_t i = 0; i < n; i++) {
        if (clients[i].exchange != NULL) {
            client_send(&clients[i]);
        }
    }
    (void)sl_pipeline_deliver(v->pipeline);
}

/* Turns of a millisecond until the client is served, at most `turns`. */
static inline bool vm_serve(vm *v, client *c, unsigned turns)
{
    while (turns-- > 0 && !client_is_served(c)) {
        vm_turn(v, c, 1, 1);
    }
    return client_is_served(c);
}

#endif
