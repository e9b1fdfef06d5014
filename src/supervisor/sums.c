/* What workers have counted that have ended, in a file without a name, so that the
 * next life of this process goes on from there: no counter of it goes back. */
#include <assert.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "supervisor/supervisor.h"

void sl_sums_open(sl_supervisor *supervisor)
{
    sl_heartbeat *page;

    if (sl_heartbeat_create(&page, &supervisor->sums_fd) < 0) {
        abort(); /* as for other memory of a fixed size */
    }
    sl_heartbeat_unmap(page);
    supervisor->departed = sl_board_map(supervisor->sums_fd);
    assert(supervisor->departed != NULL);
    supervisor->started_unix_s = time(NULL);
}

void sl_sums_take(sl_supervisor *supervisor, int fd)
{
    sl_board *board = sl_board_map(fd);

    if (board == NULL) {
        close(fd); /* of another version, which counts other things */
        return;
    }
    sl_sums_close(supervisor);
    supervisor->sums_fd = fd;
    supervisor->departed = board;
    sl_supervisor_show_log(supervisor);
}

void sl_sums_close(const sl_supervisor *supervisor)
{
    sl_board_unmap(supervisor->departed);
    close(supervisor->sums_fd);
}
