#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

void sl_buffer_deinit(sl_buffer *buffer)
{
    sl_free(buffer->data);
    *buffer = (sl_buffer){0};
}

/* Make room for `len` more bytes: by moving what is unread to the front when
 * that is enough, else by growing. */
static void reserve(sl_buffer *buffer, size_t len)
{
    size_t used = sl_buffer_len(buffer);

    if (buffer->capacity - buffer->end >= len) {
        return;
    }
    if (buffer->start > 0) {
        memmove(buffer->data, buffer->data + buffer->start, used);
        buffer->start = 0;
        buffer->end = used;
    }
    if (buffer->capacity - used < len) {
        size_t capacity = buffer->capacity ? buffer->capacity : 256;

        while (capacity - used < len) {
            capacity *= 2;
        }
        buffer->data = sl_realloc(buffer->data, capacity);
        buffer->capacity = capacity;
    }
}

void sl_buffer_append(sl_buffer *buffer, const void *data, size_t len)
{
    if (len == 0) {
        return;
    }
    reserve(buffer, len);
    memcpy(buffer->data + buffer->end, data, len);
    buffer->end += len;
}

void sl_buffer_consume(sl_buffer *buffer, size_t len)
{
    assert(len <= sl_buffer_len(buffer));
    buffer->start += len;
    if (buffer->start == buffer->end) {
        buffer->start = 0;
        buffer->end = 0;
    }
}

void sl_buffer_printf(sl_buffer *buffer, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    reserve(buffer, (size_t)len + 1);
    va_start(args, format);
    (void)vsnprintf(buffer->data + buffer->end, (size_t)len + 1, format, args);
    va_end(args);
    buffer->end += (size_t)len;
}

uint64_t sl_buffer_count_lines(const sl_buffer *buffer)
{
    const char *at = sl_buffer_data(buffer);
    const char *end = at + sl_buffer_len(buffer);
    uint64_t count = 0;

    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        count++;
    }
    return count;
}
