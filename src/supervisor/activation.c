#include "supervisor/activation.h"

#include <stdlib.h>
#include <unistd.h>

#include "settings/value.h"

enum { MOST = 1000 };

sl_status sl_activation_read(const char *listen_pid, const char *listen_fds,
                             pid_t pid, uint32_t *count)
{
    uint64_t meant;
    uint64_t fds;

    if (listen_pid == NULL || listen_fds == NULL) {
        *count = 0;
        return SL_OK;
    }
    if (!sl_value_parse_count(listen_pid, &meant) ||
        !sl_value_parse_count(listen_fds, &fds) || fds > MOST) {
        return SL_EINVAL;
    }
    *count = meant == (uint64_t)pid ? (uint32_t)fds : 0;
    return SL_OK;
}

sl_status sl_activation_take(uint32_t *count)
{
    sl_status rc = sl_activation_read(getenv("LISTEN_PID"),
                                      getenv("LISTEN_FDS"), getpid(), count);

    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return rc;
}
