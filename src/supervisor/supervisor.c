#include "supervisor/supervisor.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "supervisor/cpus.h"
#include "supervisor/legacy.h"

/* --- The start ------------------------------------------------------------- */

void sl_supervisor_fail(sl_supervisor *supervisor, const char *error)
{
    if (supervisor->error == NULL) {
        supervisor->error = sl_strdup(error);
    }
    sl_supervisor_kill(supervisor, 1);
}

static void announce(const sl_supervisor *supervisor, const sl_address *address)
{
    char text[SL_ADDRESS_TEXT];

    sl_address_format(address, text);
    sl_log_line(supervisor->log, SL_LOG_INFO, "listening on %s%s",
                sl_address_path(address) != NULL ? "" : "http://", text);
}

void sl_supervisor_announce(const sl_supervisor *supervisor)
{
    sl_log_line(supervisor->log, SL_LOG_INFO, "serving with %u worker%s",
                supervisor->count, supervisor->count == 1 ? "" : "s");
    for (size_t i = 0; i < supervisor->ports.count; i++) {
        announce(supervisor, &supervisor->ports.ports[i].sockets[0].address);
    }
}

/* A file without a name with the bytes of the settings, which nobody changes
 * any more. -1: errno. */
static int save_settings(const sl_settings *settings)
{
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int fd = memfd_create("sluice-settings", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    sl_buffer bytes = {0};
    size_t len;

    sl_settings_save(settings, &bytes);
    len = sl_buffer_len(&bytes);
    if (fd >= 0 && (write(fd, sl_buffer_data(&bytes), len) != (ssize_t)len ||
                    fcntl(fd, F_ADD_SEALS, seals) < 0)) {
        close(fd);
        fd = -1;
    }
    sl_buffer_deinit(&bytes);
    return fd;
}

static uint32_t count_workers(const sl_settings *settings)
{
    uint32_t count =
        settings->workers != SL_AUTO ? settings->workers : sl_cpus_count();

    return count > 0 ? count : 1; /* 0 only after a life with workers */
}

static void init(sl_supervisor *supervisor)
{
    int rc = uv_loop_init(&supervisor->loop);

    assert(rc == 0);
    (void)rc;
    uv_timer_init(&supervisor->loop, &supervisor->deadline);
    uv_timer_init(&supervisor->loop, &supervisor->watchdog);
    uv_timer_init(&supervisor->loop, &supervisor->recycle);
    sl_list_init(&supervisor->children);
    sl_sums_open(supervisor);
    sl_supervisor_own_log(supervisor);
    supervisor->slots = sl_calloc(supervisor->count, sizeof *supervisor->slots);
    for (uint32_t i = 0; i < supervisor->count; i++) {
        sl_slot_init(&supervisor->slots[i], supervisor);
    }
    sl_supervisor_watch_signals(supervisor);
    sl_watchdog_start(supervisor);
    sl_recycle_start(supervisor);
    sl_reload_init(supervisor);
}

/* They waited while this process became another program. */
static void unblock_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static sl_status open_ports(sl_supervisor *supervisor, uint32_t inherited,
                            const char *legacy)
{
    sl_ports left;

    if (legacy == NULL) {
        return sl_ports_open(&supervisor->ports, supervisor->settings,
                             supervisor->count, inherited, &supervisor->error);
    }
    supervisor->phase = SL_SUPERVISOR_RUNNING;
    sl_legacy_ports(legacy, &left);
    sl_legacy_children(supervisor, legacy);
    sl_legacy_sums(supervisor, legacy);
    supervisor->reload.sources = sl_legacy_sources(legacy);
    return sl_ports_take(&supervisor->ports, supervisor->settings,
                         supervisor->count, &left, supervisor->log,
                         &supervisor->error);
}

/* What serves goes on also when nobody can ask about it. */
static sl_status go_on(sl_supervisor *supervisor, sl_status rc, bool serves)
{
    if (rc < 0 && serves) {
        sl_log_line(supervisor->log, SL_LOG_ERROR, "%s; going on without it",
                    supervisor->error);
        sl_free(supervisor->error);
        supervisor->error = NULL;
        rc = SL_OK;
    }
    return rc;
}

static sl_status open_control(sl_supervisor *supervisor, bool serves)
{
    sl_status rc = sl_control_open(&supervisor->control, &supervisor->loop,
                                   supervisor->settings, &supervisor->error);

    return go_on(supervisor, rc, serves);
}

static sl_status open_admin(sl_supervisor *supervisor, bool serves)
{
    sl_status rc =
        sl_admin_open(&supervisor->admin, supervisor->settings, supervisor->log,
                      &supervisor->loop, &sl_supervisor_admin, supervisor,
                      &supervisor->control, &supervisor->error);

    supervisor->admin.started_unix_s = supervisor->started_unix_s;
    return go_on(supervisor, rc, serves);
}

static sl_status open_all(sl_supervisor *supervisor, uint32_t inherited)
{
    char *legacy = sl_legacy_find();
    bool serves = legacy != NULL;
    sl_status rc = open_ports(supervisor, inherited, legacy);

    free(legacy);
    unblock_signals();
    if (rc < 0) {
        return rc;
    }
    supervisor->settings_fd = save_settings(supervisor->settings);
    if (supervisor->settings_fd < 0) {
        supervisor->error = sl_strdup(strerror(errno));
        return SL_ESYSTEM;
    }
    rc = open_control(supervisor, serves);
    return rc < 0 ? rc : open_admin(supervisor, serves);
}

/* --- The end --------------------------------------------------------------- */

static void close_handle(uv_handle_t *handle, void *context)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static void deinit(sl_supervisor *supervisor)
{
    int rc;

    sl_supervisor_disown_log(supervisor);
    sl_ports_close(&supervisor->ports);
    sl_control_close(&supervisor->control);
    sl_admin_close(&supervisor->admin);
    sl_reload_unwatch(supervisor);
    uv_walk(&supervisor->loop, close_handle, NULL);
    uv_run(&supervisor->loop, UV_RUN_DEFAULT);
    rc = uv_loop_close(&supervisor->loop);
    assert(rc == 0);
    (void)rc;
    if (supervisor->settings_fd >= 0) {
        close(supervisor->settings_fd);
    }
    sl_reload_close(supervisor);
    sl_sums_close(supervisor);
    sl_free(supervisor->slots);
}

/* After another life a slot may have one already, for a worker that has died:
 * it is ended, because it loads what served before. */
void sl_supervisor_start_workers(sl_supervisor *supervisor)
{
    sl_slots_end_stale(supervisor);
    for (uint32_t i = 0; i < supervisor->count; i++) {
        if (supervisor->slots[i].next == NULL) {
            sl_slot_start(&supervisor->slots[i]);
        }
    }
}

sl_status sl_supervise(const sl_settings *settings, const sl_log *log,
                       const char *app, uint32_t inherited,
                       char *const *arguments, int *exit_code, char **error)
{
    sl_supervisor supervisor = {.settings = settings,
                                .log = log,
                                .app = app,
                                .arguments = arguments,
                                .settings_fd = -1,
                                .count = count_workers(settings)};

    sl_control_init(&supervisor.control, &sl_supervisor_answers, &supervisor);
    init(&supervisor);
    if (open_all(&supervisor, inherited) == SL_OK) {
        if (*app != '\0') {
            sl_reload_start(&supervisor);
        } else {
            sl_supervisor_start_workers(&supervisor);
        }
        sl_children_reap(&supervisor); /* who died in between */
        uv_run(&supervisor.loop, UV_RUN_DEFAULT);
    } else if (!sl_list_is_empty(&supervisor.children)) {
        sl_supervisor_stop(&supervisor); /* of another life, whose last it is */
        uv_run(&supervisor.loop, UV_RUN_DEFAULT);
    }
    deinit(&supervisor);
    if (supervisor.error != NULL) {
        *error = supervisor.error;
        return SL_ESYSTEM;
    }
    *exit_code = supervisor.exit_code;
    return SL_OK;
}
