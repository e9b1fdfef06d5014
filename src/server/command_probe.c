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

/* Nothing that the app has begun is carried on with, or ended in order. */
_Noreturn static void give(const sl_sources *sources)
{
    if (!sl_sources_are_recorded(sources)) {
        _exit(fail(strdup("the sources cannot be kept in memory")));
    }
    sl_channel_send(SL_INHERITED_CHANNEL, SL_SAYS_PROBED, NULL);
    _exit(SL_EXIT_OK);
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
    sl_logs logs;
    char *error = NULL;
    sl_settings settings;
    sl_sources *sources;
    sl_server *server = NULL;
    sl_worker worker;

    if (arguments[0] == NULL || sl_command_settings(&settings, &error) < 0) {
        return fail(error != NULL ? error : strdup("which app?"));
    }
    (void)fcntl(SL_INHERITED_CHANNEL, F_SETFD, FD_CLOEXEC);
    (void)fcntl(SL_INHERITED_SOURCES, F_SETFD, FD_CLOEXEC);
    if (sl_worker_open_log(&settings, &logs, &error) < 0) {
        return fail(error);
    }
    sl_worker_init(&worker, &settings, &logs.parts[SL_LOG_SERVER], NULL);
    limit_time(&worker);
    sources = sl_sources_create();
    sl_sources_record(sources, SL_INHERITED_SOURCES);
    if (sl_command_load(&worker, arguments[0], sources, &server, &error) < 0) {
        _exit(fail(error));
    }
    give(sources);
}
