/* A net on real sockets with a fake session, whose every answer the test
 * decides and whose every call it sees.
 *
 * Included by the tests of net; it defines the functions of session.h, so that
 * the linker takes these.
 */
#ifndef SLUICE_TESTS_NET_WORLD_H
#define SLUICE_TESTS_NET_WORLD_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include "base/memory.h"
#include "net/connection.h"

#include "check.h"

struct sl_session {
    const sl_session_output *output;
    void *connection;
    sl_buffer in;
    sl_buffer out;
    size_t piece; /* bytes in an iovec; 0: one for all */
    bool stopped; /* wants nothing to be read */
    bool trusted;
    bool is_last; /* nothing comes behind `out` */
    int fd;       /* a file range behind `out`; -1: none */
    uint64_t file_offset;
    uint64_t file_left;
    sl_session_fate fate;
    uint64_t deadline;
    int fins;
    int eofs;
    int losses;
    int expiries;
    int file_failures;
};

typedef struct world {
    uv_loop_t loop;
    sl_log log;
    sl_session_settings settings;
    sl_session_env env;
    sl_net *net;
    char bound[SL_ADDRESS_TEXT];
    sl_session *last; /* created; NULL: none, or destroyed */
    uint32_t live;
} world;

/* --- The fake session ----------------------------------------------------- */

sl_session *sl_session_create(sl_session_env *env,
                              const sl_session_output *output, void *connection,
                              const char *peer)
{
    sl_session *session = sl_calloc(1, sizeof *session);
    world *w = env->host_context;

    session->output = output;
    session->connection = connection;
    session->fd = -1;
    session->deadline = UINT64_MAX;
    w->last = session;
    w->live++;
    return session;
}

void sl_session_destroy(sl_session *session)
{
    sl_connection *c = session->connection;
    world *w = c->net->env->host_context;

    if (w->last == session) {
        w->last = NULL;
    }
    w->live--;
    sl_buffer_deinit(&session->in);
    sl_buffer_deinit(&session->out);
    sl_free(session);
}

void sl_session_receive(sl_session *session, const char *data, size_t len)
{
    sl_buffer_append(&session->in, data, len);
}

void sl_session_fin(sl_session *session)
{
    session->fins++;
}

void sl_session_trust(sl_session *session)
{
    session->trusted = true;
}

void sl_session_eof(sl_session *session)
{
    session->eofs++;
}

void sl_session_each_exchange(const sl_session *session,
                              sl_exchange_visitor *visit, void *context)
{
}

void sl_session_lost(sl_session *session)
{
    session->losses++;
}

size_t sl_session_room(const sl_session *session)
{
    return session->stopped ? 0 : SIZE_MAX;
}

void sl_session_advance(sl_session *session)
{
}

void sl_session_end_turn(sl_session *session)
{
}

bool sl_session_gather(sl_session *session, sl_batch *batch)
{
    sl_batch_init(batch);
    for (size_t at = session->out.start; at < session->out.end;) {
        size_t len = session->out.end - at;

        if (batch->count == SL_BATCH_PIECES) {
            batch->more = true;
            return true;
        }
        if (session->piece > 0 && len > session->piece) {
            len = session->piece;
        }
        batch->iov[batch->count].iov_base = session->out.data + at;
        batch->iov[batch->count++].iov_len = len;
        batch->bytes += len;
        at += len;
    }
    if (session->fd >= 0) {
        batch->fd = session->fd;
        batch->offset = session->file_offset;
        batch->file_len = session->file_left;
    }
    batch->last = session->is_last;
    return batch->count > 0 || batch->fd >= 0;
}

void sl_session_sent(sl_session *session, uint64_t len)
{
    uint64_t bytes = sl_buffer_len(&session->out);

    bytes = len < bytes ? len : bytes;
    sl_buffer_consume(&session->out, (size_t)bytes);
    session->file_offset += len - bytes;
    session->file_left -= len - bytes;
    if (session->fd >= 0 && session->file_left == 0) {
        close(session->fd);
        session->fd = -1;
    }
}

void sl_session_file_failed(sl_session *session)
{
    session->file_failures++;
    close(session->fd);
    session->fd = -1;
    session->fate = SL_FATE_RESET;
}

bool sl_session_has_output(const sl_session *session)
{
    return sl_buffer_len(&session->out) > 0 || session->fd >= 0;
}

sl_session_fate sl_session_fate_of(const sl_session *session)
{
    return session->fate;
}

bool sl_session_is_idle(const sl_session *session)
{
    return sl_buffer_len(&session->in) == 0;
}

uint64_t sl_session_deadline(const sl_session *session)
{
    return session->deadline;
}

void sl_session_expire(sl_session *session, uint64_t now_ms)
{
    session->expiries++;
    session->deadline = UINT64_MAX;
}

/* --- The world ------------------------------------------------------------ */

static const sl_pipeline_host no_host;

/* The settings of the net that a test begins with. */
static void world_init(world *w, sl_net_settings net)
{
    sl_pipeline_settings pipeline = {.high_water = 1};
    char error[SL_ADDRESS_ERROR] = "";

    *w = (world){
        .log = {.fd = -1, .level = SL_LOG_OFF},
        .settings = {.linger_bytes = 1 << 20, .linger_timeout_ms = 1000}};
    CHECK(uv_loop_init(&w->loop) == 0);
    w->env = (sl_session_env){
        .pipeline = sl_pipeline_create(&pipeline, &no_host, NULL),
        .settings = &w->settings,
        .host_context = w,
    };
    w->net = sl_net_create(&w->loop, &net, &w->env, &w->log);
    if (sl_net_listen(w->net, "127.0.0.1:0", w->bound, error) < 0) {
        fail_msg("%s", error);
    }
}

static void world_deinit(world *w)
{
    sl_net_stop_listening(w->net);
    sl_net_close_all(w->net);
    CHECK(w->live == 0);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    sl_net_destroy(w->net);
    sl_pipeline_destroy(w->env.pipeline);
    CHECK(uv_loop_close(&w->loop) == 0);
}

/* One turn of the loop, as the worker makes it. */
static void turn(world *w)
{
    uv_run(&w->loop, UV_RUN_NOWAIT);
    w->env.pipeline->now_ms = uv_now(&w->loop);
    while (sl_net_receive(w->net)) {
    }
    sl_pipeline_turn(w->env.pipeline, uv_now(&w->loop));
    while (sl_net_advance(w->net)) {
    }
    sl_net_flush(w->net);
}

/* Turn until `condition` holds; a test that waits in vain fails. */
#define UNTIL(w, condition)                        \
    do {                                           \
        int turns_left = 5000;                     \
        while (!(condition) && turns_left-- > 0) { \
            turn(w);                               \
            usleep(turns_left < 4900 ? 1000 : 0);  \
        }                                          \
        CHECK(condition);                          \
    } while (0)

/* A few turns in which nothing is expected to happen. */
static inline void turn_a_while(world *w)
{
    for (int i = 0; i < 20; i++) {
        turn(w);
    }
}

/* A client's socket; the connection waits in the queue of the net. */
static int dial(const world *w)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(strrchr(w->bound, ':') + 1));
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

static int dial_and_accept(world *w)
{
    int fd;

    w->last = NULL;
    fd = dial(w);
    UNTIL(w, w->last != NULL);
    return fd;
}

#endif
