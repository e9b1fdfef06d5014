/* The answers of the minimal server, made once at its start. */
#ifndef BENCH_CANNED_H
#define BENCH_CANNED_H

#include <stdbool.h>
#include <stddef.h>

/* One answer: `text`, whose part from `loop` on is sent `rounds` times, and
 * after it, at most one of a file and what the client has sent. */
struct answer {
    const char *path;
    char *text;
    size_t len;
    size_t first;    /* bytes of the first write; `len`: all in one */
    size_t step;     /* bytes of each write after it */
    size_t loop;     /* offset in the text */
    unsigned rounds; /* times that it is sent from there on */
    int file;        /* -1: none */
    size_t after;    /* bytes of the file, or of the request's body */
    bool closes;     /* the connection ends with it */
    bool streams;    /* it goes on, with an event each second */
};

enum {
    EVENT_BYTES = 100,
    ECHO_BYTES = 64 << 10,
};

/* One event of a stream, with its framing. */
extern const char event_chunk[];
extern const size_t event_chunk_len;

/* Makes all answers; `folder` holds the files 1m and 64m. */
void canned_init(const char *folder);

/* The answer for the request target at the start of `target`; NULL: none. */
const struct answer *canned_find(const char *target, size_t len);

#endif
