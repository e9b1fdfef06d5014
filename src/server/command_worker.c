/* sluice worker: a process that its supervisor has started. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embed/embed.h"
#include "server/commands.h"
#include "settings/value.h"
#include "worker/channel.h"
#include "worker/worker.h"

/* Programs that a script starts inherit none of it. */
static void close_on_exec(uint32_t sockets)
{
    for (int i = 0; i < (int)sockets + SL_INHERITED_SOCKETS; i++) {
        if (i >= SL_INHERITED_CHANNEL) {
            (void)fcntl(i, F_SETFD, FD_CLOEXEC);
        }
    }
}

static int fail(char *error)
{
    sl_channel_send(SL_INHERITED_CHANNEL, SL_SAYS_FAILED, error);
    free(error);
    return SL_EXIT_FAILURE;
}

/* The file is shared by all workers, and with it where it is read: it is read
 * from its start by position. */
sl_status sl_command_settings(sl_settings *settings, char **error)
{
    char bytes[64 * 1024];
    ssize_t n = pread(SL_INHERITED_SETTINGS, bytes, sizeof bytes, 0);

    close(SL_INHERITED_SETTINGS);
    sl_settings_init(settings);
    if (n <= 0 || n == (ssize_t)sizeof bytes) {
        *error = strdup("the inherited settings cannot be read");
        return SL_ESYSTEM;
    }
    return sl_settings_restore(settings, bytes, (size_t)n, error);
}

static int serve(const sl_settings *settings, sl_heartbeat *page,
                 sl_board *board, uint32_t sockets, const char *app)
{
    sl_sources *sources = sl_sources_open(SL_INHERITED_SOURCES);
    char *error = NULL;
    sl_server *server = NULL;
    sl_worker worker;
    sl_logs logs;
    int code;

    close(SL_INHERITED_SOURCES);
    if (sl_worker_open_log(settings, &logs, &error) < 0) {
        sl_sources_unref(sources);
        return fail(error);
    }
    sl_worker_init(&worker, settings, &logs.parts[SL_LOG_SERVER], NULL);
    sl_worker_show_in(&worker, page);
    sl_worker_show_on(&worker, board);
    sl_worker_own_log(&worker);
    if (sl_command_load(&worker, app, sources, &server, &error) < 0 ||
        sl_worker_await_start(&worker, &error) < 0 ||
        sl_worker_attach(&worker, sockets, &error) < 0) {
        code = fail(error);
    } else {
        code = sl_worker_run(&worker);
    }
    sl_embed_close(server);
    sl_worker_deinit(&worker);
    sl_sources_unref(sources);
    sl_server_destroy(server);
    sl_worker_close_log(&logs);
    return code;
}

int sl_command_worker(const char *const *arguments)
{
    char *error = NULL;
    sl_heartbeat *page;
    sl_board *board;
    sl_settings settings;
    uint64_t slot;
    uint64_t sockets;
    int code;

    if (arguments[0] == NULL || arguments[1] == NULL || arguments[2] == NULL ||
        !sl_value_parse_count(arguments[0], &slot) ||
        !sl_value_parse_count(arguments[1], &sockets)) {
        fputs("sluice: a worker is started by \"sluice serve\"\n", stderr);
        return SL_EXIT_USAGE;
    }
    (void)prctl(PR_SET_NAME, "sluice");
    close_on_exec((uint32_t)sockets);
    board = sl_board_map(SL_INHERITED_PAGE);
    page = sl_heartbeat_map(SL_INHERITED_PAGE);
    if (page == NULL || sl_command_settings(&settings, &error) < 0) {
        return fail(error != NULL ? error : strdup("no page was inherited"));
    }
    code = serve(&settings, page, board, (uint32_t)sockets, arguments[2]);
    sl_settings_deinit(&settings);
    sl_heartbeat_unmap(page);
    return code;
}
