/* Where lines are written to, by somebody who must not wait: a file, or a pipe, a
 * socket or a terminal whose reader may have stopped.
 *
 * The descriptor is often shared with who started the program, and stays a blocking
 * one. A pipe or terminal is opened once more, for us alone; where that cannot be it
 * is asked before each write, which is not safe when others write to it, too.
 */
#ifndef SLUICE_BASE_OUTLET_H
#define SLUICE_BASE_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef enum sl_outlet_kind {
    SL_OUTLET_FILE,
    SL_OUTLET_SOCKET,
    SL_OUTLET_OWN,   /* a description of our own */
    SL_OUTLET_SHARED /* asked before each write */
} sl_outlet_kind;

typedef struct sl_outlet {
    int fd;
    sl_outlet_kind kind;
} sl_outlet;

/* Over a descriptor that its owner keeps open meanwhile. */
void sl_outlet_open(sl_outlet *outlet, int fd);
void sl_outlet_close(sl_outlet *outlet);

/* Write some of `len` bytes, at least 1, and say how many; negative: errno, which
 * is EAGAIN when nothing is taken now. Where several processes write, a piece that
 * ends with a line is not mixed with theirs, if no line is longer than PIPE_BUF. */
ssize_t sl_outlet_write(const sl_outlet *outlet, const char *data, size_t len);

#endif
