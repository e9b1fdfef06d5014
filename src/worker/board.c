#include "worker/board.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worker/heartbeat.h"

/* Where a board begins: behind the page of the heartbeat. */
enum { PLACE = 4096 };

_Static_assert(sizeof(sl_heartbeat) <= PLACE, "the heartbeat fits in a page");

/* Pages that nobody touches take no memory. */
static sl_board *map(int fd, off_t place)
{
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    void *memory =
        mmap(NULL, sizeof(sl_board), PROT_READ | PROT_WRITE, flags, fd, place);

    return memory != MAP_FAILED ? memory : NULL;
}

static sl_board *init(sl_board *board)
{
    if (board != NULL) {
        board->size = sizeof *board;
        sl_traffic_init(&board->traffic);
    }
    return board;
}

sl_board *sl_board_create(void)
{
    sl_board *board = init(map(-1, 0));

    if (board == NULL) {
        abort(); /* as for other memory of a fixed size */
    }
    return board;
}

off_t sl_board_file_size(void)
{
    return PLACE + (off_t)sizeof(sl_board);
}

sl_board *sl_board_map(int fd)
{
    bool fits = lseek(fd, 0, SEEK_END) == sl_board_file_size();
    sl_board *board = fits ? map(fd, PLACE) : NULL;

    if (board == NULL || board->size == 0) {
        return init(board);
    }
    if (board->size != sizeof *board) {
        sl_board_unmap(board);
        return NULL;
    }
    return board;
}

void sl_board_unmap(sl_board *board)
{
    (void)munmap(board, sizeof *board);
}

/* --- Sums -------------------------------------------------------------------- */

/* Members from one to another, both of them included, are all counters. */
static void add_counters(sl_counter *to, const sl_counter *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sl_counter_add(&to[i], sl_counter_see(&from[i]));
    }
}

static void add_tally(sl_tally *sum, const sl_tally *part)
{
    size_t histograms = offsetof(sl_tally, received) / sizeof(sl_histogram);

    for (size_t i = 0; i < histograms; i++) {
        sl_histogram_add((sl_histogram *)sum + i,
                         (const sl_histogram *)part + i);
    }
    add_counters(&sum->received, &part->received,
                 (sizeof *sum - offsetof(sl_tally, received)) /
                     sizeof(sl_counter));
}

void sl_board_add(sl_board *sum, const sl_board *part, bool alive)
{
    size_t most = alive ? sizeof sum->shown : offsetof(sl_shown, connections);

    add_tally(&sum->tally, &part->tally);
    add_counters(&sum->shown.changes, &part->shown.changes,
                 most / sizeof(sl_counter));
    sl_traffic_add(&sum->traffic, &part->traffic);
    sl_meters_add(&sum->meters, &part->meters, alive);
}
