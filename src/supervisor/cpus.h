/* How many workers a machine, or a container with a limit, has work for. */
#ifndef SLUICE_SUPERVISOR_CPUS_H
#define SLUICE_SUPERVISOR_CPUS_H

#include <stdint.h>

/* At least 1: the limit of our control groups, rounded up, or the processors
 * that we may run on, if they are fewer. */
uint32_t sl_cpus_count(void);

/* --- Inside, for tests ----------------------------------------------------- */

/* Processors that a line of cpu.max ("150000 100000", "max 100000") grants,
 * rounded up; 0: no limit. */
uint32_t sl_cpus_of_v2(const char *text);

/* Likewise of cpu.cfs_quota_us ("-1": no limit) and cpu.cfs_period_us. */
uint32_t sl_cpus_of_v1(const char *quota, const char *period);

/* The least of what the groups in `membership` (the text of /proc/self/cgroup)
 * and those above them grant, with control groups mounted at `root`; 0: no
 * limit. */
uint32_t sl_cpus_limit(const char *membership, const char *root);

#endif
