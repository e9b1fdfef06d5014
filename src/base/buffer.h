/* A growable run of bytes with a read position: filled at the end, drained at
 * the front. Who fills it with a peer's bytes checks a limit first.
 */
#ifndef SLUICE_BASE_BUFFER_H
#define SLUICE_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

typedef struct sl_buffer {
    char *data;
    size_t start; /* first unread byte */
    size_t end;   /* one past the last */
    size_t capacity;
} sl_buffer;

/* An all-zero buffer is an empty one; deinit makes it empty again. */
void sl_buffer_deinit(sl_buffer *buffer);

static inline size_t sl_buffer_len(const sl_buffer *buffer)
{
    return buffer->end - buffer->start;
}

static inline const char *sl_buffer_data(const sl_buffer *buffer)
{
    /* Not even 0 may be added to NULL (C11, 6.5.6). */
    return buffer->data != NULL ? buffer->data + buffer->start : NULL;
}

void sl_buffer_append(sl_buffer *buffer, const void *data, size_t len);

/* Drop `len` bytes from the front; the memory is kept for reuse. */
void sl_buffer_consume(sl_buffer *buffer, size_t len);

/* Append formatted text. */
__attribute__((format(printf, 2, 3))) void
sl_buffer_printf(sl_buffer *buffer, const char *format, ...);

/* How many of its lines have an end. */
uint64_t sl_buffer_count_lines(const sl_buffer *buffer);

#endif
