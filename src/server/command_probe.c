/* sluice probe: a process in which a supervisor has an app loaded first. What
 * happens to it happens to nobody else. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "embed/embed.h"
#include "server/commands.h"
#include "worker/channel.h"

static int fail(char *error)
{
    sl_channel_send(SL_INHERITED_CHANNEL, SL_SAYS_FAILED, error);
    free(error);
    return SL_EXIT_FAILURE;
}

static int give(const sl_worker *worker)
{
    int fd = sl_sources_save(sl_script_sources(worker->script));

    if (fd < 0) {
        return fail(strdup("the sources cannot be kept in memory"));
    }
    sl_channel_send_fd(SL_INHERITED_CHANNEL, SL_SAYS_PROBED, NULL, fd);
    close(fd);
    return SL_EXIT_OK;
}

/* A handler of a signal is given no context. */
static sl_heartbeat page;

/* The load takes too long: say where it is, as a worker would. */
static void on_alarm(int number)
{
    sl_heartbeat_show(page.asked, sl_heartbeat_see(page.turn));
    (void)raise(SIGPROF);
}

static void limit_time(sl_worker *worker)
{
    uint32_t most_ms = worker->settings->watchdog_ms;
    long part_us = (long)(most_ms % 1000) * 1000;
    struct itimerval timer = {
        .it_value = {.tv_sec = most_ms / 1000, .tv_usec = part_us}};

    sl_worker_show_in(worker, &page);
    (void)signal(SIGALRM, on_alarm);
    (void)setitimer(ITIMER_REAL, &timer, NULL); /* 0: none */
}

int sl_command_probe(const char *const *arguments)
{
    sl_log log = {.fd = STDERR_FILENO};
    char *error = NULL;
    sl_settings settings;
    sl_server *server = NULL;
    sl_worker worker;

    if (arguments[0] == NULL || sl_command_settings(&settings, &error) < 0) {
        return fail(error != NULL ? error : strdup("which app?"));
    }
    (void)fcntl(SL_INHERITED_CHANNEL, F_SETFD, FD_CLOEXEC);
    if (sl_worker_open_log(&settings, &log, &error) < 0) {
        return fail(error);
    }
    sl_worker_init(&worker, &settings, &log, NULL);
    limit_time(&worker);
    if (sl_command_load(&worker, arguments[0], NULL, &server, &error) < 0) {
        _exit(fail(error));
    }
    /* Nothing that the app has begun is carried on with, or ended in order. */
    _exit(give(&worker));
}
