/* The last step before a worker serves: its access log, and where it listens. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "net/address.h"
#include "worker/worker.h"

sl_status sl_worker_open_access_log(sl_worker *worker, char **error)
{
    const sl_settings *settings = worker->settings;

    if (sl_access_log_open(&worker->access_log, settings->access_log,
                           (sl_access_format)settings->access_log_format,
                           &worker->pipeline->timers, worker->log) < 0) {
        (void)asprintf(error, "cannot write the access log %s: %s",
                       settings->access_log, strerror(errno));
        return SL_ESYSTEM;
    }
    return SL_OK;
}

static void announce(const sl_worker *worker, const char *bound)
{
    bool is_unix = strncmp(bound, "unix:", strlen("unix:")) == 0;

    sl_log_line(worker->log, SL_LOG_INFO, "listening on %s%s",
                is_unix ? "" : "http://", bound);
}

sl_status sl_worker_listen(sl_worker *worker, const char *address, char *bound,
                           char **error)
{
    char reason[SL_ADDRESS_ERROR];

    if (sl_net_listen(worker->net, address, bound, reason) < 0) {
        *error = sl_strdup(reason);
        return SL_ESYSTEM;
    }
    announce(worker, bound);
    return SL_OK;
}

static sl_status adopt(sl_worker *worker, int fd, char **error)
{
    bool proxy = sl_settings_want_proxy(worker->settings, fd);
    char bound[SL_ADDRESS_TEXT];
    char reason[SL_ADDRESS_ERROR];

    if (sl_net_adopt(worker->net, fd, proxy, bound, reason) < 0) {
        *error = sl_strdup(reason);
        return SL_ESYSTEM;
    }
    announce(worker, bound);
    return SL_OK;
}

sl_status sl_worker_open(sl_worker *worker, uint32_t inherited, char **error)
{
    const sl_text_list *addresses = &worker->settings->listen;
    sl_status rc = sl_worker_open_access_log(worker, error);

    for (uint32_t i = 0; i < inherited && rc == SL_OK; i++) {
        rc = adopt(worker, SL_FIRST_INHERITED + (int)i, error);
    }
    for (size_t i = 0; i < addresses->count && rc == SL_OK && inherited == 0;
         i++) {
        char bound[SL_ADDRESS_TEXT];

        rc = sl_worker_listen(worker, addresses->items[i], bound, error);
    }
    return rc;
}

sl_status sl_worker_attach(sl_worker *worker, uint32_t sockets, char **error)
{
    sl_status rc = sl_worker_open_access_log(worker, error);

    if (rc == SL_OK) {
        sl_link_start(worker, sockets);
    }
    return rc;
}
