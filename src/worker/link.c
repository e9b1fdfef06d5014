#include "worker/link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "net/address.h"
#include "worker/channel.h"
#include "worker/visit.h"
#include "worker/worker.h"

/* Listen, as the last step of a start. `kinds` has a character for each socket. */
static void serve(sl_worker *worker, const char *kinds)
{
    size_t known = strlen(kinds);
    sl_link *link = &worker->link;
    char bound[SL_ADDRESS_TEXT];
    char error[SL_ADDRESS_ERROR];

    for (uint32_t i = 0; i < link->sockets; i++) {
        int fd = SL_INHERITED_SOCKETS + (int)i;

        bool proxy = i < known && kinds[i] == SL_SOCKET_PROXY;

        if (sl_net_adopt(worker->net, fd, proxy, bound, error) < 0) {
            sl_channel_send(link->channel, SL_SAYS_FAILED, error);
            sl_worker_end(worker, 1);
            return;
        }
    }
    link->sockets = 0; /* they are the net's now */
    sl_channel_send(link->channel, SL_SAYS_SERVING, NULL);
}

/* --- Another version of the app ----------------------------------------------- */

static void refuse(sl_worker *worker, const char *why)
{
    sl_buffer text = {0};

    sl_buffer_printf(&text, "%u %s", worker->link.reload, why);
    sl_buffer_append(&text, "", 1);
    sl_channel_send(worker->link.channel, SL_SAYS_REFUSED,
                    sl_buffer_data(&text));
    sl_buffer_deinit(&text);
}

static void on_prepared(sl_worker *worker, sl_generation *generation,
                        const char *error)
{
    char number[16];

    if (error != NULL) {
        worker->next = NULL;
        refuse(worker, error);
        sl_generation_discard(generation);
        return;
    }
    (void)snprintf(number, sizeof number, "%u", worker->link.reload);
    sl_channel_send(worker->link.channel, SL_SAYS_PREPARED, number);
}

static void prepare(sl_worker *worker, const char *number, int fd)
{
    sl_sources *sources = fd >= 0 ? sl_sources_open(fd) : NULL;
    char *error = NULL;

    worker->link.reload = (unsigned)strtoul(number, NULL, 10);
    if (sources == NULL || worker->current == NULL || worker->next != NULL) {
        refuse(worker, "the worker cannot prepare another version now");
    } else if (sl_generation_load(worker, worker->app, sources, &worker->next,
                                  &error) < 0) {
        refuse(worker, error);
        sl_free(error);
    } else {
        worker->on_prepared = on_prepared;
    }
    sl_sources_unref(sources);
}

static bool is_prepared(const sl_worker *worker, const char *number)
{
    return worker->next != NULL &&
           strtoul(number, NULL, 10) == worker->link.reload;
}

static void commit(sl_worker *worker, const char *number)
{
    if (is_prepared(worker, number) &&
        worker->next->phase == SL_GENERATION_READY) {
        sl_generation_commit(worker->next);
        worker->next = NULL;
        sl_channel_send(worker->link.channel, SL_SAYS_SWITCHED, number);
    }
}

static void roll_back(sl_worker *worker, const char *number)
{
    if (is_prepared(worker, number)) {
        sl_generation_discard(worker->next);
        worker->next = NULL;
    }
}

/* --- Messages ----------------------------------------------------------------- */

static void set_levels(const sl_worker *worker, const char *levels)
{
    char wrong[SL_LOG_WRONG];

    (void)sl_logs_set(worker->log->all, levels, wrong);
}

static void obey(sl_worker *worker, const sl_message *message, int fd)
{
    switch (message->kind) {
    case SL_TOLD_SERVE:
        serve(worker, message->text);
        break;
    case SL_TOLD_LEAVE:
        sl_worker_finish(worker, SL_FINISH_AT_LEISURE);
        break;
    case SL_TOLD_STOP:
        sl_worker_finish(worker, SL_FINISH_IN_TIME);
        break;
    case SL_TOLD_PREPARE:
        prepare(worker, message->text, fd);
        break;
    case SL_TOLD_COMMIT:
        commit(worker, message->text);
        break;
    case SL_TOLD_ROLL_BACK:
        roll_back(worker, message->text);
        break;
    case SL_TOLD_TROUBLE:
        if (worker->script != NULL) {
            sl_script_tell(worker->script, "trouble", message->text);
        }
        break;
    case SL_TOLD_LEVELS:
        set_levels(worker, message->text);
        break;
    case SL_TOLD_VISIT:
        sl_visit_begin(worker, fd, message->text);
        break;
    case SL_TOLD_REOPEN:
        sl_worker_reopen_logs(worker);
        break;
    default: /* of a later version: what we do not know we do not do */
        break;
    }
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    sl_worker *worker = handle->data;
    sl_message message;
    sl_status rc;
    int fd;

    sl_heartbeat_run(worker->heartbeat); /* code that loads may never end */
    sl_pipeline_refresh(worker->pipeline);
    while ((rc = sl_channel_receive_fd(worker->link.channel, &message, &fd)) ==
           SL_OK) {
        obey(worker, &message, fd);
        if (fd >= 0) {
            close(fd);
        }
    }
    if (rc == SL_EABORTED) {
        uv_poll_stop(handle);
        sl_log_line(worker->log, SL_LOG_WARN,
                    "the supervisor is gone: finishing what runs");
        sl_worker_finish(worker, SL_FINISH_IN_TIME);
    }
}

void sl_link_start(sl_worker *worker, uint32_t sockets)
{
    sl_link *link = &worker->link;
    int rc;

    link->channel = SL_INHERITED_CHANNEL;
    link->sockets = sockets;
    rc = uv_poll_init(worker->loop, &link->poll, link->channel);
    assert(rc == 0);
    (void)rc;
    link->poll.data = worker;
    uv_poll_start(&link->poll, UV_READABLE, on_readable);
    sl_channel_send(link->channel, SL_SAYS_READY, NULL);
}

void sl_link_say_worn(const sl_link *link, const char *why)
{
    if (link->channel >= 0) {
        sl_channel_send(link->channel, SL_SAYS_WORN, why);
    }
}

void sl_link_close(sl_link *link)
{
    if (link->channel >= 0) {
        close(link->channel);
        link->channel = -1;
    }
}
