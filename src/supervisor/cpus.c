#include "supervisor/cpus.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- Texts ----------------------------------------------------------------- */

static uint32_t round_up(long long quota, long long period)
{
    if (quota <= 0 || period <= 0) {
        return 0;
    }
    quota = (quota + period - 1) / period;
    return quota < UINT32_MAX ? (uint32_t)quota : UINT32_MAX;
}

uint32_t sl_cpus_of_v2(const char *text)
{
    char *rest;
    long long quota = strtoll(text, &rest, 10);

    return rest != text ? round_up(quota, strtoll(rest, NULL, 10)) : 0;
}

uint32_t sl_cpus_of_v1(const char *quota, const char *period)
{
    return round_up(strtoll(quota, NULL, 10), strtoll(period, NULL, 10));
}

/* --- Files ----------------------------------------------------------------- */

enum { SHORT_FILE = 4096 };

static bool read_file(const char *path, char text[SHORT_FILE])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, SHORT_FILE - 1) : -1;

    if (fd >= 0) {
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static bool read_in(const char *folder, const char *name, char text[SHORT_FILE])
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return read_file(path, text);
}

static uint32_t limit_of_group(const char *folder)
{
    char text[SHORT_FILE];
    char period[SHORT_FILE];

    if (read_in(folder, "cpu.max", text)) {
        return sl_cpus_of_v2(text);
    }
    if (read_in(folder, "cpu.cfs_quota_us", text) &&
        read_in(folder, "cpu.cfs_period_us", period)) {
        return sl_cpus_of_v1(text, period);
    }
    return 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Of the group `path` below `mount`, and of all above it. In a container the
 * path may be the host's, which is not there: then its upper end is. */
static uint32_t limit_of_path(const char *mount, const char *path)
{
    char folder[PATH_MAX];
    size_t top = strlen(mount);
    uint32_t limit = 0;

    (void)snprintf(folder, sizeof folder, "%s%s", mount, path);
    for (;;) {
        char *slash;

        limit = least(limit, limit_of_group(folder));
        slash = strrchr(folder, '/');
        if (slash == NULL || (size_t)(slash - folder) < top) {
            return limit;
        }
        *slash = '\0';
    }
}

/* --- Groups ---------------------------------------------------------------- */

static bool has_cpu(const char *controllers)
{
    char list[256];
    char *rest = list;
    char *name;

    (void)snprintf(list, sizeof list, "%s", controllers);
    while ((name = strsep(&rest, ",")) != NULL) {
        if (strcmp(name, "cpu") == 0) {
            return true;
        }
    }
    return false;
}

/* A line of the membership: "0::/path", or "4:cpu,cpuacct:/path". */
static uint32_t limit_of_line(char *line, const char *root)
{
    char mount[PATH_MAX];
    char *controllers;
    char *path;

    (void)strsep(&line, ":");
    controllers = strsep(&line, ":");
    path = line;
    if (controllers == NULL || path == NULL) {
        return 0;
    }
    if (*controllers == '\0') {
        return limit_of_path(root, path);
    }
    if (!has_cpu(controllers)) {
        return 0;
    }
    (void)snprintf(mount, sizeof mount, "%s/%s", root, controllers);
    if (access(mount, F_OK) < 0) {
        (void)snprintf(mount, sizeof mount, "%s/cpu", root);
    }
    return limit_of_path(mount, path);
}

uint32_t sl_cpus_limit(const char *membership, const char *root)
{
    char text[SHORT_FILE];
    char *rest = text;
    uint32_t limit = 0;
    char *line;

    (void)snprintf(text, sizeof text, "%s", membership);
    while ((line = strsep(&rest, "\n")) != NULL) {
        limit = least(limit, limit_of_line(line, root));
    }
    return limit;
}

uint32_t sl_cpus_count(void)
{
    char membership[SHORT_FILE];
    uint32_t count = 1;
    uint32_t limit = 0;
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        count = (uint32_t)CPU_COUNT(&set);
    }
    if (read_file("/proc/self/cgroup", membership)) {
        limit = sl_cpus_limit(membership, "/sys/fs/cgroup");
    }
    limit = least(limit, count);
    return limit > 0 ? limit : 1;
}
