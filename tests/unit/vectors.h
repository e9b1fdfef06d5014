/* What the public lists of request-smuggling vectors and of parser cases hold,
 * one line each: two readings of one message are never both possible here. */
#ifndef SLUICE_TESTS_VECTORS_H
#define SLUICE_TESTS_VECTORS_H

#include "parts.h"

typedef struct vector {
    const char *input;
    const char *expected;
} vector;

static inline void check_all(const vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        parts_check(vectors[i].input, vectors[i].expected);
    }
}

#define CHECK_ALL(vectors) \
    check_all(vectors, sizeof(vectors) / sizeof((vectors)[0]))

/* With a NUL in it. */
#define CHECK_BYTES(text, expected) \
    parts_check_bytes(text, sizeof(text) - 1, expected)

#define CODING(value) POST "Transfer-Encoding:" value "\r\n\r\n0\r\n\r\n"
#define LENGTH(value) POST "Content-Length:" value "\r\n\r\n"
#define LINE(text) text H "\r\n"
#define FIELD(text) "GET / HTTP/1.1" H text "\r\n\r\n"
#define HOST(value) "GET / HTTP/1.1\r\nHost:" value "\r\n\r\n"

#endif
