/* What goes out with the next system calls of one connection: bytes gathered
 * from any number of responses, then perhaps one file range.
 */
#ifndef SLUICE_PIPELINE_BATCH_H
#define SLUICE_PIPELINE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum { SL_BATCH_PIECES = 128 };

typedef struct sl_batch {
    struct iovec iov[SL_BATCH_PIECES];
    int count;         /* iovecs in use */
    size_t bytes;      /* in them */
    int fd;            /* a file range behind them; -1: none */
    uint64_t offset;   /* of it */
    uint64_t file_len; /* of it, bytes */
    bool more;         /* something is there that did not fit */
    bool all;          /* nothing is left to gather when it was taken */
    bool last;         /* nothing but the connection's end comes behind it */
} sl_batch;

static inline void sl_batch_init(sl_batch *batch)
{
    batch->count = 0;
    batch->bytes = 0;
    batch->fd = -1;
    batch->offset = 0;
    batch->file_len = 0;
    batch->more = false;
    batch->all = false;
    batch->last = false;
}

/* Bytes in it, in memory and in a file. */
static inline uint64_t sl_batch_size(const sl_batch *batch)
{
    return batch->bytes + (batch->fd >= 0 ? batch->file_len : 0);
}

#endif
