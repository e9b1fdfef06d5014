#include "worker/link.h"

#include <assert.h>
#include <unistd.h>

#include "net/address.h"
#include "worker/channel.h"
#include "worker/worker.h"

/* Listen, as the last step of a start. */
static void serve(sl_worker *worker)
{
    sl_link *link = &worker->link;
    char bound[SL_ADDRESS_TEXT];
    char error[SL_ADDRESS_ERROR];

    for (uint32_t i = 0; i < link->sockets; i++) {
        int fd = SL_INHERITED_SOCKETS + (int)i;

        if (sl_net_adopt(worker->net, fd, bound, error) < 0) {
            sl_channel_send(link->channel, SL_SAYS_FAILED, error);
            sl_worker_end(worker, 1);
            return;
        }
    }
    link->sockets = 0; /* they are the net's now */
    sl_channel_send(link->channel, SL_SAYS_SERVING, NULL);
}

static void obey(sl_worker *worker, const sl_message *message)
{
    switch (message->kind) {
    case SL_TOLD_SERVE:
        serve(worker);
        break;
    case SL_TOLD_LEAVE:
        sl_worker_finish(worker, SL_FINISH_AT_LEISURE);
        sl_channel_send(worker->link.channel, SL_SAYS_LEAVING, NULL);
        break;
    case SL_TOLD_STOP:
        sl_worker_finish(worker, SL_FINISH_IN_TIME);
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

    sl_pipeline_refresh(worker->pipeline);
    while ((rc = sl_channel_receive(worker->link.channel, &message)) == SL_OK) {
        obey(worker, &message);
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
