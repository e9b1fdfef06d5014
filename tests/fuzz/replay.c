/* Runs a fuzz target without a fuzzer: on each file named, and on random
 * mutations of them. The same arguments give the same runs.
 *
 *   replay <mutations> <seed> <file>...
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 4096, MOST_FILES = 64 };

typedef struct input {
    uint8_t data[MOST_BYTES];
    size_t size;
} input;

static uint32_t draw(uint64_t *state, size_t below)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)((*state >> 33) % below);
}

static bool load(const char *path, input *in)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        return false;
    }
    in->size = fread(in->data, 1, sizeof in->data, file);
    (void)fclose(file);
    return in->size > 0;
}

/* Replace, insert, drop or repeat a few bytes. */
static void mutate(input *in, uint64_t *state)
{
    static const char favourites[] = "\r\n \t:,;0123456789xX\0\xff";
    size_t at = draw(state, in->size);
    size_t len = 1 + draw(state, 8);
    uint8_t byte =
        draw(state, 2)
            ? (uint8_t)draw(state, 256)
            : (uint8_t)favourites[draw(state, sizeof favourites - 1)];

    len = len < in->size - at ? len : in->size - at;
    switch (draw(state, 4)) {
    case 0:
        in->data[at] = byte;
        return;
    case 1:
        if (in->size > len) {
            memmove(in->data + at, in->data + at + len, in->size - at - len);
            in->size -= len;
        }
        return;
    default:
        if (in->size + len <= MOST_BYTES) {
            memmove(in->data + at + len, in->data + at, in->size - at);
            in->size += len;
            if (draw(state, 2)) {
                in->data[at] = byte;
            }
        }
        return;
    }
}

int main(int argc, char **argv)
{
    static input files[MOST_FILES];
    size_t count = 0;
    long mutations;
    uint64_t state;

    if (argc < 4 || argc > 3 + MOST_FILES) {
        (void)fputs("usage: replay <mutations> <seed> <file>...\n", stderr);
        return 2;
    }
    mutations = strtol(argv[1], NULL, 10);
    state = strtoull(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++) {
        if (!load(argv[i], &files[count])) {
            return 1;
        }
        LLVMFuzzerTestOneInput(files[count].data, files[count].size);
        count++;
    }
    for (long i = 0; i < mutations; i++) {
        input in = files[draw(&state, count)];

        for (uint32_t n = 1 + draw(&state, 6); n > 0; n--) {
            mutate(&in, &state);
        }
        LLVMFuzzerTestOneInput(in.data, in.size);
    }
    return 0;
}
