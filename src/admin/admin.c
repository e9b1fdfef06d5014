#include "admin/admin.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "admin/answers.h"
#include "base/memory.h"
#include "net/address.h"

/* --- Where it listens -------------------------------------------------------- */

/* The address, or NULL: none. A developer finds it in the log. */
static const char *address_of(const sl_settings *settings)
{
    if (strcmp(settings->admin, "off") == 0) {
        return NULL;
    }
    if (strcmp(settings->admin, "auto") == 0) {
        return settings->script.development ? "127.0.0.1:0" : NULL;
    }
    return settings->admin;
}

/* Whoever can call it can reload, and see what goes on. */
static sl_status check(const sl_settings *settings, const char *text,
                       char **error)
{
    char reason[SL_ADDRESS_ERROR];
    sl_address address;
    sl_ip ip;

    if (sl_address_parse(text, &address, reason) < 0) {
        (void)asprintf(error, "admin: %s", reason);
        return SL_EINVAL;
    }
    if (address.proxy) {
        (void)asprintf(error, "admin: it does not speak the PROXY protocol");
        return SL_EINVAL;
    }
    if (settings->admin_public || !sl_address_ip(&address, &ip) ||
        sl_ip_is_loopback(&ip)) {
        return SL_OK;
    }
    (void)asprintf(error,
                   "admin: %s can be reached from other machines: set "
                   "admin_public if that is meant, or use 127.0.0.1 or unix:",
                   text);
    return SL_EINVAL;
}

static sl_status listen_at(sl_admin *admin, const char *text, char **error)
{
    char bound[SL_ADDRESS_TEXT];
    char reason[SL_ADDRESS_ERROR];
    mode_t before = umask(0177); /* the file of a unix socket is its owner's */
    sl_status rc = sl_net_listen(admin->worker.net, text, bound, reason);

    (void)umask(before);
    if (rc < 0) {
        (void)asprintf(error, "admin: %s", reason);
        return rc;
    }
    sl_log_line(admin->log, SL_LOG_INFO, "admin on %s%s",
                strncmp(bound, "unix:", 5) == 0 ? "" : "http://", bound);
    return SL_OK;
}

/* --- Life -------------------------------------------------------------------- */

/* Small limits: a few people and programs ask, none of them much. */
static void settle(sl_settings *own)
{
    char *error;
    sl_status rc;

    sl_settings_init(own);
    own->net.max_connections = 64;
    own->net.backlog = 64;
    own->net.read_buffer = 16 * 1024;
    own->session.keepalive_timeout_ms = 30 * 1000;
    own->session.write_timeout_ms = 10 * 1000;
    rc = sl_settings_finish(own, &error);
    assert(rc == SL_OK);
    (void)rc;
}

/* The loop is somebody else's: it does not stop for us. */
static void on_stopped(sl_worker *worker)
{
}

static void on_closed(sl_worker *worker)
{
    sl_admin *admin = SL_CONTAINER(worker, sl_admin, worker);

    sl_worker_free(worker);
    sl_native_deinit(&admin->native);
    sl_settings_deinit(&admin->own);
}

static void start(sl_admin *admin, uv_loop_t *loop)
{
    admin->is_open = true;
    admin->started_unix_s = time(NULL);
    settle(&admin->own);
    sl_native_init(&admin->native);
    sl_list_init(&admin->status_waiting);
    sl_list_init(&admin->reload_waiting);
    sl_admin_add_routes(admin);
    sl_worker_init(&admin->worker, &admin->own, admin->log, loop);
    admin->worker.native = &admin->native;
    admin->worker.on_stopped = on_stopped;
    admin->worker.on_closed = on_closed;
    uv_timer_init(loop, &admin->patience);
    admin->patience.data = admin;
    sl_worker_start(&admin->worker);
}

sl_status sl_admin_open(sl_admin *admin, const sl_settings *settings,
                        const sl_log *log, uv_loop_t *loop,
                        const sl_admin_host *host, void *context,
                        sl_control *control, char **error)
{
    const char *address = address_of(settings);

    *admin = (sl_admin){.host = host,
                        .context = context,
                        .control = control,
                        .settings = settings,
                        .log = sl_log_of(log, SL_LOG_ADMIN)};
    if (address == NULL) {
        return SL_OK;
    }
    if (check(settings, address, error) < 0) {
        return SL_EINVAL;
    }
    control->on_outcome = sl_admin_on_outcome;
    control->watcher = admin;
    start(admin, loop);
    return listen_at(admin, address, error);
}

void sl_admin_close(sl_admin *admin)
{
    if (!admin->is_open) {
        return;
    }
    admin->is_open = false;
    admin->control->on_outcome = NULL;
    sl_worker_close(&admin->worker);
    sl_admin_forget(admin);
    uv_close((uv_handle_t *)&admin->patience, NULL);
}

/* --- For hosts ---------------------------------------------------------------- */

bool sl_admin_has_room(const sl_settings *settings, const sl_board *board)
{
    const sl_shown *shown = &board->shown;
    uint64_t most = settings->net.max_connections;
    uint64_t memory = settings->script.memory_bytes;

    if (most > 0 && sl_counter_see(&shown->connections) >= most) {
        return false;
    }
    if (memory > 0 && sl_counter_see(&shown->lua_bytes) >= memory / 8 * 7) {
        return false;
    }
    return settings->script.max_handlers == 0 ||
           sl_counter_see(&shown->waiting) < settings->script.max_waiting;
}
