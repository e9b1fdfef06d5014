/* The answers of the minimal server: every workload of the benchmark as bytes
 * that only have to be sent. */
#include "canned.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EIGHT "xxxxxxxx"
#define EVENT_DATA \
    EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT "xxxx"
#define EVENT "64\r\ndata: " EVENT_DATA "\n\n\r\n"
#define JSON                                                               \
    "{\"id\":7,\"name\":\"Sluice\",\"tags\":[\"fast\",\"small\",\"lua\"]," \
    "\"ratio\":0.5,\"stable\":true}"
#define POST "user 42, post hello\n"
#define DATE "Date: Fri, 20 Nov 2026 12:00:00 GMT\r\nServer: epoll\r\n"
#define TEXT "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain\r\n"

const char event_chunk[] = EVENT;
const size_t event_chunk_len = sizeof event_chunk - 1;

enum {
    MOST_ANSWERS = 32,
    CHUNK_BYTES = 1024,
    LINES = 1000000,
    BLOCK_BYTES = 64 << 10,
    BLOCKS = 4096,
};

static struct answer answers[MOST_ANSWERS];
static size_t count;

static struct answer *add(const char *path, size_t room)
{
    struct answer *a = &answers[count++];

    *a = (struct answer){.path = path, .rounds = 1, .file = -1};
    a->text = malloc(room);
    if (a->text == NULL) {
        abort();
    }
    return a;
}

__attribute__((format(printf, 2, 3))) static void
append(struct answer *a, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    a->len += (size_t)vsprintf(a->text + a->len, format, arguments);
    va_end(arguments);
    a->first = a->len;
}

static struct answer *add_text(const char *path, const char *head,
                               const char *body)
{
    struct answer *a = add(path, strlen(head) + strlen(body) + 64);

    append(a, "%sContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
    return a;
}

/* `n` chunks of 1 KiB; `each`: with a write for each. */
static void add_chunks(const char *path, int n, bool each)
{
    struct answer *a = add(path, (size_t)(n + 1) * (CHUNK_BYTES + 64));
    char chunk[CHUNK_BYTES + 1];
    size_t first = 0;

    memset(chunk, 'x', CHUNK_BYTES);
    chunk[CHUNK_BYTES] = '\0';
    append(a, TEXT "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < n; i++) {
        append(a, "400\r\n%s\r\n", chunk);
        first = i == 0 ? a->len : first;
    }
    a->step = CHUNK_BYTES + 7;
    append(a, "0\r\n\r\n");
    if (each) {
        a->first = first;
    }
}

/* `rounds` times a block of `n` times `piece`. */
static void add_long(const char *path, const char *piece, int n,
                     unsigned rounds)
{
    size_t len = strlen(piece);
    struct answer *a = add(path, (size_t)n * len + 256);

    append(a, TEXT "Connection: close\r\nContent-Length: %zu\r\n\r\n",
           (size_t)n * len * rounds);
    a->loop = a->len;
    for (int i = 0; i < n; i++) {
        memcpy(a->text + a->len, piece, len);
        a->len += len;
    }
    a->first = a->len;
    a->rounds = rounds;
    a->closes = true;
}

static void add_file(const char *path, const char *folder, const char *name)
{
    struct answer *a = add(path, 256);
    char full[4096];
    struct stat st;

    snprintf(full, sizeof full, "%s/%s", folder, name);
    a->file = open(full, O_RDONLY | O_CLOEXEC);
    if (a->file < 0 || fstat(a->file, &st) < 0) {
        perror(full);
        exit(1);
    }
    a->after = (size_t)st.st_size;
    append(a, TEXT "Content-Length: %zu\r\n\r\n", a->after);
}

void canned_init(const char *folder)
{
    struct answer *a;

    add_text("/ ", TEXT, "Hello, world!");
    add_text("/close ", TEXT "Connection: close\r\n", "Hello, world!")->closes =
        true;
    add_chunks("/flushed ", 100, true);
    add_chunks("/flushed/100 ", 100, true);
    add_chunks("/flushed/10 ", 10, true);
    add_chunks("/flushed/1000 ", 1000, true);
    add_chunks("/collected ", 100, false);
    add_chunks("/chunks ", 100, false);
    add_chunks("/chunks/100 ", 100, false);
    add_chunks("/chunks/10 ", 10, false);
    add_chunks("/chunks/1000 ", 1000, false);
    add_file("/file/1m ", folder, "1m");
    add_file("/file/64m ", folder, "64m");
    a = add("/echo ", 256);
    append(a, TEXT "Content-Length: %d\r\n\r\n", ECHO_BYTES);
    a->after = ECHO_BYTES;
    a = add("/events ", 512);
    append(a, TEXT "Transfer-Encoding: chunked\r\n\r\n" EVENT);
    a->streams = true;
    add_long("/big ", EIGHT EIGHT, BLOCK_BYTES / 16, BLOCKS);
    add_long("/lines ", "a line of 20 bytes.\n", LINES, 1);
    add_text("/json ",
             "HTTP/1.1 200 OK\r\n" DATE "Content-Type: application/json\r\n",
             JSON);
    add_text("/users/42/posts/hello ",
             TEXT "X-Frame-Options: DENY\r\nX-Content-Type-Options: nosniff\r\n"
                  "Cache-Control: no-store\r\nX-User: 42\r\n",
             POST);
}

const struct answer *canned_find(const char *target, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(answers[i].path);

        if (n <= len && memcmp(answers[i].path, target, n) == 0) {
            return &answers[i];
        }
    }
    return NULL;
}
